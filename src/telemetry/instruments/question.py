"""What the service tells about the quality of the questions that it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from telemetry.bound import Bound

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter

    from telemetry.signals import Labels, SignalMeter

UNLEARNABLE_MOVE: Final = "unlearnable_move"
REPEATED_MOVE: Final = "repeated_move"


@dataclass(frozen=True, slots=True)
class QuestionInstruments:
    """Odd but answered: a sign of a caller's mistake, or of a model asked beyond its training."""

    _findings: Counter
    _labels: Labels
    _series: dict[str, Bound] = field(default_factory=dict)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(signals.counter("question_findings"), signals.labels("question_findings"))
        for finding in (UNLEARNABLE_MOVE, REPEATED_MOVE):
            made.found(finding, 0)
        return made

    def found(self, finding: str, moves: int) -> None:
        """Note how many moves of a question showed the finding."""
        series = self._series.get(finding)
        if series is None:
            series = self._series[finding] = Bound(self._findings, self._labels(finding))
        series.record(moves)
