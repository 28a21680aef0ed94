"""What the service tells of the record of how models came to serve."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from opentelemetry.metrics import Observation

from telemetry.signals import OTHER, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telemetry.signals import Labels, SignalMeter


ALERTED: Final = (("rollback", "done"), ("end", "failed"), ("watch", "failed"))
"""Steps whose next one somebody is to hear of."""


@dataclass(slots=True)
class _Record:
    steps: dict[tuple[str, str], int] = field(default_factory=dict)
    state: str | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class LifecycleInstruments:
    """Steps that the audit holds, and the state of the cycle under way, as last read."""

    _steps: Labels
    _states: Labels
    _record: _Record = field(default_factory=_Record)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(signals.labels("lifecycle_steps"), signals.labels("lifecycle_state"))
        signals.gauge("lifecycle_steps", made._observe_steps)
        signals.gauge("lifecycle_state", made._observe_state)
        return made

    def read(self, steps: dict[tuple[str, str], int], state: str | None) -> None:
        """Take how often each step has had each outcome, and where the cycle under way is."""
        self._record.steps, self._record.state, self._record.known = steps, state, True

    def _observe_steps(self) -> Iterator[Observation]:
        if self._record.known:
            # Alerts look at a rise, which needs the zero before the first.
            for (step, outcome), count in (dict.fromkeys(ALERTED, 0) | self._record.steps).items():
                yield Observation(count, self._steps(step, outcome))

    def _observe_state(self) -> Iterator[Observation]:
        if self._record.known:
            for state in schema().attributes["cycle_state"].values:
                if state != OTHER:
                    yield Observation(int(state == self._record.state), self._states(state))
