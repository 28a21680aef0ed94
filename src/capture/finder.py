"""Finds captured predictions for many callers with as few looks at the disk as possible."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from capture.archive.history import CLOCK_SLACK
from capture.files import DAMAGED
from capture.prediction_id import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import timedelta

    import polars as pl

    Row = dict[str, Any]

MOST_WAITING: Final = 1_000
"""Predictions that may be looked for; more are refused at once."""


class FinderBusyError(Exception):
    """Enough predictions are being looked for."""


class PredictionFinder:
    """Looks for everything that is wanted at one time together, in a thread.

    Used from one event loop. While one look is under way, the next gathers.
    """

    def __init__(self, find: Callable[[Collection[str]], pl.DataFrame], *, kept: timedelta) -> None:
        """Take what finds rows by their ids, such as :meth:`PredictionLookup.find`.

        Nothing older than ``kept`` is looked for: one caller's old id would have the files of all
        those years looked through while the others wait.
        """
        self._find = find
        self._kept = kept + CLOCK_SLACK
        self._waiting: dict[str, asyncio.Future[Row | None]] = {}
        self._looked_for = 0
        self._looking: asyncio.Task[None] | None = None

    async def find(self, prediction_id: str) -> Row | None:
        """Give the row of a prediction, or nothing where no journal and no file can have it.

        Raises:
            ValueError: it is no id of a prediction.
            FinderBusyError: enough predictions are being looked for.
            OSError: a journal cannot be read.

        """
        if not -CLOCK_SLACK <= datetime.now(UTC) - moment_of(prediction_id) <= self._kept:
            return None
        if prediction_id not in self._waiting:
            if len(self._waiting) + self._looked_for >= MOST_WAITING:
                raise FinderBusyError
            self._waiting[prediction_id] = asyncio.get_running_loop().create_future()
        wanted = self._waiting[prediction_id]
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="find predictions")
        # A caller that gives up leaves the look to the others who wait for the same row.
        return await asyncio.shield(wanted)

    async def _look(self) -> None:
        try:
            while self._waiting:
                wanted, self._waiting = self._waiting, {}
                self._looked_for = len(wanted)
                try:
                    rows = await asyncio.to_thread(self._find, list(wanted))
                except (Exception, *DAMAGED) as error:  # noqa: BLE001  # theirs who asked
                    for future in wanted.values():
                        future.set_exception(error)
                        future.exception()  # whoever asked may be gone
                else:
                    found = {row["prediction_id"]: row for row in rows.iter_rows(named=True)}
                    for prediction_id, future in wanted.items():
                        future.set_result(found.get(prediction_id))
        finally:
            self._looked_for = 0
            self._looking = None
