"""What is seen live of the model that answers, and of the one that is scored beside it.

Sums are kept in memory and put into the database every few seconds, and at the end, for whoever
decides which of the two is to serve. A database that is away delays them; those that it has not
taken at the end are lost, which is told.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from storage.errors import StorageError
from storage.live_store import LiveSums, LiveWindow
from telemetry.lasting import call_off, keep_going
from telemetry.sampling import SLOW_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from inference.scoring import Scores
    from inference.shadow import Comparison, Shadow
    from storage.live_store import LiveStore, Role
    from telemetry.instruments import ShadowInstruments

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 5.0
LAST_SECONDS: Final = 1.0
"""What a stop waits for the database to take the last sums."""
_NANOSECONDS: Final = 1e9


class LiveTally:
    """The sums that are not in the database yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: dict[tuple[str, Role], LiveSums] = {}

    def add(self, model_version: str, role: Role, sums: LiveSums) -> None:
        """Add to a model's sums. May be called from any thread."""
        key = (model_version, role)
        with self._lock:
            before = self._sums.get(key)
            self._sums[key] = sums if before is None else before + sums

    @asynccontextmanager
    async def kept_in(self, store: LiveStore) -> AsyncIterator[None]:
        """Put the sums into the database, every few seconds of the block and at its end."""
        ending = asyncio.Event()
        keeping = keep_going("live tally", partial(self._keep, store, ending), ending)
        try:
            yield
        finally:
            # Not cancelled at once: of a transaction that is broken off nobody knows what it did.
            ending.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_SECONDS):
                    await asyncio.wait([keeping])
                    await self.put(store)
            await call_off(keeping)
            if self._sums:
                logger.warning("what was seen live of models in the last seconds is lost")

    async def _keep(self, store: LiveStore, ending: asyncio.Event) -> None:
        while not ending.is_set():
            await self.put(store)
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_SECONDS):
                    await ending.wait()

    async def put(self, store: LiveStore) -> None:
        """Put the sums since the last time into the database; go on adding when that fails."""
        with self._lock:
            seen, self._sums = self._sums, {}
        windows = [
            LiveWindow(**msgspec.structs.asdict(sums), model_version=version, role=role)
            for (version, role), sums in seen.items()
        ]
        if not windows:
            return
        try:
            await store.add(windows)
        except BaseException as error:
            for (version, role), sums in seen.items():
                self.add(version, role, sums)
            if not isinstance(error, StorageError):
                raise
            logger.debug("what was seen live is kept for later: %s", error)


@dataclass(frozen=True, slots=True)
class ShadowRecorder:
    """Tells metrics and tally what becomes of the shadow."""

    tally: LiveTally
    instruments: ShadowInstruments

    def compared(self, comparison: Comparison, /) -> None:
        """Note duels that were scored a second time."""
        version, differences = comparison.model_version, comparison.differences
        self.instruments.compared(
            version, comparison.seconds, differences, comparison.disagreements
        )
        sums = LiveSums(
            predictions=len(differences),
            slow=len(differences) if comparison.seconds > SLOW_SECONDS else 0,
            seconds=comparison.seconds,
            disagreements=comparison.disagreements,
            difference=sum(differences),
        )
        self.tally.add(version, "shadow", sums)

    def skipped(self, model_version: str, reason: str, duels: int, /) -> None:
        """Note duels that were passed over."""
        self.instruments.skipped(reason, duels)
        self.tally.add(model_version, "shadow", LiveSums(skipped=duels))

    def failed(self, model_version: str, duels: int, /) -> None:
        """Note duels over which the model broke down."""
        self.instruments.failed(model_version, duels)
        self.tally.add(model_version, "shadow", LiveSums(failures=duels))


@dataclass(frozen=True, slots=True)
class Live:
    """The batcher's onlooker: adds up, and hands each batch on to the shadow."""

    tally: LiveTally
    shadow: Shadow

    def scored(self, scores: Sequence[Scores], /, *, waiting: int) -> None:
        """Add up a batch that the champion has scored, and offer it to the shadow."""
        timing = scores[0].timing
        seconds = (timing.predict_end - timing.features_start) / _NANOSECONDS
        best = [scored.win_probabilities[scored.best] for scored in scores]
        sums = LiveSums(
            predictions=len(scores),
            slow=len(scores) if seconds > SLOW_SECONDS else 0,
            seconds=seconds,
            confidence=sum(max(probability, 1 - probability) for probability in best),
        )
        self.tally.add(scores[0].model_version, "serving", sums)
        self.shadow.offer(scores, waiting=waiting)

    def failed(self, model_version: str, duels: int, /) -> None:
        """Add up duels over which the champion broke down."""
        self.tally.add(model_version, "serving", LiveSums(failures=duels))
