"""The OpenAPI document and the page that shows it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from app.access.rate_limits import UNLIMITED
from app.problems.schema import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    Connect = Callable[..., httpx.AsyncClient]

METHODS = {"get", "post", "put", "delete", "patch"}

EVERYWHERE = {"400", "414", "431", "500"}


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    """Give the document as it is served."""
    response = await client.get("/openapi.json")
    assert response.headers["Content-Type"] == "application/json"
    decoded: dict[str, Any] = response.json()
    return decoded


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert method in METHODS
            yield path, method, operation


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def test_the_document_is_complete(document: dict[str, Any]) -> None:
    """It is OpenAPI 3.1, every reference leads somewhere, and nothing is left unused."""
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] == "Dexwatch"
    schemas = document["components"]["schemas"]
    prefix = "#/components/schemas/"
    assert {reference.removeprefix(prefix) for reference in _references(document)} == set(schemas)


def test_every_path_of_the_design_is_there(document: dict[str, Any]) -> None:
    """Predictions, catalogue, health and metrics are documented under the promised paths."""
    assert set(document["paths"]) >= {
        "/pokemon",
        "/pokemon/search",
        "/pokemon/{id}",
        "/pokemon/{id}/weaknesses",
        "/moves",
        "/moves/search",
        "/moves/by-type/{type}",
        "/moves/id/{id}",
        "/types",
        "/types/affinities",
        "/types/affinities/by-name",
        "/types/{id}/pokemon",
        "/types/by-name/{name}/pokemon",
        "/health",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/predict/best-move",
        "/predict/best-move/batch",
        "/predict/explain",
        "/predict/model-info",
    }


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    """Each operation has an id of its own, a known tag, words, and an example of its answer."""
    tags = {tag["name"] for tag in document["tags"]}
    seen = set()
    for path, _, operation in _operations(document):
        assert operation["operationId"] not in seen
        seen.add(operation["operationId"])
        assert set(operation["tags"]) <= tags, path
        assert operation["summary"], path
        assert operation["description"], path
        for content in operation["responses"]["200"]["content"].values():
            assert content["examples"], path
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (path, parameter["name"])
            assert "null" not in json.dumps(parameter["schema"])


def test_every_operation_documents_its_problems(document: dict[str, Any]) -> None:
    """Each documents what any can meet, and rates where it has some; errors are problems."""
    for path, _, operation in _operations(document):
        responses = operation["responses"]
        assert set(responses) >= EVERYWHERE, path
        assert ("429" in responses) == (path not in UNLIMITED), path
        for status, response in responses.items():
            if status in {"200", "304"}:
                continue
            content = response["content"]
            assert list(content) == [MEDIA_TYPE], (path, status)
            assert content[MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/Problem"}
            for example in content[MEDIA_TYPE]["examples"].values():
                assert set(example) == {"value"}
                assert str(example["value"]["status"]) == status


def test_parameters_state_their_bounds(document: dict[str, Any]) -> None:
    """Bounds and lengths that are checked are documented."""
    parameters = {
        parameter["name"]: parameter["schema"]
        for path in ("/pokemon", "/pokemon/search", "/pokemon/{id}")
        for parameter in document["paths"][path]["get"]["parameters"]
    }
    assert (parameters["limit"]["minimum"], parameters["limit"]["maximum"]) == (1, 200)
    assert parameters["limit"]["default"] == 50
    assert parameters["offset"]["minimum"] == 0
    assert (parameters["q"]["minLength"], parameters["q"]["maxLength"]) == (1, 64)
    assert parameters["kind"]["enum"] == ["base", "alola", "mega", "partner"]
    assert parameters["id"]["minimum"] == 1


PROBED = (
    "/pokemon?limit=0",
    "/pokemon/search",
    "/pokemon/{id}=1",
    "/pokemon/{id}=x",
    "/pokemon/{id}/weaknesses=1",
    "/moves?category=none",
    "/moves/search?q=",
    "/moves/by-type/{type}=none",
    "/moves/id/{id}=1",
    "/types?limit=a",
    "/types/affinities?limit=325",
    "/types/affinities/by-name?attacking=none&defending=fire",
    "/types/{id}/pokemon=19",
    "/types/by-name/{name}/pokemon=none",
    "/problems/{slug}=none",
)


@pytest.mark.parametrize("probe", PROBED)
async def test_what_is_answered_is_documented(
    client: httpx.AsyncClient, document: dict[str, Any], probe: str
) -> None:
    """The status of each refusal stands in the document of the very operation."""
    template = probe.partition("?")[0].partition("=")[0]
    path = probe
    if "{" in probe:
        value = probe.rpartition("=")[2]
        path = re.sub(r"\{\w+\}", value, template)
    response = await client.get(path)
    assert response.status_code >= 400
    documented = document["paths"][template]["get"]["responses"]
    assert str(response.status_code) in documented
    slug = response.json()["type"].rpartition("/")[2]
    assert slug in documented[str(response.status_code)]["content"][MEDIA_TYPE]["examples"]


async def test_answers_keep_to_their_schema(connect: Connect, document: dict[str, Any]) -> None:
    """Every field that is answered is in the schema, and every required one is answered."""
    client = connect()
    for path, template in (
        ("/pokemon/25", "/pokemon/{id}"),
        ("/moves/id/86", "/moves/id/{id}"),
        ("/types/affinities", "/types/affinities"),
        ("/health", "/health"),
    ):
        content = document["paths"][template]["get"]["responses"]["200"]["content"]
        name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
        answer = (await client.get(path)).json()
        assert set(schema["required"]) <= set(answer) <= set(schema["properties"])


async def test_the_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    """The page answers 200 itself, and all that it names is served here, for a long time."""
    response = await client.get("/docs")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    named = re.findall(r'(?:href|src)="([^"]+)"', response.text)
    assert len(named) == 5
    for address in named:
        assert address.startswith("/")
        assert not address.startswith("//")
        asset = await client.get(address)
        assert asset.status_code == 200
        assert asset.content
    start = await client.get("/docs/assets/start.js")
    assert "http" not in start.text
    assert "/openapi.json" in start.text


async def test_who_opens_the_service_is_led_to_the_page(client: httpx.AsyncClient) -> None:
    """The bare address, which is what a browser is given first, is no error."""
    response = await client.get("/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/docs"


async def test_the_policy_allows_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    """The page may run its own scripts only; an answer that is data may run nothing."""
    policy = (await client.get("/docs")).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "http" not in policy
    data = await client.get("/pokemon")
    assert data.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert data.headers["X-Content-Type-Options"] == "nosniff"


def test_schemas_are_those_that_validate(document: dict[str, Any]) -> None:
    """The schema of a problem is msgspec's own: required fields, bounds and words included."""
    problem = document["components"]["schemas"]["Problem"]
    assert problem["required"] == ["type", "title", "status", "detail"]
    assert problem["properties"]["status"]["minimum"] == 400
    assert problem["properties"]["detail"]["description"]


