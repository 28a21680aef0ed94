"""The last drift report, as the worker stored it, read beside answering."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import msgspec

from drift.report import DriftReport
from storage.errors import StorageError
from telemetry.instruments import ReportedDrift

if TYPE_CHECKING:
    from storage.drift_store import DriftStore
    from telemetry.instruments import DriftInstruments

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 5.0


class LastDrift:
    """Holds the last report, which requests and metrics read; no request waits for the database."""

    def __init__(self, store: DriftStore, instruments: DriftInstruments) -> None:
        self._store = store
        self._instruments = instruments
        self._number = 0
        self.report: DriftReport | None = None
        self.answered = False
        """Whether the database answered the last time it was asked."""

    async def watch(self) -> None:
        """Read what is new, again and again."""
        while True:
            await self.read()
            await asyncio.sleep(POLL_SECONDS)

    async def read(self) -> None:
        """Read the last report, unless it is known; without the database the known one stays."""
        try:
            found = await self._store.latest(self._number)
        except StorageError:
            # The pool tells, and counts, that the database is away.
            self.answered = False
            return
        self.answered = True
        if found is None:
            return
        self._number, content = found
        try:
            self.report = msgspec.json.decode(content, type=DriftReport)
        except msgspec.ValidationError as error:
            # One of another release, while that is rolled out: the next one is ours.
            logger.warning("drift: report %d cannot be read: %s", self._number, error)
            return
        self._instruments.reported(_reported(self.report))


def _reported(report: DriftReport) -> ReportedDrift:
    own = [one for one in report.concept if one.model_version == report.model_version]
    broken = {*report.quality.null, *report.quality.outside} if report.quality else set()
    return ReportedDrift(
        verdict=report.verdict,
        reasons=frozenset(report.reasons),
        feature_psi={feature.name: feature.psi for feature in report.features},
        drifted_features=len(report.drifted_features),
        prediction_psi=report.predictions.psi if report.predictions else None,
        concept_z={score: z for one in own for score, z in one.z.items()},
        unseen_form_share=report.forms.share if report.forms else None,
        broken_features=len(broken),
        rows=report.rows,
        volume_ratio=report.volume.ratio,
        made_at=report.computed_at.timestamp(),
    )
