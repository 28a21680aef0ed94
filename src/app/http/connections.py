"""Connections: how long a client may keep one waiting, and how many there may be.

uvicorn waits for as long as a client likes: for the head of a request, for its body, and for an
answer to be read. Whoever opens connections and says little takes the place of others. Here every
connection can tell whether it waits for its client, one look a second ends those that wait too
long, and beyond the most that there may be those that have waited longest have to go.
"""

from __future__ import annotations

import asyncio
import logging
import re
import resource
from contextlib import asynccontextmanager
from heapq import nsmallest
from math import inf
from typing import TYPE_CHECKING, Any, Final

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.http.answer_head import lines, status_and_headers
from app.http.direct_lane import PATH
from app.http.joined_writes import JoinedWrites
from app.http.refusals import Refusals
from app.http.security_headers import ENCODED
from app.problems import schema as kinds
from app.problems.handlers import Refusal
from app.problems.schema import MEDIA_TYPE
from telemetry.lasting import call_off, keep_going

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from app.problems.schema import Kind
    from config.settings import ServerSettings
    from telemetry.instruments import AccessInstruments

logger = logging.getLogger(__name__)

MOST_HEAD_BYTES: Final = 64 * 1024
"""Of a head that does not end; one that ends is measured before it is routed."""
MOST_BODY_FACTOR: Final = 16
"""What is read of a body however it is answered, in longest bodies; then we hang up."""
MOST_KEPT_BYTES: Final = 256 * 2**20
"""Of all bodies that are not complete and answers that are not read: they are kept in memory until
they are."""
LEAST_READ_BYTES: Final = 64 * 1024
"""Of an answer, in each time that there is for reading one."""
MOST_WAITING: Final = 100
"""Requests of a connection that came before the answer to an earlier one. A part of what is read
may hold thousands of them, each of which takes a hundred times its length in memory."""
LOOK_SECONDS: Final = 1.0
READ_SECONDS: Final = 0.05
"""In which the loop surely reads once more what has come."""
_URL: Final = PATH.encode()
_PLAIN_START: Final = b"POST " + _URL + b" HTTP/1.1\r\n"
_LINES: Final = (
    rb"(?:(?!(?i:content-length|transfer-encoding|connection|upgrade|expect)[: \t])"
    rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*\r\n)*"
)
_PLAIN: Final = re.compile(
    re.escape(_PLAIN_START) + _LINES + rb"(?i:content-length): ?(\d{1,6})\r\n" + _LINES + rb"\r\n"
)
"""A head whose one Content-Length says where the request ends, and that asks for nothing else."""
OTHER_FILES: Final = 512
"""That the process may have open beside its connections."""

_Wait = tuple[str, object]
"""What a connection waits for, as the reason to end it; since which request or answer."""


