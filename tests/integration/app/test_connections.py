"""Clients that keep a connection waiting, over real sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
import uvicorn
import uvloop
from tests.waiting import ALLOWANCE_SECONDS, wait_for

from app.http import connections as module
from app.http.connections import (
    LOOK_SECONDS,
    MOST_HEAD_BYTES,
    MOST_WAITING,
    Connection,
    Connections,
)
from config.settings import ServerSettings
from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments import AccessInstruments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.http.refusals import Refusals

    Asked = Callable[..., "Serving"]

BIG: Final = 8_000_000
STALL_SECONDS: Final = 6.0
GET: Final = b"GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n"
BIG_GET: Final = b"GET /big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
POST: Final = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"


async def _app(scope: Any, receive: Any, send: Any) -> None:
    """Read the body and answer with its length; /big answers much, /early before it has read."""
    length = 0
    if scope["path"] != "/early":
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            length += len(message["body"])
            if not message["more_body"]:
                break
    body = b"x" * BIG if scope["path"] == "/big" else b"%d" % length
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Stalling(Connection):
    """A connection whose reading holds the loop up when it is asked to."""

    def data_received(self, data: bytes) -> None:
        """Read, and take long over /stall."""
        if b"/stall" in data:
            time.sleep(STALL_SECONDS)
        super().data_received(data)


class Serving:
    """A server in a thread, and what it tells."""

    def __init__(self, settings: ServerSettings) -> None:
        self.memory = InMemoryTelemetry.create()
        self.connections = Connections(
            settings, AccessInstruments.create(self.memory.telemetry.signals)
        )
        self.port = 0
        self._opened = ExitStack()
        self._server = uvicorn.Server(
            uvicorn.Config(
                _app,
                http=cast("Any", partial(Stalling, self.connections)),
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_keep_alive=ceil(settings.idle_seconds),
            )
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the block ends."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            # So that what a client does not read stays with the service, not with the kernel.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            self.port = listener.getsockname()[1]
            thread = threading.Thread(target=lambda: uvloop.run(self._serve(listener)))
            thread.start()
            try:
                with self._opened:
                    yield
            finally:
                self.stop()
                thread.join()
                self.memory.telemetry.shutdown()

    def stop(self) -> None:
        """Have the server end once it has answered."""
        self._server.should_exit = True

    async def _serve(self, listener: socket.socket) -> None:
        async with self.connections.watched():
            await self._server.serve(sockets=[listener])

    def connect(self, *parts: bytes) -> socket.socket:
        """Open a connection and send something."""
        opened = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self._opened.enter_context(opened)
        for part in parts:
            opened.sendall(part)
        return opened

    def deaf(self) -> socket.socket:
        """Ask for much, and take hardly anything of it by itself."""
        opened = socket.socket()
        self._opened.enter_context(opened)
        opened.settimeout(10)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.connect(("127.0.0.1", self.port))
        opened.sendall(BIG_GET)
        return opened

    def ended(self) -> dict[str, int]:
        """Give how many connections were ended, by the reasons that there were."""
        rows = self.memory.telemetry.render_metrics()[0].decode().splitlines()
        found = [row for row in rows if row.startswith("api_connections_ended_total{")]
        counts = {row.split('"')[1]: int(float(row.split()[-1])) for row in found}
        return {reason: count for reason, count in counts.items() if count}


@pytest.fixture
def serve() -> Iterator[Asked]:
    """Give ``serve(**settings)``."""
    with ExitStack() as stack:

        def _serve(**settings: Any) -> Serving:
            serving = Serving(ServerSettings(**{"idle_seconds": 1} | settings))
            stack.enter_context(serving.running())
            return serving

        yield _serve


def _refusing(body: bytes) -> Callable[[Callable[[], bool]], tuple[bytes, bytes] | None]:
    """Turn every plain request away."""
    head = b"HTTP/1.1 503 Full\r\ncontent-length: %d\r\n" % len(body)
    return lambda is_plain: (head, body) if is_plain() else None


def _rest(connection: socket.socket) -> bytes:
    """Read until the end."""
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def _is_taken(connection: socket.socket, data: bytes) -> bool:
    """Say whether the other side still takes something."""
    try:
        connection.sendall(data)
    except (ConnectionResetError, BrokenPipeError):
        return False
    return True


def test_heads_and_bodies_have_their_time(serve: Asked) -> None:
    """Who connects and says nothing, a part of a head, or of a body, is shown out; others not."""
    serving = serve(head_seconds=3, body_seconds=4)
    began = time.monotonic()
    silent, half = serving.connect(), serving.connect(GET[:20])
    empty_lines = serving.connect(b"\r\n" * 10)
    body = serving.connect(POST % 100, b"x")
    served = serving.connect(GET)
    assert served.recv(1000).endswith(b"\r\n\r\n0")
    for waiting, least in ((silent, 3), (half, 3), (empty_lines, 3), (body, 4)):
        assert _rest(waiting) == b""
        assert least <= time.monotonic() - began < 15
    assert serving.ended() == {"slow_head": 3, "slow_body": 1}
    # Between two requests uvicorn's own time holds.
    assert _rest(served) == b""
    assert serving.ended() == {"slow_head": 3, "slow_body": 1}


def test_a_connection_may_rest_for_longer_than_a_head_may_take(serve: Asked) -> None:
    """Between requests, answered or refused, a client has its own time; in a second head, not."""
    serving = serve(head_seconds=1, idle_seconds=30)
    answered, blank = serving.connect(GET), serving.connect(GET)
    assert answered.recv(1000)
    assert blank.recv(1000)
    blank.sendall(b"\r\n")
    serving.connections.instead = _refusing(b"later")
    refused = serving.connect(WHOLE)
    assert refused.recv(1000).endswith(b"later")
    began = time.monotonic()
    assert _rest(blank) == b""
    time.sleep(max(0.0, began + 4 - time.monotonic()))
    for rested, request in ((answered, GET), (refused, WHOLE)):
        rested.sendall(request)
        assert rested.recv(1000).startswith(b"HTTP/1.1 ")
    assert serving.ended() == {"slow_head": 1}


def test_who_is_answered_early_still_owes_its_body(serve: Asked) -> None:
    """The rest of a request that was refused by its head may not take as long as a rest between."""
    serving = serve(head_seconds=1, idle_seconds=30)
    early = serving.connect(POST.replace(b"/echo", b"/early") % 100)
    assert early.recv(1000).startswith(b"HTTP/1.1 ")
    assert _rest(early) == b""
    assert serving.ended() == {"slow_head": 1}


def test_who_sends_its_body_after_the_answer_rests_like_any_other(serve: Asked) -> None:
    """Once a request that was answered by its head has come whole, uvicorn's own time holds."""
    serving = serve(head_seconds=60)
    early = serving.connect(POST.replace(b"/echo", b"/early") % 5)
    assert early.recv(1000).startswith(b"HTTP/1.1 ")
    early.sendall(b"x" * 5)
    assert _rest(early) == b""
    assert serving.ended() == {}


