"""Bodies: strict JSON of the declared type, or a problem that tells what is wrong."""

# Litestar reads the annotations of handlers.
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import msgspec
import pytest
from litestar import Litestar, post
from litestar.params import JSONBody

from app.http.json_request import JsonRequest
from app.predictions.schema import BestMoveRequest
from app.problems.handlers import respond
from app.problems.schema import MEDIA_TYPE, Problem

MOST_BYTES = 4096
GOOD = b'{"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf"]}'


@post("/one", status_code=200)
async def take_one(data: JSONBody[BestMoveRequest]) -> BestMoveRequest:
    """Give back what was understood."""
    return data


@post("/many", status_code=200)
async def take_many(
    data: JSONBody[Annotated[list[BestMoveRequest], msgspec.Meta(min_length=1, max_length=2)]],
) -> int:
    """Give back how many were understood."""
    return len(data)


@pytest.fixture(scope="module")
def app() -> Litestar:
    """Give two handlers that take a body."""
    return Litestar(
        [take_one, take_many],
        request_class=JsonRequest,
        exception_handlers={Exception: respond},
        request_max_body_size=MOST_BYTES,
        openapi_config=None,
        logging_config=None,
    )


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of them."""
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar's own ASGI types
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


async def _post(
    client: httpx.AsyncClient, body: Any, content_type: str = "application/json", path: str = "/one"
) -> httpx.Response:
    return await client.post(path, content=body, headers={"Content-Type": content_type})


def _problem(response: httpx.Response, status: int, slug: str) -> Problem:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == MEDIA_TYPE
    problem = msgspec.json.decode(response.content, type=Problem)
    assert problem.type == f"/problems/{slug}"
    return problem


async def test_a_sound_body_is_understood(client: httpx.AsyncClient) -> None:
    """A body of the declared type comes through as it is."""
    response = await _post(client, GOOD)
    assert response.status_code == 200
    assert response.json()["available_moves"] == ["Surf"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"{", "ends too early"),
        (b"not json", "invalid character"),
        (GOOD + b"x", "trailing"),
        (b"\xef\xbb\xbf" + GOOD, "invalid character"),
        (GOOD.decode().encode("utf-16"), "invalid character"),
        (GOOD.replace(b"Surf", b"\xff\xfe"), "UTF-8"),
        (GOOD.replace(b"Surf", b"\\ud800"), "too early"),
        (GOOD.replace(b"25", b"NaN"), "invalid character"),
        (GOOD.replace(b"25", b"Infinity"), "invalid character"),
        (GOOD.replace(b"25", b"025"), "invalid"),
        (GOOD.replace(b"}", b",}"), "trailing comma"),
        (GOOD.replace(b"25", b'"x"') + b"]", "trailing"),
        (GOOD.replace(b"{", b'{"pokemon_a_id": 2, '), "'pokemon_a_id' stands twice"),
        (GOOD.replace(b"{", b'{"\\u0070okemon_a_id": 2, '), "'pokemon_a_id' stands twice"),
        (b"[" * 4000, "nested too deeply"),
        (GOOD.replace(b"{", b'{"x": %s, ' % (b'{"":' * 700)), "invalid character"),
    ],
)
async def test_what_is_not_json_is_malformed(
    client: httpx.AsyncClient, body: bytes, words: str
) -> None:
    """Whatever is not one JSON value in UTF-8 is answered 400 and told why."""
    assert words in _problem(await _post(client, body), 400, "malformed-json").detail


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        (b"null", "#", "expected an object, got null"),
        (b"[]", "#", "expected an object, got a list"),
        (b"{}", "#/pokemon_a_id", "this field is required"),
        (GOOD.replace(b"25", b'"25"'), "#/pokemon_b_id", "expected a whole number, got text"),
        (GOOD.replace(b"25", b"true"), "#/pokemon_b_id", "got true or false"),
        (GOOD.replace(b"25", b"25.0"), "#/pokemon_b_id", "got a number"),
        (GOOD.replace(b"25", b"0"), "#/pokemon_b_id", ">= 1"),
        (GOOD.replace(b"25", b"2147483648"), "#/pokemon_b_id", "<= 2147483647"),
        (GOOD.replace(b"25", b"9" * 400), "#/pokemon_b_id", "<= 2147483647"),
        (GOOD.replace(b"25", b"1e400"), "#/pokemon_b_id", "out of range"),
        (GOOD.replace(b'"Surf"', b""), "#/available_moves", "a list of length >= 1"),
        (
            GOOD.replace(b'"Surf"', b",".join([b'"Surf"'] * 21)),
            "#/available_moves",
            "a list of length <= 20",
        ),
        (GOOD.replace(b'"Surf"', b'"Surf", 7'), "#/available_moves/1", "expected text"),
        (GOOD.replace(b"Surf", b""), "#/available_moves/0", "text of length >= 1"),
        (GOOD.replace(b"Surf", b"a" * 65), "#/available_moves/0", "text of length <= 64"),
        (GOOD.replace(b"{", b'{"a/b~c": 1, '), "#/a~1b~0c", "no such field"),
        (GOOD.replace(b"{", b'{"x` - at `$.y`": 1, '), "#/x%60%20-%20at%20%60$.y%60", "no such"),
        (GOOD.replace(b"{", b'{"' + b"n" * 3000 + b'": 1, '), "#/" + "n" * 64, "no such field"),
    ],
)
async def test_wrong_json_is_pointed_at(
    client: httpx.AsyncClient, body: bytes, pointer: str, words: str
) -> None:
    """JSON that is not what the handler takes is answered 422 with the place and the reason."""
    problem = _problem(await _post(client, body), 422, "invalid-body")
    assert isinstance(problem.errors, list)
    assert [fault.pointer for fault in problem.errors] == [pointer]
    assert words in problem.errors[0].detail
    assert words in problem.detail


async def test_constraints_on_the_whole_body_hold(client: httpx.AsyncClient) -> None:
    """A list as the body keeps to the lengths that the handler declares, and is pointed into."""
    assert (await _post(client, b"[%s]" % GOOD, path="/many")).json() == 1
    for body, pointer in (
        (b"[]", "#"),
        (b"[%s]" % b",".join([GOOD] * 3), "#"),
        (b"[%s, {}]" % GOOD, "#/1/pokemon_a_id"),
    ):
        problem = _problem(await _post(client, body, path="/many"), 422, "invalid-body")
        assert isinstance(problem.errors, list)
        assert problem.errors[0].pointer == pointer


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/msgpack",
        "application/jsonp",
        "application/json; charset=utf-16",
        "\x7f;=;",
    ],
)
async def test_other_media_types_are_refused(client: httpx.AsyncClient, content_type: str) -> None:
    """A body that is said to be anything but JSON in UTF-8 is answered 415 with what is taken."""
    response = await _post(client, GOOD, content_type)
    _problem(response, 415, "unsupported-media-type")
    assert response.headers["Accept"] == "application/json"


async def test_a_compressed_body_is_refused(client: httpx.AsyncClient) -> None:
    """A content coding is answered 415, so that no small body unfolds into a large one."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = await client.post("/one", content=GOOD, headers=headers)
    _problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize("content_type", ["application/json", 'Application/JSON; charset="UTF-8"'])
