"""A transport for uvicorn: the head of an answer and its body leave in one packet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class JoinedWrites:
    """A transport that holds what is written until the next write, or the loop's next turn.

    uvicorn writes head and body one after the other: two system calls, of which the first wakes
    the client for half an answer.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held: bytes | None = None
        self._call_soon: Callable[[Callable[[], None]], object] = (
            asyncio.get_running_loop().call_soon
        )

    def __getattr__(self, name: str) -> Any:
        """Give whatever else a transport has."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Hold ``data``, or write it together with what is held."""
        held, self._held = self._held, None
        if held is None:
            self._held = data
            self._call_soon(self._flush)
        else:
            self._transport.writelines((held, data))

    def close(self) -> None:
        """Write what is held, and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._transport.write(held)
