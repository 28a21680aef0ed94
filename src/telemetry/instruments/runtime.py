"""What the serving process tells about its event loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram

    from telemetry.signals import SignalMeter

PAUSE_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class EventLoopInstruments:
    """How late the event loop is."""

    _delay: Histogram

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        return cls(signals.histogram("event_loop_delay"))

    async def watch(self, pause: float = PAUSE_SECONDS) -> None:
        """Measure, until cancelled, how long after a short sleep the loop gets round to waking us.

        Whatever blocks the loop, a request would have waited as long for it.
        """
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + pause
            await asyncio.sleep(pause)
            self._delay.record(max(0.0, loop.time() - due))