def test_a_request_that_follows_in_the_same_part_ends_the_rest(serve: Asked) -> None:
    """Behind the rest of a body that nobody reads, or a refusal, it has all of its time."""
    serving = serve(body_seconds=3, idle_seconds=60)
    early = serving.connect(POST.replace(b"/echo", b"/early") % 5)
    assert early.recv(1000).startswith(b"HTTP/1.1 ")
    serving.connections.instead = _refusing(b"later")
    early.sendall(b"x" * 5 + POST % 5)
    assert _rest(early) == b""
    refused = serving.connect(WHOLE + POST % 5)
    assert _rest(refused).endswith(b"later")
    assert serving.ended() == {"slow_body": 2}


def test_what_came_while_the_loop_was_busy_is_answered(serve: Asked) -> None:
    """A request that reached an idle connection before its time was up is read, not reset."""
    serving = serve(idle_seconds=STALL_SECONDS - 1)
    idle, other = serving.connect(GET), serving.connect()
    assert idle.recv(1000)
    other.sendall(GET.replace(b"/small", b"/stall"))
    time.sleep(0.2)
    idle.sendall(GET)
    assert idle.recv(1000).endswith(b"\r\n\r\n0")
    assert other.recv(1000).endswith(b"\r\n\r\n0")
    assert _rest(idle) == b""


def test_a_byte_now_and_then_is_not_enough(serve: Asked) -> None:
    """A slow loris is shown out however regularly it says a little, and its second request too."""
    serving = serve(head_seconds=1, body_seconds=1)
    loris = serving.connect(GET[:-2])
    body = serving.connect(POST % 1000)
    second = serving.connect(GET)
    assert second.recv(1000)
    began = time.monotonic()
    rest = iter(GET[:-4].ljust(1000, b"x"))
    while _is_taken(loris, b"X: y\r\n") and time.monotonic() < began + 10:
        _is_taken(second, bytes([next(rest)]))
        time.sleep(0.1)
    assert time.monotonic() - began < 8
    assert _rest(body) == b""
    _rest(second)
    assert {"slow_head", "slow_body"} == set(serving.ended())


