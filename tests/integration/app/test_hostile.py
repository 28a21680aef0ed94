"""Requests that no honest client sends, over real sockets."""

# Litestar reads the annotations of handlers.
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final

import pytest
from litestar import Litestar, post
from litestar.params import JSONBody

from app.http.json_request import JsonRequest
from app.predictions.schema import BestMoveRequest
from app.problems.handlers import respond

Served = Callable[[Litestar], AbstractContextManager[int]]

MOST_BYTES: Final = 64 * 1024
HUGE: Final = 10_000_000
SOUND: Final = b'{"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf"]}'
HEAD: Final = b"Host: localhost\r\nContent-Type: application/json\r\n"


def _ask(port: int, *parts: bytes, wait: float = 5.0) -> bytes:
    """Send the parts and read what comes until it pauses or ends; b'' when nothing does."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            while b"\r\n\r\n" not in answer or not _is_whole(answer):
                if not (chunk := connection.recv(65536)):
                    break
                answer += chunk
        except (ConnectionError, TimeoutError):
            pass
    return answer


def _is_whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    return not lengths or len(body) >= lengths[0]


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


HOSTILE: Final = (
    b"GET /pokemon?limit=\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /pokemon?limit=%ff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /pokemon?limit=1;limit=2 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /pokemon/%ff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /pokemon/\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /pokemon/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /pokemon/%0d%0aX-Injected:%201 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /docs/assets/%2e%2e%2f%2e%2e%2fsetup HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET //localhost/pokemon?limit=0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET http://[::1/pokemon?limit=0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /pokemon?limit=0 HTTP/1.1\r\nHost: [\r\n\r\n",
    b"GET /pokemon?limit=0 HTTP/1.1\r\n\r\n",
    b"GET /pokemon?limit=0 HTTP/1.1\r\nHost: a\r\nHost: [\r\n\r\n",
    b"GET /moves/search?q=" + b"%F0%9F%90%89" * 60 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /" + b"a/" * 4000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nAccept-Language: " + b"fr," * 5000 + b"\r\n\r\n",
    b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nX: " + b"v" * 60_000 + b"\r\n\r\n",
    b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n" + b"X: v\r\n" * 4000 + b"\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"TRACE /pokemon HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"BREW /pokemon HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /pokemon HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /pokemon HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9e9\r\n\r\n",
    b"POST /pokemon HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    (
        b"GET /pokemon HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ),
    (
        b"GET /pokemon HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \xff\r\nX:\r\n"
        b"Accept-Language: \xff\r\n\r\n"
    ),
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\r\n" * 1000,
)


@pytest.mark.parametrize("request_bytes", HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_no_request_breaks_the_service(port: int, request_bytes: bytes) -> None:
    """Whatever is sent is answered below 500 or not at all, and leaks and injects nothing."""
    answer = _ask(port, request_bytes, wait=1.0)
    if answer:
        assert _status(answer) < 500
        assert b"Traceback" not in answer
        assert b"\nx-injected" not in answer.lower()
    alive = _ask(port, b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert _status(alive) == 200


@post("/take", status_code=200)
async def take(data: JSONBody[BestMoveRequest]) -> int:
    """Give how many moves were understood."""
    return len(data.available_moves)


@pytest.fixture(scope="module")
def bodies(serve: Served) -> Iterator[int]:
    """Serve one handler that takes a body."""
    app = Litestar(
        [take],
        request_class=JsonRequest,
        exception_handlers={Exception: respond},
        request_max_body_size=MOST_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    with serve(app) as port:
        yield port


def _sound(port: int) -> None:
    body = b"Content-Length: %d\r\n\r\n%s" % (len(SOUND), SOUND)
    assert _status(_ask(port, b"POST /take HTTP/1.1\r\n" + HEAD + body)) == 200


def test_a_huge_announced_body_is_refused_at_once(bodies: int) -> None:
    """Ten megabytes are refused from their announcement, before a byte of them was sent."""
    head = b"POST /take HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % HUGE
    answer = _ask(bodies, head)
    assert _status(answer) == 413
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"] == "/problems/body-too-large"
    _sound(bodies)


def test_a_huge_unannounced_body_is_refused_at_the_limit(bodies: int) -> None:
    """A body in chunks is refused once they pass the limit, without the rest being waited for."""
    head = b"POST /take HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    assert _status(_ask(bodies, head, *[chunk] * (MOST_BYTES // 0x10000 + 1))) == 413
    _sound(bodies)
    assert _status(_ask(bodies, head, *[chunk] * (HUGE // 0x10000))) == 413
    _sound(bodies)


def test_a_whole_huge_body_leaves_the_connection_usable(bodies: int) -> None:
    """A client that sends all of a refused body may send its next request after it."""
    with socket.create_connection(("127.0.0.1", bodies), timeout=5) as connection:
        head = b"POST /take HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % HUGE
        connection.sendall(head + b" " * HUGE)
        connection.sendall(
            b"POST /take HTTP/1.1\r\n"
            + HEAD
            + b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(SOUND), SOUND)
        )
        answers = b""
        while chunk := connection.recv(65536):
            answers += chunk
    assert answers.count(b"HTTP/1.1 413 ") == 1
    assert answers.count(b"HTTP/1.1 200 ") == 1
