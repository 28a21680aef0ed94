"""What storage tells about the database and the dex read from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Self

from opentelemetry.metrics import Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.metrics import Counter

    from telemetry.signals import SignalMeter


@dataclass(slots=True)
class _State:
    up: bool | None = None
    compared_at: float | None = None


@dataclass(frozen=True, slots=True)
class DatabaseInstruments:
    """Whether the database answers, and how fresh the dex is."""

    _reloads: Counter
    _state: _State = field(default_factory=_State)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(signals.counter("dex_reloads"))
        made._reloads.add(0)
        signals.gauge("database_up", made._observe_up)
        signals.gauge("dex_age", made._observe_age)
        return made

    def database_answered(self) -> None:
        """Note that the database answered."""
        self._state.up = True

    def database_lost(self) -> None:
        """Note that the database could not be asked."""
        self._state.up = False

    def dex_compared(self) -> None:
        """Note that the dex in use was found equal to the database's."""
        self._state.compared_at = monotonic()

    def dex_reloaded(self) -> None:
        """Note that another dex was read and is now in use."""
        self._reloads.add(1)
        self.dex_compared()

    def _observe_up(self) -> Iterator[Observation]:
        if self._state.up is not None:
            yield Observation(int(self._state.up))

    def _observe_age(self) -> Iterator[Observation]:
        if self._state.compared_at is not None:
            yield Observation(monotonic() - self._state.compared_at)
