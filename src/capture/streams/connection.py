"""The connection to Redis, with time-outs everywhere and errors of our own."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from redis import Redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from capture.interface import StreamTrouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.settings import StreamSettings

_ERRNO: Final = {
    StreamTrouble.AWAY: errno.EHOSTUNREACH,
    StreamTrouble.FULL: errno.EDQUOT,
    StreamTrouble.REFUSED: errno.EPROTO,
}


class StreamError(OSError):
    """Redis could not be asked; as an error of the system, since whoever ships tries again."""

    def __init__(self, trouble: StreamTrouble, message: str) -> None:
        super().__init__(_ERRNO[trouble], message)
        self.trouble = trouble


def connect(settings: StreamSettings) -> Redis:
    """Give a client, which connects when it is first used. It may be shared by threads.

    It never repeats a request by itself: whoever asked must know that the answer is in doubt.
    """
    assert settings.url is not None  # noqa: S101  # asked for where there is a stream
    return Redis.from_url(
        settings.url,
        socket_timeout=settings.timeout_seconds,
        socket_connect_timeout=settings.timeout_seconds,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        client_name="dexwatch",
    )


def shared_options(settings: StreamSettings) -> dict[str, Any]:
    """Give the same for a client of the event loop that a library makes."""
    return {
        "socket_timeout": settings.timeout_seconds,
        "socket_connect_timeout": settings.timeout_seconds,
        "retry": AsyncRetry(NoBackoff(), 0),
        "protocol": 2,
        "client_name": "dexwatch",
    }


@contextmanager
def stream_errors() -> Iterator[None]:
    """Turn errors of Redis into :class:`StreamError`."""
    try:
        yield
    except (RedisConnectionError, RedisTimeoutError) as error:
        raise StreamError(StreamTrouble.AWAY, f"Redis is away: {error}") from error
    except OutOfMemoryError as error:
        raise StreamError(StreamTrouble.FULL, "Redis has no memory left") from error
    except RedisError as error:
        raise StreamError(StreamTrouble.REFUSED, f"Redis refuses: {error}") from error