def test_who_does_not_read_is_shown_out(serve: Asked) -> None:
    """An answer that nobody takes is given up; one that is read slowly is not."""
    serving = serve(body_seconds=2 * ALLOWANCE_SECONDS)
    serving.deaf()
    slow = serving.connect(BIG_GET)
    received = 0
    while chunk := slow.recv(100_000):
        received += len(chunk)
        time.sleep(0.1)
    assert received > BIG
    wait_for(lambda: serving.ended() == {"unread": 1}, 15)


def test_who_reads_a_little_now_and_then_is_shown_out(serve: Asked) -> None:
    """However regularly some of an answer is taken, it has to be enough."""
    serving = serve(body_seconds=2)
    trickling = serving.deaf()
    began = time.monotonic()
    with suppress(ConnectionResetError):
        while trickling.recv(2000):
            assert time.monotonic() - began < 20
            time.sleep(0.1)
    assert serving.ended() == {"unread": 1}


def test_unread_answers_have_their_room(serve: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many that nobody takes, each within its time, are given up before they fill the memory."""
    monkeypatch.setattr(module, "MOST_KEPT_BYTES", 2.5 * BIG)
    serving = serve(body_seconds=60)
    for _ in range(6):
        serving.deaf()
    wait_for(lambda: serving.ended() == {"crowded": 4})
    assert len(serving.connections.open) == 2
    with serving.connect(GET) as honest:
        assert honest.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_slow_reader_goes_before_those_that_came_after_it(serve: Asked) -> None:
    """Beyond the most connections an answer counts from its beginning, whatever is read of it."""
    serving = serve(max_connections=2, idle_seconds=60)
    slow = serving.deaf()
    wait_for(lambda: [one.seen[0] for one in serving.connections.open] == ["unread"])
    rested = serving.connect(GET)
    assert rested.recv(1000).startswith(b"HTTP/1.1 200")
    until = time.monotonic() + 3 * LOOK_SECONDS
    while time.monotonic() < until:
        assert slow.recv(20_000)
        time.sleep(0.05)
    for honest in (serving.connect(), rested):
        honest.sendall(GET)
        assert honest.recv(1000).startswith(b"HTTP/1.1 200")
    assert serving.ended() == {"crowded": 1}


def test_heads_and_bodies_have_their_length(serve: Asked) -> None:
    """Of a head without end, in one header or in many, and of a body, so much is read."""
    serving = serve(max_body_bytes=10_000)
    for part in (b"v" * 1000, b"X: y\r\n" * 200):
        endless = serving.connect(GET[:-2], b"X: ")
        sent = 0
        while _is_taken(endless, part):
            sent += len(part)
            assert sent < 20 * MOST_HEAD_BYTES
            time.sleep(0.005)  # so that a server that is held up for seconds is not outrun
    assert serving.ended() == {"head_too_long": 2}
    early = serving.connect(POST.replace(b"echo", b"early") % 10**9)
    assert early.recv(1000)
    sent = 0
    while _is_taken(early, b"x" * 10_000):
        sent += 10_000
        assert sent < BIG
        time.sleep(0.0005)
    assert serving.ended() == {"head_too_long": 2, "body_too_long": 1}
    # A body that was refused, but is not much too long, leaves the connection usable.
    kept = serving.connect(POST.replace(b"echo", b"early") % 100_000, b"x" * 100_000, GET)
    answers = b""
    while answers.count(b"HTTP/1.1 200") < 2:
        part = kept.recv(1000)
        assert part
        answers += part


def test_a_head_that_is_too_long_is_answered(serve: Asked) -> None:
    """In one piece and without an end it is told so, as a problem."""
    serving = serve()
    connection = serving.connect(GET[:-2] + b"X: " + b"v" * MOST_HEAD_BYTES)
    head, _, body = _rest(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["type"] == "/problems/headers-too-large"


def test_nothing_follows_a_body_that_waits_to_be_asked_for(serve: Asked) -> None:
    """Refused early, its client may send it or not: the connection ends, so nothing is mixed up."""
    serving = serve()
    asks = POST[:-2] + b"Expect: 100-continue\r\n\r\n"
    refused = _rest(serving.connect(asks.replace(b"echo", b"early") % 5))
    assert refused.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in refused
    taken = serving.connect(asks % 5)
    assert taken.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    taken.sendall(b"x" * 5)
    assert _rest(taken).endswith(b"\r\n\r\n5")


@pytest.mark.parametrize("request_", [GET, POST % 200_000 + b"x" * 200_000])
def test_requests_may_follow_each_other_closely(serve: Asked, request_: bytes) -> None:
    """Whoever sends the next one before the answer is served, wherever the parts are cut."""
    serving = serve(idle_seconds=60)
    for cut in (1, 20, len(GET) - 1):
        sent = request_ * (MOST_WAITING // 2 if request_ == GET else 2)
        connection = serving.connect(sent + request_[:cut])
        time.sleep(0.1)
        connection.sendall(request_[cut:])
        answers = b""
        while answers.count(b"HTTP/1.1 200") <= sent.count(b"HTTP/1.1"):
            part = connection.recv(65536)
            assert part
            answers += part
    assert serving.ended() == {}


def test_few_requests_may_wait_on_a_connection(serve: Asked) -> None:
    """Thousands sent in one go are not kept in memory: the connection ends, others are served."""
    serving = serve()
    with suppress(ConnectionError):
        _rest(serving.connect(GET * 5000))
    assert serving.ended() == {"crowded": 1}
    with serving.connect(GET) as honest:
        assert honest.recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTP/1.1\r\n\r\n", b"\x00" * 100],
)
def test_what_is_no_http_is_answered_as_a_problem(
    serve: Asked, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """TLS on a plain port and the like get the answer that every error gets, and fill no log."""
    serving = serve()
    head, _, body = _rest(serving.connect(sent)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"x-content-type-options: nosniff" in head
    assert json.loads(body)["status"] == 400
    assert serving.ended() == {"malformed": 1}
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


def test_an_answer_is_not_mixed_with_what_is_no_http(serve: Asked) -> None:
    """Rubbish behind a request that is being answered ends the connection, and nothing more."""
    serving = serve()
    received = _rest(serving.connect(POST % 10, b"x" * 3, b"x" * 7 + b"\x00\x01\r\n\r\n"))
    assert received.count(b"HTTP/1.1") <= 1
    assert serving.ended() == {"malformed": 1}


@pytest.mark.parametrize(("said", "heard"), [(GET[:10], rb""), (GET, rb"HTTP/1.1 200 .*\r\n\r\n0")])
def test_the_crowd_cannot_keep_others_out(serve: Asked, said: bytes, heard: bytes) -> None:
    """At the most connections those that wait longest go, so that a newcomer is served."""
    serving = serve(max_connections=50, head_seconds=60, idle_seconds=60)
    crowd = [serving.connect(said) for _ in range(120)]
    began = time.monotonic()
    for _ in range(20):
        with serving.connect(GET) as honest:
            assert honest.recv(1000).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 5
    assert len(serving.connections.open) <= 50
    assert re.fullmatch(heard, _rest(crowd[0]), re.DOTALL)
    # 120 and the first of the honest came to 50 places.
    assert serving.ended()["crowded"] >= 71
    body = serving.memory.telemetry.render_metrics()[0].decode()
    assert "\napi_connections " in body


def test_unfinished_bodies_have_their_room(serve: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many that are long, each within its limit, are given up before they fill the memory."""
    monkeypatch.setattr(module, "MOST_KEPT_BYTES", 1_050_000)
    serving = serve()
    for _ in range(30):
        serving.connect(POST % 200_000, b"x" * 100_000)
    deadline = time.monotonic() + 10
    while serving.ended() != {"crowded": 20}:
        assert time.monotonic() < deadline, serving.ended()
        time.sleep(0.1)
    assert len(serving.connections.open) == 10
    with serving.connect(GET) as honest:
        assert honest.recv(1000).startswith(b"HTTP/1.1 200")


async def test_many_honest_clients_are_let_alone(serve: Asked) -> None:
    """Connections that are used stay, whatever the limits of time: nobody is ended."""
    serving = serve(head_seconds=1, body_seconds=1, idle_seconds=ALLOWANCE_SECONDS)

    async def use() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        for _ in range(20):
            writer.write(POST % 5 + b"x" * 5)
            assert (await reader.readuntil(b"\r\n\r\n5")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.15)
        writer.close()

    await asyncio.gather(*(use() for _ in range(30)))
    assert serving.ended() == {}


def test_who_is_not_let_in_is_answered_on_the_same_connection(serve: Asked) -> None:
    """Requests that come together are each told so, and what is no plain one is asked about."""
    serving = serve()
    question = (
        b"POST /predict/best-move HTTP/1.1\r\nHost: localhost\r\n%bContent-Length: 3\r\n\r\nabc"
    )
    serving.connections.instead = _refusing(b"full")
    connection = serving.connect(
        2 * (question % b"") + GET + question % b"Expect: 100-continue\r\n"
    )
    said = _rest(connection)
    statuses = re.findall(rb"HTTP/1.1 (\d+) ", said)
    assert statuses == [b"503", b"503", b"200", b"100", b"200"]
    assert said.count(b"\r\n\r\nfull") == 2


WHOLE = b"POST /predict/best-move HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        (WHOLE, [b"503", b"200"]),
        (WHOLE.replace(b"Content-Length", b"content-length"), [b"503", b"200"]),
        # Two lengths, or one beside chunks: where the request ends is nobody's to guess.
        (WHOLE.replace(b"Host", b"Content-Length: 4\r\nHost"), [b"400"]),
        (WHOLE.replace(b"Host", b"Transfer-Encoding: chunked\r\nHost"), [b"400"]),
        (WHOLE.replace(b"Host", b"Transfer-Encoding : chunked\r\nHost"), [b"400"]),
        (WHOLE.replace(b"Host: ", b"Host "), [b"400"]),
        (WHOLE.replace(b": 3", b": +3"), [b"400"]),
    ],
)
def test_a_refusal_is_as_sure_of_its_request_as_an_answer(
    serve: Asked, sent: bytes, statuses: list[bytes]
) -> None:
    """In one piece or in many, what follows it on the connection is read from where it begins."""
    serving = serve()
    serving.connections.instead = _refusing(b"full")
    for pieces in ([sent], [sent[:40], sent[40:]], [sent[:-2], sent[-2:]]):
        connection = serving.connect()
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.05)
        with suppress(OSError):  # it may have been hung up on
            connection.sendall(GET)
        assert re.findall(rb"HTTP/1.1 (\d+) ", _rest(connection)) == statuses


