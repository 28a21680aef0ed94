"""Drift begins a retraining: when it lasts, when it is allowed to, and not too often."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from battles.errors import BattleError
from battles.node import node, rules_digest
from drift.report import Verdict

if TYPE_CHECKING:
    from config.settings import LifecycleSettings
    from drift.report import DriftReport
    from lifecycle.request import CycleRequests

logger = logging.getLogger(__name__)

IN_A_ROW: Final = 3
"""Reports that have to say so: one alone may be chance."""


class DriftTrigger:
    """Looks at each report."""

    def __init__(self, settings: LifecycleSettings) -> None:
        """Take whether, and how often, drift may begin a retraining."""
        self._settings = settings
        self._in_a_row = 0
        self._told = False

    async def consider(self, report: DriftReport, requests: CycleRequests) -> bool:
        """Ask for a cycle if the report calls for one; tell whether one has begun.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        self._in_a_row = self._in_a_row + 1 if report.verdict is Verdict.DRIFTED else 0
        if self._in_a_row < IN_A_ROW or not self._settings.retrain_on_drift:
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
