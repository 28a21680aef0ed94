"""What is refused, and which connections are ended, before anything is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from opentelemetry.metrics import Observation

from telemetry.signals import OTHER, schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.metrics import Counter

    from telemetry.signals import Labels, SignalMeter


@dataclass(frozen=True, slots=True)
class AccessInstruments:
    """Refusals by reason, and connections."""

    _signals: SignalMeter
    _refused: Counter
    _refusals: Labels
    _ended: Counter
    _endings: Labels

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments; every series begins at 0, since rate() misses a first value."""
        made = cls(
            signals,
            signals.counter("api_refusals"),
            signals.labels("api_refusals"),
            signals.counter("api_connections_ended"),
            signals.labels("api_connections_ended"),
        )
        for attribute, note in (("access_refusal", made.refused), ("ending", made.ended)):
            for reason in schema().attributes[attribute].values:
                if reason != OTHER:
                    note(reason, 0)
        return made

    def refused(self, reason: str, count: int = 1) -> None:
        """Note a request that was refused."""
        self._refused.add(count, self._refusals(reason))

    def ended(self, reason: str, count: int = 1) -> None:
        """Note a connection that we have ended."""
        self._ended.add(count, self._endings(reason))

    def watch_connections(self, count: Callable[[], int]) -> None:
        """Observe how many connections are open."""
        self._signals.gauge("api_connections", lambda: [Observation(count())])
