"""Let in what can be answered in time, and refuse the rest at once.

Beyond capacity requests only wait for each other: whoever came last would be answered long after
it has gone, and so would everybody behind. How many may be under way is learnt from how long they
take once their bodies are there. When an answer comes late, so many are let in as would have been
in time: at the same pace, half as many take half as long (Little's law). While all places are
taken, answers in time open few more, since what that leads to is seen only after as long as an
answer may take. While places are free, each opens one: a pause is no lasting reason to refuse.

Under overload most requests are refused, and what that costs is taken from those that were let in.
So a connection may ask first, and answer a plain request before anything is made for it.
"""

from __future__ import annotations

import asyncio
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, Final

from app.access.cross_origin import let_in
from app.http.answer_head import status_and_headers
from app.http.direct_lane import is_best_move
from app.problems.handlers import refuse
from inference.lane import OverloadedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from litestar.response.base import ASGIResponse

    from telemetry.http_request import ASGIApp, Message, Receive, Scope, Send

FEWEST: Final = 64
"""So many may always be under way: fewer could not wait for each other for long."""
MOST_A_SECOND: Final = 2_000
"""About what a process answers. Times the longest wait, so many may be under way at most: batches
are full long before, so that a faster one loses nothing, and a crowd that comes before anything was
learnt is not much too late."""
IN_USE: Final = 0.75
"""Places count as taken where so many of them are."""
TELL_SECONDS: Final = 0.1
"""To count each refusal by itself would be an eighth of what it costs."""
CROWDED: Final = 0.25
"""Share of the longest wait that is aimed at while others are refused. What an answer waits for
before its body is read, and on its way to the client, is not seen here; and who is let in where
others are not is to be answered at a pace as if they were not there."""
CROWDED_SECONDS: Final = 1.0
"""So long after a refusal it counts as such a time."""
GROWTH: Final = 0.05
"""Places that an answer in time opens while all are taken."""


class Admission:
    """ASGI middleware, the outermost: a refusal must cost next to nothing. Used from one loop."""

    def __init__(
        self,
        app: ASGIApp,
        refused: Callable[[int], object],
        *,
        origins: Collection[str],
        longest_seconds: float,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        """Take what answers predictions.

        Args:
            app: the whole application.
            refused: told, some times a second, how many more requests were not let in.
            origins: whose pages may read a refusal, as they may any other answer.
            longest_seconds: what an answer may take.
            clock: in seconds.

        """
        self._app = app
        self._refused = refused
        self._longest_seconds = longest_seconds
        self._clock = clock
        refusal = refuse(OverloadedError()).answer()
        self._refusal = let_in(refusal, origins)
        # With origins it depends on who asks.
        self._plain = None if origins else _as_bytes(refusal)
        self._under_way = 0
        self._most = max(MOST_A_SECOND * longest_seconds, FEWEST)
        self._bound = self._most
        self._shrunk_at = 0.0
        self._refused_at = -inf
        self._untold = 0

    def instead(self, is_plain: Callable[[], bool]) -> tuple[bytes, bytes] | None:
        """Give what a request is to be answered instead, head and body, and count it.

        The head lacks the headers that all answers have, and the empty line. None when it is let
        in, or to be refused with regard to who asks, or not a plain one, which is looked at last:
        most of the time there is room.
        """
        if self._plain is None or not self._is_full() or not is_plain():
            return None
        self._count()
        return self._plain

    def tell(self) -> None:
        """Tell of the refusals since the last time."""
        untold, self._untold = self._untold, 0
        if untold:
            self._refused(untold)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it; only single predictions are counted."""
        if not is_best_move(scope):
            await self._app(scope, receive, send)
            return
        if self._is_full():
            self._count()
            await self._refusal(scope, receive, send)  # type: ignore[arg-type]  # Litestar's own ASGI types
            return
        began: float | None = None

        async def receive_counted() -> Message:
            nonlocal began
            message = await receive()
            # Who sends slowly takes nobody's place, and says nothing of how fast we are.
            if began is None and not message.get("more_body", False):
                began = self._clock()
                self._under_way += 1
            return message

        try:
            await self._app(scope, receive_counted, send)
        finally:
            if began is not None:
                self._learn(began, self._clock())
                self._under_way -= 1

    def _count(self) -> None:
        self._refused_at = self._clock()
        if not self._untold:
            asyncio.get_running_loop().call_later(TELL_SECONDS, self.tell)
        self._untold += 1

    def _is_full(self) -> bool:
        return self._under_way >= self._bound

    def _learn(self, began: float, ended: float) -> None:
        longest = self._longest_seconds
        if ended - self._refused_at < CROWDED_SECONDS:
            longest *= CROWDED
        if ended - began <= longest:
            taken = self._under_way > self._bound * IN_USE
            self._bound = min(self._bound + (GROWTH if taken else 1), self._most)
        elif began > self._shrunk_at and self._under_way > FEWEST:
            # Who came before the bound shrank is late whatever it is now, and who is late among few
            # has not waited for the others.
            in_time = self._under_way * longest / (ended - began)
            self._bound = max(min(self._bound, in_time), FEWEST)
            self._shrunk_at = ended


def _as_bytes(answer: ASGIResponse) -> tuple[bytes, bytes]:
    head = status_and_headers(answer.status_code, answer.encode_headers())
    return head, bytes(answer.body)
