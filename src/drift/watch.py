"""Look for drift once: from files, feedback and the model's baseline to a stored report."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

import msgspec

from drift.judge import judge
from drift.report import Verdict
from drift.window import WindowReader
from storage.drift_store import DriftStore
from storage.feedback_store import FeedbackStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from capture.archive.history import CaptureHistory
    from config.settings import DriftSettings
    from drift.report import DriftReport
    from registry.cache import ModelCache
    from storage.database import Database

logger = logging.getLogger(__name__)

JUDGED: Final = 5_000
"""Predictions with feedback that are looked at, the latest ones."""


async def _nothing(report: DriftReport) -> None:
    del report


@dataclass(slots=True)
class DriftWatch:
    """Makes a report of the latest predictions of the model that answers."""

    reader: WindowReader
    models: ModelCache
    settings: DriftSettings
    on_report: Callable[[DriftReport], Awaitable[None]] = _nothing
    """Told of each report once it is stored."""
    last: DriftReport | None = None
    """The one before."""

    @classmethod
    def of(
        cls,
        history: CaptureHistory,
        models: ModelCache,
        settings: DriftSettings,
        on_report: Callable[[DriftReport], Awaitable[None]] = _nothing,
    ) -> DriftWatch:
        """Watch the files of a data folder."""
        return cls(WindowReader(history), models, settings, on_report)

    async def look(self, database: Database) -> DriftReport | None:
        """Make a report and store it; None while no model is cached.

        Raises:
            StorageError: the database does not answer, or refuses.
            OSError: the folder of files cannot be listed.

        """
        began = monotonic()
        model = await asyncio.to_thread(self.models.read_current)
        if model is None:
            return None
        manifest = model.manifest
        now = datetime.now(UTC)
        outcomes = await FeedbackStore(database).outcomes(JUDGED)

        def work() -> DriftReport:
            since = now - timedelta(days=self.settings.window_days)
            return judge(
                self.reader.latest(manifest.label, self.settings.window_rows, since),
                manifest.baseline,
                outcomes,
                self.reader.volume(now),
                model_version=manifest.label,
                now=now,
                began=began,
            )

        report = await asyncio.to_thread(work)
        await DriftStore(database).add(
            report.computed_at,
            report.model_version,
            report.standing,
            report.rows,
            msgspec.json.encode(report),
        )
        if self.last is None or _said(self.last) != _said(report):
            _tell(report)
        self.last = report
        await self.on_report(report)
        return report


def _said(report: DriftReport) -> tuple[str, ...]:
    return report.model_version, report.verdict, *report.reasons


def _tell(report: DriftReport) -> None:
    level = logging.WARNING if report.verdict is Verdict.DRIFTED else logging.INFO
    logger.log(
        level,
        "drift: %s: %s",
        report.verdict.value,
        report.detail,
        extra={"verdict": report.verdict.value, "rows": report.rows},
    )
