"""``/drift`` and its metrics, over a real database."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from app.status.drift_example import ANSWER
from app.status.drift_watch import LastDrift
from config.settings import DatabaseSettings
from drift.report import DriftReport
from storage.database import Database
from storage.drift_store import DriftStore
from telemetry.instruments import DriftInstruments

if TYPE_CHECKING:
    from storage.embedded import DatabaseUrls
    from telemetry.in_memory import InMemoryTelemetry

REPORT = ANSWER.report
assert REPORT is not None


async def _store(urls: DatabaseUrls, content: bytes) -> None:
    async with Database.open(DatabaseSettings(), urls.owner, read_only=False) as database:
        await DriftStore(database).add(REPORT.computed_at, "v1", "drifted", 1, content)


async def test_the_last_report_is_read_and_measured(
    database_urls: DatabaseUrls, observed: InMemoryTelemetry
) -> None:
    """With the service's own rights, and each report once; no metric before the first."""
    async with Database.open(DatabaseSettings(), database_urls.service) as database:
        last = LastDrift(DriftStore(database), DriftInstruments.create(observed.telemetry.signals))
        await last.read()
        assert (last.report, last.answered) == (None, True)
        assert observed.values("drift_window_rows") == {}

        await _store(database_urls, msgspec.json.encode(REPORT))
        await last.read()

        assert last.report == REPORT
        assert observed.values("drift_feature_psi") == {("a_hp",): 0.0012, ("b_known",): 0.131}
        assert observed.values("drift_verdict")["drifted",] == 1
        assert observed.values("drift_verdict")["steady",] == 0
        assert observed.values("drift_reason")["features",] == 1
        assert observed.values("drift_concept_z") == {("wins",): 0.34, ("brier",): 0.28}
        assert observed.values("drift_window_rows") == {(): 1_000}


async def test_a_report_of_another_release_is_passed_over(
    database_urls: DatabaseUrls, observed: InMemoryTelemetry
) -> None:
    """The one before it stays until one of ours comes."""
    async with Database.open(DatabaseSettings(), database_urls.service) as database:
        last = LastDrift(DriftStore(database), DriftInstruments.create(observed.telemetry.signals))
        await _store(database_urls, msgspec.json.encode(REPORT))
        await last.read()
        await _store(database_urls, b'{"verdict": "of another time"}')
        await last.read()
        assert last.report == REPORT


async def test_without_a_database_the_known_report_stays(
    database_urls: DatabaseUrls, observed: InMemoryTelemetry
) -> None:
    """And it is said that a newer one may exist."""
    await _store(database_urls, msgspec.json.encode(REPORT))
    async with Database.open(DatabaseSettings(), database_urls.service) as database:
        last = LastDrift(DriftStore(database), DriftInstruments.create(observed.telemetry.signals))
        await last.read()
    await last.read()
    assert last.report == REPORT
    assert not last.answered


def test_the_service_imports_neither_statistics_nor_a_client_it_may_not_need() -> None:
    """What judges, and the SciPy it judges with, stay with the worker; Redis' client waits."""
    program = (
        "import app.factory, app.runtime, sys;"
        "print([name for name in ('scipy.special', 'scipy.stats', 'matplotlib', 'drift.judge',"
        " 'drift.statistics', 'drift.watch', 'redis') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_report_is_read_with_its_own_types() -> None:
    """The documented example is what a stored report decodes to."""
    assert msgspec.json.decode(msgspec.json.encode(REPORT), type=DriftReport) == REPORT
