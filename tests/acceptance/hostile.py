"""Requests that no honest client sends, drawn at random: the same for the same seed."""

from __future__ import annotations

import gzip
import json
import random
from itertools import count
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_from_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

MARK: Final = "injected"
"""Stands wherever something is tried to be slipped in."""
KEY: Final = "dexwatch_aaaaaaaa_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
"""Looks like a key."""

_TARGETS: Final = (
    b"/predict/best-move",
    b"/predict/best-move/batch",
    b"/predict/explain",
    b"/feedback",
)
_SOUND: Final = {"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf", "Ice Beam"]}
_HOST: Final = b"Host: localhost\r\n"
_PIECES: Final = (
    *(b"../", b"..%2f", b"%2e%2e/", b"%00", b"%0d%0aX-Injected:%201", b"%c0%ae", b"%ff", b"%25"),
    *(b"etc/passwd", b"docs", b"pokemon", b";", b"//", b"\\", b"~root", b"\xc3\xa9", b"{id}"),
    *(b"'--", b"%24%7Bjndi:ldap://x%7D", b"<script>", b"{{7*7}}", b"`id`"),
)


def _request(
    target: bytes, body: bytes = b"", *headers: bytes, method: bytes = b"POST"
) -> list[bytes]:
    lines = b"".join(header + b"\r\n" for header in headers)
    length = b"Content-Length: %d\r\n" % len(body)
    return [method + b" " + target + b" HTTP/1.1\r\n" + _HOST + lines + length + b"\r\n" + body]


def _json(draw: random.Random, body: bytes) -> list[bytes]:
    return _request(draw.choice(_TARGETS), body, b"Content-Type: application/json")


def _bytes(draw: random.Random, most: int = 400) -> bytes:
    return draw.randbytes(draw.randint(1, most))


def no_http(draw: random.Random) -> list[bytes]:
    """Bytes, TLS, another version, a line without an end."""
    return [
        draw.choice(
            (
                _bytes(draw),
                b"\x16\x03\x01" + _bytes(draw),
                b"GET / HTTP/9.9\r\n\r\n",
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                b"GET " + b"/" * draw.randint(1, 5000),
                b"get / http/1.1\r\n\r\n",
                b"GET / HTTP/1.1\nHost: a\n\n",
            )
        )
    ]


def broken_json(draw: random.Random) -> list[bytes]:
    """Cut a sound body off, or change bytes of it."""
    body = bytearray(json.dumps(_SOUND).encode())
    if draw.random() < 0.5:
        return _json(draw, bytes(body[: draw.randrange(len(body))]))
    for _ in range(draw.randint(1, 4)):
        body[draw.randrange(len(body))] = draw.randrange(256)
    return _json(draw, bytes(body))


def odd_json(draw: random.Random) -> list[bytes]:
    """Sound JSON of the wrong types and sizes."""
    odd = draw.choice(
        (
            *(None, True, -1, 0, 2**31, 2**63, 2**64, 10**400, 1e308, 1.5, "", "null", "\x00"),
            *([], {}, [[]], "💥" * 80, "a" * 5_000, ["Surf"] * 5_000, {"a": {"b": []}}),
            *("\ud800", f"\n{MARK}\r\n", "Surf\u202e", "\u017furf", "SURF" * 30),
        )
    )
    body = {**_SOUND, draw.choice([*_SOUND, "available_moves_b", "winner", "x"]): odd}
    if draw.random() < 0.2:
        body = {"predictions": [body, odd]}
    return _json(draw, json.dumps(body).encode())


def deep(draw: random.Random) -> list[bytes]:
    """Nested so deeply that whoever follows loses the ground."""
    depth = draw.choice((50, 900, 1_100, 20_000, 100_000))
    opening, closing = draw.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return _json(draw, opening * depth + (b"1" + closing * depth) * draw.randint(0, 1))


def huge(draw: random.Random) -> list[bytes]:
    """More than is taken: announced, sent in chunks, or in headers."""
    head = b"POST /predict/best-move HTTP/1.1\r\n" + _HOST + b"Content-Type: application/json\r\n"
    match draw.randrange(4):
        case 0:
            length = draw.choice((10**6 * 2, 10**12, 10**30))
            return [head + b"Content-Length: %d\r\n\r\n" % length]
        case 1:
            chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
            return [head + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 20]
        case 2:
            return [head + b"X: " + b"v" * draw.choice((17_000, 60_000, 200_000)) + b"\r\n\r\n"]
        case _:
            return [head + b"X-%d: v\r\n" % draw.randrange(9) * 4_000 + b"\r\n"]


