"""Writes to a connection are joined, and none is held for long or lost."""

from __future__ import annotations

import asyncio
from typing import cast

from app.http.joined_writes import JoinedWrites


class _Wire:
    """A transport that remembers its packets."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.packets.append(data)

    def writelines(self, parts: tuple[bytes, ...]) -> None:
        self.packets.append(b"".join(parts))

    def close(self) -> None:
        self.closed = True


def _joined() -> tuple[JoinedWrites, _Wire]:
    wire = _Wire()
    return JoinedWrites(cast("asyncio.Transport", wire)), wire


async def test_head_and_body_leave_together() -> None:
    """What follows a write in the same turn of the loop goes into the same packet."""
    transport, wire = _joined()
    transport.write(b"head")
    transport.write(b"body")
    await asyncio.sleep(0)
    assert wire.packets == [b"headbody"]


async def test_what_nothing_follows_leaves_in_the_next_turn() -> None:
    """An answer whose body takes its time does not hold its head back."""
    transport, wire = _joined()
    transport.write(b"head")
    assert wire.packets == []
    await asyncio.sleep(0)
    assert wire.packets == [b"head"]


async def test_a_close_writes_what_is_held() -> None:
    """The last word arrives before the end."""
    transport, wire = _joined()
    transport.write(b"last")
    transport.close()
    assert (wire.packets, wire.closed) == ([b"last"], True)