def test_a_body_that_is_still_due_is_taken_for_no_request(serve: Asked) -> None:
    """Though it reads like one and the answer has left: what follows it is the next request."""
    serving = serve()
    serving.connections.instead = _refusing(b"full")
    body = WHOLE.replace(b"3\r\n\r\nabc", b"0\r\n\r\n")
    early = serving.connect(POST.replace(b"/echo", b"/early") % len(body))
    assert early.recv(1000).startswith(b"HTTP/1.1 200")
    early.sendall(body)
    for request, status in ((GET, b"200"), (WHOLE, b"503")):
        early.sendall(request)
        assert early.recv(1000).startswith(b"HTTP/1.1 " + status)


def test_a_refusal_that_waits_its_turn_is_written_before_anything_else(serve: Asked) -> None:
    """What the connection asks next is answered after it, and a stop writes it before the end."""
    serving = serve()
    serving.connections.instead = _refusing(b"full")
    # A turn that never comes.
    serving.connections.refusals = cast("Refusals", _Never())
    goes_on, stopped = serving.connect(WHOLE), serving.connect(WHOLE)
    for waiting in (goes_on, stopped):
        waiting.settimeout(0.3)
        with pytest.raises(TimeoutError):
            waiting.recv(1)
        waiting.settimeout(10)
    goes_on.sendall(GET)
    assert re.findall(rb"HTTP/1.1 (\d+) ", _rest(goes_on)) == [b"503", b"200"]
    serving.stop()
    assert re.findall(rb"HTTP/1.1 (\d+) ", _rest(stopped)) == [b"503"]


def test_who_goes_before_its_refusal_leaves_nothing_behind(
    serve: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    """A refusal is for a connection that is there; the next client is answered."""
    serving = serve()
    serving.connections.instead = _refusing(b"full")
    for _ in range(200):
        serving.connect(WHOLE).close()
    last = serving.connect(WHOLE, GET)
    assert re.findall(rb"HTTP/1.1 (\d+) ", _rest(last)) == [b"503", b"200"]
    assert not serving.connections.open
    assert not [said for said in caplog.records if said.levelno > logging.INFO]


class _Never:
    """Holds what is to be written for ever."""

    def add(self, write: object) -> None:
        """Do nothing."""


def test_refusals_that_nobody_reads_are_not_kept(serve: Asked) -> None:
    """Who asks on without reading is let wait, and shown out in the end."""
    serving = serve(body_seconds=0.5)
    question = b"POST /predict/best-move HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
    serving.connections.instead = _refusing(b"x" * 9999)
    connection = serving.connect()
    while _is_taken(connection, 100 * question):
        pass
    assert set(serving.ended()) <= {"unread", "crowded"}
    assert serving.ended()