def wrongly_encoded(draw: random.Random) -> list[bytes]:
    """In another encoding than said, said to be in another, or compressed."""
    text = json.dumps(_SOUND)
    body, said = draw.choice(
        (
            (text.encode("utf-16"), b"application/json"),
            (text.encode("utf-8-sig"), b"application/json"),
            (text.encode(), b"application/json; charset=utf-16"),
            (text.encode(), b"text/plain"),
            (text.encode(), b"application/xml; charset=\xff"),
            (gzip.compress(text.encode(), mtime=0), b"application/json\r\nContent-Encoding: gzip"),
            (text.replace("Surf", "S\xfcrf").encode("latin-1"), b"application/json"),
            (json.dumps(_SOUND).encode().replace(b"Surf", b"\xed\xa0\x80"), b"application/json"),
            (text.encode(), b"multipart/form-data; boundary=x"),
        )
    )
    return _request(draw.choice(_TARGETS), body, b"Content-Type: " + said)


_salt = count()


def paths(draw: random.Random) -> list[bytes]:
    """Out of the tree, into a header, into a query, to where nothing is."""
    pieces = draw.choices(_PIECES, k=draw.randint(1, 12))
    # No path comes twice, however often the same requests are drawn.
    target = b"/" + b"".join(pieces) + b"%d" % next(_salt)
    if draw.random() < 0.3:
        target = b"/moves/search?q=" + quote_from_bytes(_bytes(draw, 60)).encode()
    if draw.random() < 0.1:
        target = b"http://%b@localhost:8000" % MARK.encode() + target
    method = draw.choice((b"GET", b"HEAD", b"POST", b"DELETE", b"TRACE", b"PROPFIND", b"CONNECT"))
    return _request(target, b"", method=method)


def headers(draw: random.Random) -> list[bytes]:
    """Where headers are read: names and values that say two things, or slip something in."""
    odd = draw.choice(
        (
            b"Authorization: Bearer " + KEY.encode(),
            b"Authorization: Basic " + b"A" * 5_000,
            b"Authorization: Bearer \xff\x80\r\nAuthorization: x",
            b"Transfer-Encoding: chunked",
            b"Content-Length: 3\r\nContent-Length: 4",
            b"Content-Length: +5",
            b"Transfer-Encoding: xchunked\r\nTransfer-Encoding: chunked",
            b"Host: evil.example",
            b"X-Forwarded-For: 10.0.0.%d" % draw.randrange(256),
            b"X-Forwarded-Proto: javascript\r\nForwarded: for=%b" % MARK.encode(),
            b'User-Agent: {"level":"ERROR","message":"%b"}' % MARK.encode(),
            b"User-Agent: \x1b[2J\xe2\x80\xa8%b" % MARK.encode(),
            b"traceparent: 00-%b-%b-01" % (b"f" * 32, b"f" * 16),
            b"traceparent: " + _bytes(draw, 60).replace(b"\r", b"").replace(b"\n", b""),
            b"baggage: " + b"a=b," * 3_000,
            b"Accept-Language: " + b"fr;q=0." * 500,
            b"If-None-Match: " + b'"\xff",' * 200,
            b"Range: bytes=0-0,-1",
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x",
            b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings",
            b"Expect: 100-continue",
            b"Expect: 200-ok",
            b" folded: yes",
            b"X Y: z",
            b"X:\x00y",
            b"Origin: null",
            b"Cookie: " + b"a=b;" * 1_000,
        )
    )
    # Not explanations: of sound ones so many at once are refused with 503, as they should be.
    target = draw.choice((b"/predict/best-move", b"/predict/best-move/batch", b"/feedback"))
    body = json.dumps(_SOUND).encode()
    return _request(target, body, b"Content-Type: application/json", odd)


KINDS: Final[tuple[Callable[[random.Random], list[bytes]], ...]] = (
    no_http,
    broken_json,
    odd_json,
    deep,
    huge,
    wrongly_encoded,
    paths,
    headers,
)


def requests(seed: int, number: int) -> list[tuple[str, list[bytes]]]:
    """Draw so many, of every kind, each as its kind and the parts that it is sent in."""
    draw = random.Random(seed)  # noqa: S311  # no secret
    return [(kind.__name__, kind(draw)) for kind in draw.choices(KINDS, k=number)]
