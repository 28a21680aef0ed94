"""One worker's place in the consumer group: what it asks of Redis."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from redis.exceptions import ResponseError

from capture.streams.connection import connect, stream_errors
from capture.streams.entry import milliseconds
from capture.streams.scripts import (
    BURY,
    DEAD_LETTERS,
    LEAVE,
    RENEW,
    SETTLE,
    dead_key,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from redis import Redis

    from config.settings import StreamSettings

logger = logging.getLogger(__name__)

_GONE_SECONDS: Final = 3600.0
"""A worker that has nothing and says nothing for so long is no more."""
_UPTIME_SLACK: Final = 2
"""Seconds by which Redis may take itself for older than it is: it counts whole ones."""


class Hold(IntEnum):
    """Whose an entry is."""

    GONE = 0
    OURS = 1
    ANOTHERS = 2


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry as it was handed to this worker."""

    entry_id: str
    fields: Mapping[bytes, bytes]
    doubtful: bool
    """Whether its row may stand in a file already."""
    times: int = 1
    """How often it was handed to a worker."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the workers are behind."""

    waiting: int
    delivered: int
    oldest_seconds: float


class WorkerGroup:
    """Reads entries for one worker. Every method raises :class:`StreamError`."""

    def __init__(self, settings: StreamSettings) -> None:
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._settings = settings
        self._stream = settings.name
        self._group = settings.group
        client = connect(settings)
        self._client: Redis = client
        self._renew = client.register_script(RENEW)
        self._settle = client.register_script(SETTLE)
        self._bury = client.register_script(BURY)
        self._leave = client.register_script(LEAVE)
        self._doubtful_before: int | None = None
        self._claimed_to = "0-0"

    def join(self) -> None:
        """Make sure that there is a group, before the first entry and after every failure.

        What was in the stream when Redis started, or when we lost sight of it, is in doubt: a
        killed Redis may have forgotten that it was handed out, or even written.
        """
        with stream_errors():
            try:
                self._client.xgroup_create(self._stream, self._group, id="0", mkstream=True)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise
            now = self._now()
            if self._doubtful_before is None:
                about = self._client.info()
                assert isinstance(about, dict)  # noqa: S101  # of a client that does not await
                uptime = int(about["uptime_in_seconds"]) - _UPTIME_SLACK
                self._doubtful_before = now - 1000 * uptime
                _warn(about)
            else:
                self._doubtful_before = now

    def read(self, most: int, seconds: float) -> list[Delivery]:
        """Take new entries; wait for a first one for so long."""
        with stream_errors():
            answer: Any = self._client.xreadgroup(
                self._group,
                self.worker,
                {self._stream: ">"},
                count=most,
                block=max(1, int(1000 * min(seconds, self._settings.timeout_seconds / 2))),
            )
        return [
            Delivery(entry_id, fields, doubtful=self._in_doubt(entry_id))
            for entry_id, fields in self._entries(answer)
        ]

    def own(self, held: Collection[str]) -> list[Delivery]:
        """Give what was handed to us beside ``held``: the answer to that got lost.

        Reading it again by group would count as another delivery.
        """
        with stream_errors():
            told: Any = self._client.xpending_range(
                self._stream, self._group, "-", "+", 10_000, self.worker
            )
            lost = [
                entry_id for one in told if (entry_id := one["message_id"].decode()) not in held
            ]
            pipeline = self._client.pipeline(transaction=False)
            for entry_id in lost:
                pipeline.xrange(self._stream, entry_id, entry_id)
            answers = pipeline.execute()
        return [
            Delivery(entry_id, fields, doubtful=True)
            for answer in answers
            for entry_id, fields in _pairs(answer)
        ]

    def claim(self, most: int) -> list[Delivery]:
        """Take over entries whose workers have said nothing for too long."""
        idle = int(1000 * self._settings.claim_seconds)
        with stream_errors():
            answer: Any = self._client.xautoclaim(
                self._stream, self._group, self.worker, idle, self._claimed_to, count=most
            )
            # One call looks at some entries only; the next goes on from there, and around.
            self._claimed_to = answer[0].decode()
            found = list(_pairs(answer[1]))
            if not found:
                return []
            ids = [entry_id for entry_id, _ in found]
            told: Any = self._client.xpending_range(
                self._stream, self._group, ids[0], ids[-1], 10_000, self.worker
            )
        times = {one["message_id"].decode(): int(one["times_delivered"]) for one in told}
        return [
            Delivery(entry_id, fields, doubtful=True, times=times.get(entry_id, 1))
            for entry_id, fields in found
        ]

    def renew(self, ids: Sequence[str]) -> dict[str, Hold]:
        """Tell whose these entries are; ours count as just handed out."""
        with stream_errors():
            states = self._renew(keys=[self._stream], args=[self._group, self.worker, *ids])
        return dict(zip(ids, map(Hold, states), strict=True))

    def settle(self, ids: Sequence[str]) -> set[str]:
        """Take written entries out of the stream; give those that were there no more."""
        with stream_errors():
            there = self._settle(keys=[self._stream], args=[self._group, *ids])
        return {entry_id for entry_id, was in zip(ids, there, strict=True) if not was}

    def bury(self, entry_id: str, reason: str) -> bool:
        """Move an entry to the dead letters; tell whether nobody had before."""
        with stream_errors():
            return bool(
                self._bury(
                    keys=[self._stream, dead_key(self._stream)],
                    args=[self._group, entry_id, reason, DEAD_LETTERS],
                )
            )

    def look(self) -> Lag:
        """Tell how far the workers are behind; forget those that are no more."""
        with stream_errors():
            self._leave(keys=[self._stream], args=[self._group, "", int(1000 * _GONE_SECONDS)])
            pipeline = self._client.pipeline(transaction=False)
            pipeline.xlen(self._stream)
            pipeline.xpending(self._stream, self._group)
            pipeline.xrange(self._stream, count=1)
            length, pending, first = pipeline.execute()
            now = self._now()
        oldest = [entry_id for entry_id, _ in _pairs(first)]
        delivered = int(pending["pending"])
        return Lag(
            waiting=max(0, length - delivered),
            delivered=delivered,
            oldest_seconds=max(0, now - milliseconds(oldest[0])) / 1000 if oldest else 0.0,
        )

    def leave(self) -> None:
        """Be no longer one of the group, unless it still has entries of ours for another."""
        with stream_errors():
            self._leave(keys=[self._stream], args=[self._group, self.worker, 2**53])

    def _in_doubt(self, entry_id: str) -> bool:
        assert self._doubtful_before is not None  # noqa: S101  # joined before it read
        return milliseconds(entry_id) < self._doubtful_before

    def _now(self) -> int:
        seconds, micros = self._client.time()
        return 1000 * int(seconds) + int(micros) // 1000

    def _entries(self, answer: Any) -> Iterable[tuple[str, Mapping[bytes, bytes]]]:
        return _pairs(answer[0][1]) if answer else ()


def _pairs(found: Any) -> Iterable[tuple[str, Mapping[bytes, bytes]]]:
    return ((entry_id.decode(), fields or {}) for entry_id, fields in found)


def _warn(about: Mapping[str, Any]) -> None:
    if about.get("maxmemory_policy", "noeviction") != "noeviction":
        logger.warning(
            "capture: Redis may evict rows that no file has; set its maxmemory-policy to noeviction"
        )
    if not int(about.get("aof_enabled", 1)):
        logger.warning("capture: Redis forgets the stream when it ends; set its appendonly to yes")
