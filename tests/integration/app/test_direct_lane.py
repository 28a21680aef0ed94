"""The short way to a best move answers what the long way does, to the byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

PATH: Final = "/predict/best-move"
GOOD: Final = b'{"pokemon_a_id": 6, "pokemon_b_id": 9, "available_moves": ["Slash", "Fly"]}'
# Says the same as without the parameter, but is not the usual wording.
LONG_WAY: Final = "application/json; charset=utf-8"
_OWN: Final = re.compile(rb'"prediction_id":"[^"]*"')


@pytest.mark.parametrize("language", ["", "fr-CA, en;q=0.5", "q;q;q"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (GOOD, 200),
        (GOOD.replace(b"}", b', "available_moves_b": ["Surf"]}'), 200),
        (GOOD.replace(b"}", b', "available_moves_b": null}'), 200),
        (GOOD.replace(b"Slash", b"Slsh"), 422),
        (GOOD.replace(b"9", b"999"), 404),
        (GOOD.replace(b"6", b'"6"'), 422),
        (GOOD.replace(b"{", b'{"pokemon_a_id": 6, '), 400),
        (GOOD[:-1], 400),
        (b"", 400),
        (b"\xff", 400),
        (GOOD + b" " * 2_000_000, 413),
    ],
)
async def test_both_ways_answer_alike(
    client: httpx.AsyncClient, body: bytes, status: int, language: str
) -> None:
    """Status, headers and body are the same, whatever is right or wrong with the request."""
    short, long = [
        await client.post(
            PATH, content=body, headers={"Content-Type": kind, "Accept-Language": language}
        )
        for kind in ("application/json", LONG_WAY)
    ]
    assert (short.status_code, long.status_code) == (status, status)
    assert _OWN.sub(b"", short.content) == _OWN.sub(b"", long.content)
    own = {"traceresponse"}
    assert {name: short.headers[name] for name in short.headers.keys() - own} == {
        name: long.headers[name] for name in long.headers.keys() - own
    }


async def test_a_body_of_unknown_length_is_refused_at_the_limit(client: httpx.AsyncClient) -> None:
    """What nobody announced is read as far as the limit, and no further."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 50_000

    answer = await client.post(PATH, content=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


async def test_several_lines_of_languages_count_together(client: httpx.AsyncClient) -> None:
    """Accept-Language may come in several lines, which are one list."""
    answer = await client.post(
        PATH,
        content=GOOD,
        headers=[
            ("Content-Type", "application/json"),
            ("Accept-Language", "en;q=0.1"),
            ("Accept-Language", "fr"),
        ],
    )
    assert answer.headers["content-language"] == "fr"


async def test_another_method_is_not_taken(client: httpx.AsyncClient) -> None:
    """Whoever asks with GET is told what is allowed, as everywhere."""
    answer = await client.get(PATH, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")
