"""Every error is a problem that says what to do, and nothing internal."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from app.context import DexState
from app.problems import exceptions as problems
from app.problems.handlers import refusal
from app.problems.schema import KINDS, MEDIA_TYPE, Problem
from inference.batcher import NoModelError
from inference.lane import OverloadedError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    Connect = Callable[..., httpx.AsyncClient]


def _problem(response: httpx.Response, status: int, slug: str) -> Problem:
    """Decode the problem, which is whole in its own right."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == MEDIA_TYPE
    problem = msgspec.json.decode(response.content, type=Problem)
    assert (problem.type, problem.status) == (f"/problems/{slug}", status)
    assert problem.title
    assert problem.detail
    return problem


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("/nothing/here", 404, "not-found"),
        ("/openapi.json/more", 404, "not-found"),
        ("/docs/assets/swagger-ui.js", 404, "not-found"),
        ("/docs/assets/..%2Fsecret", 404, "not-found"),
        ("/problems/none", 404, "not-found"),
        ("/pokemon/1", 404, "unknown-pokemon"),
        ("/pokemon/2147483647/weaknesses", 404, "unknown-pokemon"),
        ("/pokemon/pikachu", 422, "invalid-parameter"),
        ("/pokemon/0", 422, "invalid-parameter"),
        ("/pokemon/-1", 422, "invalid-parameter"),
        ("/pokemon/25.5", 422, "invalid-parameter"),
        ("/pokemon/%D9%A2%D9%A5", 422, "invalid-parameter"),
        ("/pokemon/99999999999999999999999999", 422, "invalid-parameter"),
        ("/moves/id/1", 404, "unknown-move-id"),
        ("/moves/by-type/watr", 404, "unknown-type"),
        ("/moves/by-type/999999999999999999999", 404, "unknown-type"),
        ("/types/99/pokemon", 404, "unknown-type"),
        ("/types/by-name/%00/pokemon", 404, "unknown-type"),
        ("/types/affinities/by-name?attacking=water&defending=watr", 422, "invalid-parameter"),
        ("/types/affinities/by-name?attacking=water", 422, "invalid-parameter"),
        ("/pokemon?limit=0", 422, "invalid-parameter"),
        ("/pokemon?limit=201", 422, "invalid-parameter"),
        ("/pokemon?limit=", 422, "invalid-parameter"),
        ("/pokemon?limit=ten", 422, "invalid-parameter"),
        ("/pokemon?limit=NaN", 422, "invalid-parameter"),
        ("/pokemon?limit=1e999", 422, "invalid-parameter"),
        ("/pokemon?offset=-1", 422, "invalid-parameter"),
        ("/pokemon?offset=99999999999999999999", 422, "invalid-parameter"),
        ("/pokemon?kind=shiny", 422, "invalid-parameter"),
        ("/pokemon?type=light", 422, "invalid-parameter"),
        ("/pokemon/search", 422, "invalid-parameter"),
        ("/pokemon/search?q=", 422, "invalid-parameter"),
        (f"/pokemon/search?q={'a' * 65}", 422, "invalid-parameter"),
        (f"/pokemon/search?q={'a' * 2048}", 414, "uri-too-long"),
        (f"/{'a' * 2048}", 414, "uri-too-long"),
    ],
)
async def test_a_bad_address_is_its_documented_problem(
    client: httpx.AsyncClient, path: str, status: int, slug: str
) -> None:
    """Each kind of bad path or query is answered with its own problem."""
    _problem(await client.get(path), status, slug)


async def test_a_problem_names_the_parameters(client: httpx.AsyncClient) -> None:
    """All parameters at fault are named as the client wrote them, with what they should be."""
    response = await client.get("/pokemon?limit=0&offset=x")
    problem = _problem(response, 422, "invalid-parameter")
    assert isinstance(problem.errors, list)
    assert [(fault.parameter, fault.detail) for fault in problem.errors] == [
        ("limit", "expected a whole number >= 1"),
        ("offset", "expected a whole number, got text"),
    ]
    missing = _problem(await client.get("/moves/search"), 422, "invalid-parameter")
    assert isinstance(missing.errors, list)
    assert [fault.parameter for fault in missing.errors] == ["q"]
    unknown = _problem(await client.get("/pokemon?type=watr"), 422, "invalid-parameter")
    assert isinstance(unknown.errors, list)
    assert [fault.parameter for fault in unknown.errors] == ["type"]
    assert unknown.suggestions == ["Water"]


async def test_an_unknown_type_comes_with_the_nearest(client: httpx.AsyncClient) -> None:
    """A misspelt type in the path is answered with the names nearest to it."""
    problem = _problem(await client.get("/moves/by-type/Electrc"), 404, "unknown-type")
    assert isinstance(problem.suggestions, list)
    assert problem.suggestions[0] == "Electric"
    assert "Electric" in problem.detail


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"])
async def test_other_methods_are_told_the_right_ones(
    client: httpx.AsyncClient, method: str
) -> None:
    """A method that a path does not have is answered 405 with those that it has."""
    response = await client.request(method, "/pokemon/25")
    _problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


