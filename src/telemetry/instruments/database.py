"""What storage tells about the database, its pool and the dex read from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final, Self

from opentelemetry.metrics import Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.metrics import Counter, Histogram

    from telemetry.signals import SignalMeter


POSTGRESQL: Final = "postgresql"
_POOL: Final = {"db.client.connection.pool.name": "dexwatch"}


@dataclass(slots=True)
class _State:
    up: bool | None = None
    compared_at: float | None = None
    connections: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class DatabaseInstruments:
    """Whether the database answers, how fast, and how fresh the dex is."""

    _reloads: Counter
    _operations: Histogram
    _state: _State = field(default_factory=_State)
    _pools: list[Callable[[], tuple[int, int, int]]] = field(default_factory=list)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(
            signals.counter("dex_reloads"), signals.histogram("db.client.operation.duration")
        )
        made._reloads.add(0)
        signals.gauge("database_up", made._observe_up)
        signals.gauge("dex_age", made._observe_age)
        signals.gauge("database_connections", made._observe_connections)
        signals.gauge("database_size", made._observe_size)
        signals.updown("db.client.connection.count", made._observe_pool)
        signals.updown("db.client.connection.max", made._observe_pool_bound)
        return made

    def operated(self, operation: str, seconds: float, error: str | None, /) -> None:
        """Note one statement: its first word, how long it took, what kind of error it met."""
        attributes = {"db.system.name": POSTGRESQL, "db.operation.name": operation}
        if error is not None:
            attributes["error.type"] = error
        self._operations.record(seconds, attributes)

    def watch_pool(self, sizes: Callable[[], tuple[int, int, int]], /) -> None:
        """Ask ``sizes``, whenever someone looks, for idle, used and most connections."""
        self._pools[:] = [sizes]

    def server_looked_at(self, *, connections: int, size: int) -> None:
        """Note the sessions on the database, and its size in bytes."""
        self._state.connections, self._state.size = connections, size

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

    def _observe_connections(self) -> Iterator[Observation]:
        if self._state.connections is not None:
            yield Observation(self._state.connections)

    def _observe_size(self) -> Iterator[Observation]:
        if self._state.size is not None:
            yield Observation(self._state.size)

    def _observe_pool(self) -> Iterator[Observation]:
        for sizes in self._pools:
            idle, used, _ = sizes()
            yield Observation(idle, {**_POOL, "db.client.connection.state": "idle"})
            yield Observation(used, {**_POOL, "db.client.connection.state": "used"})

    def _observe_pool_bound(self) -> Iterator[Observation]:
        for sizes in self._pools:
            yield Observation(sizes()[2], _POOL)