def test_request_bodies_are_shown_as_they_are_checked(document: dict[str, Any]) -> None:
    """A body's schema refuses unknown fields, bounds lists and their items, and has examples."""
    body = document["paths"]["/predict/best-move"]["post"]["requestBody"]
    content = body["content"]["application/json"]
    assert content["examples"]
    name = content["schema"]["$ref"].rpartition("/")[2]
    schema = document["components"]["schemas"][name]
    assert schema["additionalProperties"] is False
    moves = schema["properties"]["available_moves"]
    assert (moves["minItems"], moves["maxItems"]) == (1, 20)
    assert (moves["items"]["minLength"], moves["items"]["maxLength"]) == (1, 64)


def test_a_batch_is_shown_as_what_its_elements_are(document: dict[str, Any]) -> None:
    """Elements are decoded by themselves, yet documented: requests in, answers or problems out."""
    operation = document["paths"]["/predict/best-move/batch"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["examples"]
    schemas = document["components"]["schemas"]
    elements = schemas["BatchRequest"]["properties"]["predictions"]
    assert (elements["minItems"], elements["maxItems"]) == (1, 1000)
    prefix = "#/components/schemas/"
    assert [*_references(elements)] == [prefix + "BestMoveRequest"]
    results = schemas["BatchResponse"]["properties"]["results"]
    assert [*_references(results)] == [prefix + "BestMoveResponse", prefix + "Problem"]