async def test_options_tells_the_methods(client: httpx.AsyncClient) -> None:
    """OPTIONS answers 204 with the methods of the path."""
    response = await client.options("/pokemon")
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/docs", "/pokemon/25", "/pokemon/1", "/nothing", "/health"])
async def test_head_answers_as_get_without_a_body(client: httpx.AsyncClient, path: str) -> None:
    """HEAD has the status and the headers of GET, and no body."""
    get, head = await client.get(path), await client.head(path)
    assert head.content == b""
    assert (head.status_code, dict(head.headers)) == (get.status_code, dict(get.headers))


@pytest.mark.parametrize("host", ["", "a b", "a/b", "[::1", "host:port", "h:99999", "a@b", "é"])
async def test_a_strange_host_is_refused(client: httpx.AsyncClient, host: str) -> None:
    """A Host header that names no host is a bad request, also where the query is at fault."""
    response = await client.get("/pokemon?limit=0", headers={b"Host": host.encode()})
    _problem(response, 400, "bad-request")


async def test_two_hosts_are_refused(client: httpx.AsyncClient) -> None:
    """Nobody can tell which of them is meant, and what stands in front may take the other."""
    response = await client.get("/types", headers=[("Host", "a"), ("Host", "b")])
    _problem(response, 400, "bad-request")


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "dex-watch.example"])
async def test_an_ordinary_host_is_taken(client: httpx.AsyncClient, host: str) -> None:
    """Names and addresses, with and without a port, are answered."""
    assert (await client.get("/health/live", headers={"Host": host})).status_code == 200


async def test_too_many_headers_are_refused(client: httpx.AsyncClient) -> None:
    """Headers beyond the limit in all are refused, however they are spread."""
    headers = {f"X-{number}": "v" * 1000 for number in range(17)}
    _problem(await client.get("/docs", headers=headers), 431, "headers-too-large")


async def test_a_missing_dex_is_not_ready(connect: Connect) -> None:
    """Until a dex is loaded the catalogue answers 503 with when to come back."""
    response = await connect(dex=DexState()).get("/pokemon")
    _problem(response, 503, "not-ready")
    assert int(response.headers["Retry-After"]) > 0


async def test_the_unforeseen_is_logged_and_not_told(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """An unforeseen error answers a bare 500; the log has the error with its traceback."""

    def broken() -> bool:
        raise RuntimeError("password=swordfish at /srv/secret.py")

    with caplog.at_level(logging.ERROR):
        response = await connect(database_available=broken).get("/health")
    problem = _problem(response, 500, "internal")
    assert "swordfish" not in response.text
    assert "secret" not in response.text
    assert problem.errors is msgspec.UNSET
    assert [record.exc_info is not None for record in caplog.records] == [True]


@pytest.mark.parametrize(
    ("error", "status", "slug", "headers"),
    [
        (problems.UnknownPokemonError(152, "/pokemon_a_id"), 404, "unknown-pokemon", {}),
        (problems.UnknownMoveError("Serf", ["Surf"]), 422, "unknown-move", {}),
        (problems.MalformedJsonError("it is empty"), 400, "malformed-json", {}),
        (problems.ClientGoneError(), 400, "bad-request", {}),
        (problems.MissingKeyError(), 401, "missing-key", {"WWW-Authenticate": "Bearer"}),
        (
            problems.MissingKeyError(was_sent=True),
            401,
            "missing-key",
            {"WWW-Authenticate": 'Bearer error="invalid_token"'},
        ),
        (
            problems.WrongScopeError("feedback"),
            403,
            "wrong-scope",
            {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="feedback"'},
        ),
        (problems.RateLimitedError(7), 429, "rate-limited", {"Retry-After": "7"}),
        (OverloadedError("9000 wait"), 503, "overloaded", {"Retry-After": "1"}),
        (NoModelError("none"), 503, "not-ready", {"Retry-After": "5"}),
        (problems.NotReadyError([("dex", "gone")]), 503, "not-ready", {"Retry-After": "5"}),
        (KeyError("internal name"), 500, "internal", {}),
    ],
)
def test_each_error_has_its_problem(
    error: Exception, status: int, slug: str, headers: dict[str, str]
) -> None:
    """Each domain error maps to its kind of problem, with the headers that belong to it."""
    answer = refusal(error)
    problem = msgspec.json.decode(answer.encode(), type=Problem)
    assert (problem.status, problem.type) == (status, f"/problems/{slug}")
    assert dict(answer.headers) == headers
    assert "internal name" not in problem.detail
    assert "9000" not in problem.detail


def test_a_value_in_the_body_is_pointed_at() -> None:
    """A pointer into the body is a URI fragment, whatever the name of the field."""
    answer = refusal(problems.InvalidBodyError("/a~1b é", "no such field"))
    assert [fault.pointer for fault in answer.faults] == ["#/a~1b%20%C3%A9"]
    told = refusal(problems.UnknownMoveError("x" * 500, [], "/available_moves/2"))
    assert [fault.pointer for fault in told.faults] == ["#/available_moves/2"]
    assert len(told.detail) < 200


@pytest.mark.parametrize("slug", KINDS)
async def test_each_type_leads_to_its_explanation(client: httpx.AsyncClient, slug: str) -> None:
    """The type of every problem is an address that explains it."""
    response = await client.get(f"/problems/{slug}")
    told: dict[str, Any] = response.json()
    assert told["type"] == f"/problems/{slug}"
    assert told["status"] == KINDS[slug].status
    assert told["remedy"]
