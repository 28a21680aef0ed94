"""What feedback says of the model's answers."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from math import log
from typing import TYPE_CHECKING, Final, Self

from telemetry.signals import OTHER, schema

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter

    from telemetry.signals import Labels, SignalMeter

LEAST_PROBABILITY: Final = 0.005
"""Answers are rounded to hundredths: one of 0 may stand for anything below this."""
_WON: Final = {"A": 1.0, "draw": 0.5, "B": 0.0}


@dataclass(frozen=True, slots=True)
class FeedbackInstruments:
    """Sums over judged predictions; a score is one sum divided by another.

    So workers, instances and spans of time add up: Brier score and log-loss are
    ``feedback_squared_error`` and ``feedback_log_loss`` over ``feedback_predictions``, and a model
    is calibrated where ``feedback_wins`` meets ``feedback_expected_wins`` in every bucket.
    """

    _predictions: Counter
    _wins: Counter
    _expected: Counter
    _buckets: Labels
    _winners: Counter
    _winner: Labels
    _squared_error: Counter
    _log_loss: Counter
    _version: Labels
    _refused: Counter
    _refusals: Labels
    _known: set[str] = field(default_factory=set)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(
            signals.counter("feedback_predictions"),
            signals.counter("feedback_wins"),
            signals.counter("feedback_expected_wins"),
            signals.labels("feedback_wins"),
            signals.counter("feedback_winners"),
            signals.labels("feedback_winners"),
            signals.counter("feedback_squared_error"),
            signals.counter("feedback_log_loss"),
            signals.labels("feedback_log_loss"),
            signals.counter("feedback_refusals"),
            signals.labels("feedback_refusals"),
        )
        for reason in schema().attributes["feedback_refusal"].values:
            if reason != OTHER:
                made._refused.add(0, made._refusals(reason))
        return made

    def expect(self, model_version: str) -> None:
        """Begin a version's series at 0: rate() does not see the sum that a series begins with."""
        if model_version in self._known:
            return
        self._known.add(model_version)
        for bound in _bounds():
            bucket = self._buckets(model_version, f"{bound:g}")
            for counter in (self._predictions, self._wins, self._expected):
                counter.add(0, bucket)
        for winner in _WON:
            self._winners.add(0, self._winner(model_version, winner))
        for counter in (self._squared_error, self._log_loss):
            counter.add(0, self._version(model_version))

    def judged(self, model_version: str, win_probability: float, winner: str) -> None:
        """Note that a battle whose recommended move was to win so likely was won by ``winner``."""
        self.expect(model_version)
        won = _WON[winner]
        bounds = _bounds()
        bucket = self._buckets(model_version, f"{bounds[bisect_left(bounds, win_probability)]:g}")
        self._predictions.add(1, bucket)
        self._wins.add(won, bucket)
        self._expected.add(win_probability, bucket)
        self._winners.add(1, self._winner(model_version, winner))
        version = self._version(model_version)
        self._squared_error.add((win_probability - won) ** 2, version)
        likely = min(max(win_probability, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY)
        self._log_loss.add(-won * log(likely) - (1 - won) * log(1 - likely), version)

    def refused(self, reason: str) -> None:
        """Note feedback that was not taken."""
        self._refused.add(1, self._refusals(reason))


def _bounds() -> tuple[float, ...]:
    return schema().buckets["probability"]