class Connections:
    """The open connections of this process."""

    def __init__(self, settings: ServerSettings, instruments: AccessInstruments) -> None:
        """Take the limits, and whom to tell."""
        self.most = settings.max_connections
        self.most_body_bytes = MOST_BODY_FACTOR * settings.max_body_bytes
        self.instruments = instruments
        self.open: set[Connection] = set()
        self.instead: Callable[[Callable[[], bool]], tuple[bytes, bytes] | None] = lambda _: None
        """Asked of each request, see :meth:`.Admission.instead`."""
        self.refusals = Refusals()
        self._seconds = {
            "slow_head": settings.head_seconds,
            "slow_body": settings.body_seconds,
            "unread": settings.body_seconds,
            "idle": inf,  # uvicorn's time holds, and a crowd may still have them go
        }
        instruments.watch_connections(lambda: len(self.open))

    def admit(self, connection: Connection) -> None:
        """Add a connection; beyond the most, end those that wait longest for their clients."""
        self.open.add(connection)
        if len(self.open) <= self.most:
            return
        waiting = [one for one in self.open if one.wait()[0]]
        # A few at once, so that a crowd that comes again and again is not searched each time.
        longest = nsmallest(max(self.most // 20, 1), waiting, key=lambda one: one.since)
        # Where all of them are being answered, the last to come has to go.
        for one in longest or [connection]:
            one.end("crowded")

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """End connections that wait too long, for as long as the block."""
        _allow_files(self.most + OTHER_FILES)
        watching = keep_going("connection watch", self._watch)
        try:
            yield
        finally:
            await call_off(watching)

    async def _watch(self) -> None:
        """Look at every connection now and then, so that requests pay for no timers."""
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            for connection in tuple(self.open):
                reason, seconds = connection.look(now)
                if reason and seconds > self._seconds[reason]:
                    connection.end(reason)
            self._make_room()
            await asyncio.sleep(LOOK_SECONDS)

    def _make_room(self) -> None:
        """Let go of what is kept for clients, the oldest first, where it is too much together."""
        keeping = [one for one in self.open if one.wait()[0] in {"slow_body", "unread"}]
        kept = sum(one.kept for one in keeping)
        for connection in sorted(keeping, key=lambda one: one.since):
            if kept <= MOST_KEPT_BYTES:
                return
            kept -= connection.kept
            connection.end("crowded")


class Connection(HttpToolsProtocol):
    """One connection, which can tell what it waits for."""

    cycle: RequestResponseCycle | None  # type: ignore[assignment]  # there is none at first

    def __init__(self, connections: Connections, **uvicorns: Any) -> None:
        """Take what all connections share, and what uvicorn gives."""
        super().__init__(**uvicorns)
        self._all = connections
        self.seen: _Wait = ("", None)
        """What it waited for at the last look."""
        self.since = self.loop.time()
        """When it was first seen to wait for that."""
        self._went_on = self.since
        """When the client was last seen to do enough about it."""
        self._left = 0
        """What was unread then."""
        self._pauses = 0
        """Answers, or parts of them, that were more than the client took at once."""
        self._in_head = False
        self._heads = 0
        """Heads that have begun."""
        self.received = 0
        """Bytes of the head or the body that is not complete."""
        self._instead: tuple[bytes, bytes] | None = None
        """What the request that is being read is answered, without anybody having seen it."""
        self._held: tuple[bytes, bytes] | None = None
        """A refusal that is about to be written."""

    def wait(self) -> _Wait:
        """Say what the connection waits for; an empty reason stands for ourselves."""
        cycle = self.cycle
        if self._held is not None:
            return "", cycle
        if self.flow.write_paused:
            return "unread", self._pauses
        # An answer may come before all of the request has.
        if self.timeout_keep_alive_task is not None and (cycle is None or not cycle.more_body):
            return "idle", self.timeout_keep_alive_task
        if cycle is None or cycle.response_complete:
            return "slow_head", cycle
        return "slow_body" if cycle.more_body else "", cycle

    def look(self, now: float) -> tuple[str, float]:
        """Say what the connection waits for, and for how many seconds too little was done for it.

        A head or a body has to come whole in its time. Of an answer, which may be long, some has to
        be taken in each.
        """
        wait, unread = self.wait(), self.unread
        if wait != self.seen:
            self.seen, self.since = wait, now
        elif self._left - unread < LEAST_READ_BYTES:
            return wait[0], now - self._went_on
        self._went_on, self._left = now, unread
        return wait[0], 0.0

    @property
    def unread(self) -> int:
        """Bytes of an answer that the client does not take."""
        return self.transport.get_write_buffer_size() if self.flow.write_paused else 0

    @property
    def kept(self) -> int:
        """Bytes that are kept until the client has sent the rest, or read them."""
        cycle = self.cycle
        is_short = cycle is not None and cycle.more_body and not cycle.response_complete
        return self.unread + (self.received if is_short else 0)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first request."""
        super().connection_made(JoinedWrites(transport))  # type: ignore[arg-type]  # in all it uses
        self._all.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of it."""
        self._all.open.discard(self)
        self._held = None
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to wait for an answer to be read."""
        self._pauses += 1
        super().pause_writing()

    def shutdown(self) -> None:
        """End once what has been asked is answered."""
        self._answer_held()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Read a part of a request, if there is not too much of it."""
        self._answer_held()
        if data.startswith(_PLAIN_START) and self._is_refused_unread(data):
            return
        between = self.cycle is None or not self.cycle.more_body
        alone = self._heads + (between and not self._in_head)
        self._parse(data)
        if self._in_head:
            # Of a head behind other requests in one part it is not known where it begins.
            self.received += len(data) if self._heads == alone else 0
            if self.received > MOST_HEAD_BYTES:
                self._all.instruments.ended("head_too_long")
                self._refuse(kinds.HEADERS_TOO_LARGE)
        elif self.cycle is not None and self.cycle.more_body:
            self.received += len(data)
            if self.received > self._all.most_body_bytes:
                self.end("body_too_long")

    def _parse(self, data: bytes) -> None:
        """Do as uvicorn does, without a line in the log for whatever somebody sends."""
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except HttpParserError as error:
            self.send_400_response(str(error))
        except HttpParserUpgrade:
            # We go on as if nobody had asked for another protocol.
            return

    def on_message_begin(self) -> None:
        """Begin to read a head."""
        super().on_message_begin()
        self._unset_keepalive_if_required()
        self._in_head = True
        self._heads += 1
        self.received = 0

    def on_headers_complete(self) -> None:
        """Begin to read a body, if there is one, and if not too many requests wait here already.

        Raises:
            OverflowError: they do. It ends the reading of what has come.

        """
        if len(self.pipeline) >= MOST_WAITING:
            self.end("crowded")
            raise OverflowError
        self._instead = self._all.instead(self._is_plain_best_move)
        if self._instead is not None:
            self._in_head = False
            self.received = 0
            return
        super().on_headers_complete()
        if self.expect_100_continue and self.cycle is not None:
            # Refused before it was told to go on, the client may send its body or another request:
            # nobody can tell which of them comes.
            self.cycle.keep_alive = False
        self._in_head = False
        self.received = 0

    def on_body(self, body: bytes) -> None:
        """Take a part of a body, unless nobody will look at it."""
        if self._instead is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; one that was not let in is answered now."""
        if self._instead is not None:
            instead, self._instead = self._instead, None
            self._answer_instead(*instead)
            return
        super().on_message_complete()
        if self.cycle is not None and self.cycle.response_complete:
            # To uvicorn a request is over once it is answered, whatever is still to come of it.
            self.cycle.more_body = False
            self._rest()

    def _is_refused_unread(self, data: bytes) -> bool:
        """Answer a plain request that has come whole and is not let in, and tell whether it was.

        Most of what a refusal costs is to take a head apart that nobody will look at. So it is
        only made sure that the request ends where what has come ends; whatever is in doubt goes
        the usual way.
        """
        instead = self._all.instead(lambda: self._is_plain_and_whole(data))
        if instead is None:
            return False
        # While it is held, it waits for us.
        self._unset_keepalive_if_required()
        self._held = instead
        self._all.refusals.add(self._answer_held)
        return True

    def _answer_held(self) -> None:
        """Answer what is refused, if it has not been yet."""
        held, self._held = self._held, None
        if held is not None:
            self._answer_instead(*held)

    def _is_plain_and_whole(self, data: bytes) -> bool:
        if self._in_head or self._instead is not None or not self._is_ready:
            return False
        found = _PLAIN.match(data)
        return found is not None and len(data) == found.end() + int(found[1])

    def _answer_instead(self, head: bytes, body: bytes) -> None:
        self.transport.write(head + lines(self.server_state.default_headers) + b"\r\n")
        self.transport.write(body)
        self._rest()

    def _rest(self) -> None:
        """Begin the time between two requests."""
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def timeout_keep_alive_handler(self) -> None:
        """End a connection on which nothing has come for long.

        Its time may have run out while the loop was busy: what came meanwhile is read first.
        """
        self.timeout_keep_alive_task = self.loop.call_later(
            READ_SECONDS, super().timeout_keep_alive_handler
        )

    def _is_plain_best_move(self) -> bool:
        """Tell whether a request could be answered without anything looked at or waited for."""
        return (
            self.url == _URL
            and self.parser.get_method() == b"POST"
            and self._is_ready
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and not self.expect_100_continue
        )

    @property
    def _is_ready(self) -> bool:
        """Whether an answer that is written now is the next that the client waits for."""
        return (
            (self.cycle is None or (self.cycle.response_complete and not self.cycle.more_body))
            and not self.flow.write_paused
            # A service that stops tells it in all answers, and closes connections after them.
            and (b"connection", b"close") not in self.server_state.default_headers
        )

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP as any other error is answered, and hang up."""
        del msg
        if self.transport.is_closing():
            return
        self._all.instruments.ended("malformed")
        self._refuse(kinds.BAD_REQUEST)

    def end(self, reason: str) -> None:
        """End the connection at once."""
        self._all.instruments.ended(reason)
        self._all.open.discard(self)
        self.transport.abort()

    def _refuse(self, kind: Kind) -> None:
        """Answer outside of the application, and hang up."""
        self._in_head = False
        if self.cycle is not None and not self.cycle.response_complete:
            # The answer to an earlier request is on its way: this would get into the middle of it.
            self.transport.abort()
            return
        body = Refusal(kind).encode()
        headers = (
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
            *ENCODED,
        )
        self.transport.write(status_and_headers(kind.status, headers) + b"\r\n" + body)
        self.transport.close()


def _allow_files(count: int) -> None:
    """Let the process have so many files open, if it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted < count:
        logger.warning("%d open files are allowed, %d may be needed", wanted, count)
