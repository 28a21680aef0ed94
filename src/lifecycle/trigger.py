"""Drift begins a retraining: when it lasts, when it is allowed to, and not too often."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from battles.errors import BattleError
from battles.node import node, rules_digest
from drift.report import Verdict

if TYPE_CHECKING:
    from config.settings import LifecycleSettings
    from drift.report import DriftReport
    from lifecycle.request import CycleRequests
    from storage.drift_store import DriftStore

logger = logging.getLogger(__name__)

IN_A_ROW: Final = 3
"""Reports that have to say so at least."""


class _Seen(msgspec.Struct, frozen=True):
    """Of a report: when the last of its predictions was made."""

    until: datetime | None


class DriftTrigger:
    """Looks at each report."""

    def __init__(self, settings: LifecycleSettings) -> None:
        """Take whether, and how often, drift may begin a retraining."""
        self._settings = settings
        self._told = False

    async def consider(
        self, report: DriftReport, reports: DriftStore, requests: CycleRequests
    ) -> bool:
        """Ask for a cycle if the last report calls for one; tell whether one has begun.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        if report.standing != Verdict.DRIFTED or not self._settings.retrain_on_drift:
            return False
        if not await _lasts(report, reports):
            return False
        if not await requests.rested(timedelta(hours=self._settings.retrain_pause_hours)):
            return False
        if not self._can_play():
            return False
        cycle = await requests.begin(f"drift: {', '.join(reason for reason in report.reasons)}")
        if cycle is not None:
            logger.info("cycle %s has begun: %s", cycle.id, cycle.reason)
        return cycle is not None

    def _can_play(self) -> bool:
        """Tell whether the simulator is there; say once what to do where it is not."""
        try:
            node()
            rules_digest()
        except BattleError as error:
            if not self._told:
                logger.warning("drift calls for a retraining, which cannot be played: %s", error)
            self._told = True
            return False
        return True


async def _lasts(report: DriftReport, reports: DriftStore) -> bool:
    """Tell whether drift was found again and again, in the end in other predictions than at first.

    Reports see much the same rows from minute to minute: an alarm by chance stays for a while.
    """
    standing = await reports.standing(report.model_version, report.standing)
    if standing is None or report.since is None:
        return False
    count, first = standing
    until = msgspec.json.decode(first, type=_Seen).until
    return count >= IN_A_ROW and until is not None and report.since > until