async def test_json_is_taken_however_it_is_spelt(
    client: httpx.AsyncClient, content_type: str
) -> None:
    """The media type and its charset are compared without regard to case."""
    assert (await _post(client, GOOD, content_type)).status_code == 200


async def test_a_long_body_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    """An announced length over the limit is refused without taking the body."""
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(10):
            taken += 1
            yield b" " * 1_000_000

    headers = {"Content-Type": "application/json", "Content-Length": "10000000"}
    response = await client.post("/one", content=body(), headers=headers)
    _problem(response, 413, "body-too-large")
    assert taken == 0


async def test_an_unannounced_long_body_is_refused_at_the_limit(client: httpx.AsyncClient) -> None:
    """A body that announces no length is cut off once it passes the limit."""
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield b" " * 1024

    response = await client.post(
        "/one", content=body(), headers={"Content-Type": "application/json"}
    )
    _problem(response, 413, "body-too-large")
    assert taken == MOST_BYTES // 1024 + 1


async def test_a_client_that_leaves_is_no_error_of_ours(app: Litestar) -> None:
    """A request that ends within its body is the client's fault, not an internal error."""
    received: list[Any] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return received.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/one",
        "raw_path": b"/one",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "server": ("localhost", 8000),
        "client": ("localhost", 4711),
    }
    await app(scope, receive, send)
    assert sent[0]["status"] == 400
