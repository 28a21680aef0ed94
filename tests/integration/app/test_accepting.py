"""Connections are accepted as fast as they come, and shared between those that listen together."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
import time
from collections import Counter
from contextlib import ExitStack
from functools import partial
from typing import cast

import pytest
import uvloop
from tests.waiting import until

from app.http.accepting import A_SECOND, LONGEST_TURN_SECONDS, Acceptor
from cli.listening import let_nobody_in

CROWD = 500
STOPS = 12
MET = b"met"
TURN_SECONDS = 0.02


class _Met(asyncio.Protocol):
    def __init__(self, met: list[asyncio.BaseTransport]) -> None:
        self._met = met

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note it, and say so."""
        self._met.append(transport)
        cast("asyncio.Transport", transport).write(MET)


def _crowd(stack: ExitStack, listening: socket.socket, number: int = CROWD) -> None:
    for _ in range(number):
        stack.enter_context(socket.create_connection(listening.getsockname()))


def test_a_crowd_is_accepted_at_a_pace_however_long_the_turns_are() -> None:
    """Where uvloop by itself takes as many turns of the loop as there are connections."""

    async def serve(listening: socket.socket) -> int:
        met: list[asyncio.BaseTransport] = []
        acceptor = Acceptor(listening, partial(_Met, met)).started()
        turns = 0
        while len(met) < CROWD:
            time.sleep(TURN_SECONDS)  # noqa: ASYNC251  # of the whole loop
            await asyncio.sleep(0)
            turns += 1
            assert turns < CROWD
        await acceptor.stop()
        _hang_up(met)
        return turns

    with ExitStack() as stack:
        listening = stack.enter_context(_listening())
        _crowd(stack, listening)
        turns = uvloop.run(serve(listening))
    # Whoever is accepted in one turn is met in the next.
    assert CROWD / (2 * A_SECOND * TURN_SECONDS) < turns < 2 * CROWD / (A_SECOND * TURN_SECONDS)


@pytest.mark.parametrize("crowd", [50, CROWD])
def test_a_crowd_is_shared_by_those_who_listen_together(crowd: int) -> None:
    """Nobody takes it all, also after a while in which one of them was asked: each has a third.

    By a clock that goes while they work: what others take from them is no long turn.
    """
    rested = 0.0

    async def serve(listening: socket.socket, stack: ExitStack) -> list[int]:
        nonlocal rested
        both: list[list[asyncio.BaseTransport]] = [[], []]
        with listening.dup() as other:
            acceptors = [
                Acceptor(one, partial(_Met, met), lambda: time.thread_time() + rested).started()
                for one, met in zip((listening, other), both, strict=True)
            ]
            _crowd(stack, listening, 1)
            await until(lambda: sum(map(len, both)) == 1)
            await asyncio.sleep(2 * LONGEST_TURN_SECONDS)
            rested += 2 * LONGEST_TURN_SECONDS
            _crowd(stack, listening, crowd)
            await until(lambda: sum(map(len, both)) == 1 + crowd)
            for acceptor, met in zip(acceptors, both, strict=True):
                await acceptor.stop()
                _hang_up(met)
        return [len(met) for met in both]

    with ExitStack() as stack:
        listening = stack.enter_context(_listening())
        assert min(uvloop.run(serve(listening, stack))) > crowd / 3


def test_who_waits_when_it_stops_is_accepted_still() -> None:
    """Those clients believe to be connected already."""

    async def serve(listening: socket.socket) -> int:
        met: list[asyncio.BaseTransport] = []
        acceptor = Acceptor(listening, partial(_Met, met)).started()
        await acceptor.stop()
        _hang_up(met)
        return len(met)

    with ExitStack() as stack:
        listening = stack.enter_context(_listening())
        _crowd(stack, listening)
        assert uvloop.run(serve(listening)) == CROWD


def test_a_stop_under_load_resets_nobody() -> None:
    """Whoever comes while the last are accepted is refused, also between that and the end."""
    outcomes: Counter[str] = Counter()

    async def serve(listening: socket.socket) -> list[threading.Thread]:
        met: list[asyncio.BaseTransport] = []
        acceptor = Acceptor(listening, partial(_Met, met)).started()
        where = listening.getsockname()
        callers = [threading.Thread(target=_call, args=(where, outcomes)) for _ in range(8)]
        for caller in callers:
            caller.start()
        await until(lambda: len(met) > 50)
        let_nobody_in(listening)
        await acceptor.stop()
        await asyncio.sleep(0)
        _hang_up(met)
        return callers

    for caller in [caller for _ in range(STOPS) for caller in uvloop.run(serve(_listening()))]:
        caller.join(10)
    assert outcomes == {"met": outcomes["met"], "refused": 8 * STOPS}


def _call(where: tuple[str, int], outcomes: Counter[str]) -> None:
    """Connect again and again until nobody listens, and only then look at who was met."""
    with ExitStack() as stack:
        connections = []
        while True:
            try:
                connections.append(stack.enter_context(socket.create_connection(where, 5)))
            except OSError as error:
                outcomes["refused" if error.errno == errno.ECONNREFUSED else repr(error)] += 1
                break
            time.sleep(0.002)
        for connection in connections:
            try:
                outcomes[connection.recv(len(MET)).decode()] += 1
            except OSError as error:
                outcomes[repr(error)] += 1


def test_without_a_file_left_it_goes_on_a_little_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop is free meanwhile, and nobody is lost."""

    async def serve(listening: socket.socket) -> int:
        met: list[asyncio.BaseTransport] = []
        short = _Short(listening)
        acceptor = Acceptor(short, partial(_Met, met)).started()  # type: ignore[arg-type]  # in all it uses
        await until(lambda: len(met) == CROWD)
        assert short.failures == 1
        await acceptor.stop()
        _hang_up(met)
        return len(met)

    monkeypatch.setattr("app.http.accepting.PAUSE_SECONDS", 0.1)
    with ExitStack() as stack:
        listening = stack.enter_context(_listening())
        _crowd(stack, listening)
        assert uvloop.run(serve(listening)) == CROWD


class _Short:
    """A socket that once has no file left."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.failures = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._listening, name)

    def accept(self) -> tuple[socket.socket, object]:
        """Accept, but not the first time."""
        if not self.failures:
            self.failures += 1
            raise OSError(errno.EMFILE, "Too many open files")
        return self._listening.accept()


def _listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=CROWD)


def _hang_up(met: list[asyncio.BaseTransport]) -> None:
    for transport in met:
        transport.close()
