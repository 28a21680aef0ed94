"""The shadow: another model scores what was answered, beside the service and never before it.

It has a thread of its own and a bounded share of its time. What comes while it is at work, or while
requests queue for the champion, is passed over and counted: under load the shadow goes first.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from inference.predictor import Predictor
    from inference.scoring import Scores

logger = logging.getLogger(__name__)

BUSY: Final = "busy"
LOAD: Final = "load"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What another model says of duels that the champion has answered."""

    model_version: str
    seconds: float
    """To predict all of them, the features being there."""
    differences: list[float]
    """For each duel, how far its win probability of the recommended move is from the champion's."""
    disagreements: int
    """Duels in which it thinks another move likelier to win than the recommended one."""


class ShadowEvents(Protocol):
    """What becomes of the shadow. Called from any thread."""

    def compared(self, comparison: Comparison, /) -> None:
        """Note duels that were scored a second time."""

    def skipped(self, model_version: str, reason: str, duels: int, /) -> None:
        """Note duels that were passed over."""

    def failed(self, model_version: str, duels: int, /) -> None:
        """Note duels over which the model broke down."""


class Shadow:
    """Scores batches a second time. :meth:`offer` is called from one thread."""

    def __init__(
        self,
        predictor: Callable[[], Predictor | None],
        events: ShadowEvents,
        *,
        share: float,
    ) -> None:
        """Take the source of the model to compare with, and the share of one core it may use."""
        self._predictor = predictor
        self._events = events
        self._rest = (1 - share) / share
        self._offered: Sequence[Scores] | None = None
        self._free_at = 0.0
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
        self._thread.start()

    def offer(self, scores: Sequence[Scores], *, waiting: int) -> None:
        """Hand over a batch that was answered; never blocks.

        Args:
            scores: of the batch.
            waiting: duels that wait for the champion now.

        """
        predictor = self._predictor()
        if predictor is None or predictor.version == scores[0].model_version:
            return
        with self._changed:
            if waiting:
                reason = LOAD
            elif self._offered is not None or monotonic() < self._free_at:
                reason = BUSY
            else:
                self._offered = scores
                self._changed.notify()
                return
        self._events.skipped(predictor.version, reason, len(scores))

    def close(self) -> None:
        """Stop; a batch that is being scored is brought to its end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._offered is None and not self._stopping:
                    self._changed.wait()
                scores = self._offered
            if scores is None:
                return
            began = perf_counter()
            self._compare(scores)
            with self._changed:
                self._offered = None
                self._free_at = monotonic() + (perf_counter() - began) * self._rest
                if self._stopping:
                    return

    def _compare(self, scores: Sequence[Scores]) -> None:
        predictor = self._predictor()
        if predictor is None:
            return
        began = perf_counter()
        try:
            rows = np.concatenate([scored.rows for scored in scores])
            predicted = predictor.predict(rows)
        except Exception:  # whatever it breaks down over, nobody waits for it
            logger.exception("shadow %s failed over %d duels", predictor.version, len(scores))
            self._events.failed(predictor.version, len(scores))
            return
        seconds = perf_counter() - began
        ends = np.cumsum([len(scored.rows) for scored in scores])
        judged = [
            _judge(scored, theirs)
            for scored, theirs in zip(scores, np.split(predicted, ends[:-1]), strict=True)
        ]
        self._events.compared(
            Comparison(
                predictor.version,
                seconds,
                [difference for difference, _ in judged],
                sum(disagrees for _, disagrees in judged),
            )
        )


def _judge(scored: Scores, theirs: NDArray[np.float64]) -> tuple[float, bool]:
    best = scored.best
    difference = abs(float(theirs[best]) - scored.win_probabilities[best])
    return difference, bool(theirs.max() > theirs[best])
