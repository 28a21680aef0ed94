"""Health, readiness and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from app.context import DexState
from app.factory import create_app, route_of
from app.problems.schema import Problem
from app.status.readiness import Health

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from app.context import AppContext

    Connect = Callable[..., httpx.AsyncClient]


def _gone() -> bool:
    return False


def _disk_full() -> str:
    return "files cannot be written"


def _no_model() -> None:
    return None


@pytest.mark.parametrize(
    ("changes", "status", "ready"),
    [
        ({}, "ok", 200),
        ({"database_available": _gone}, "degraded", 200),
        ({"capture_trouble": _disk_full}, "degraded", 200),
        ({"model_version": _no_model}, "unavailable", 503),
        ({"dex": DexState()}, "unavailable", 503),
    ],
)
async def test_ready_means_able_to_predict(
    connect: Connect, changes: dict[str, Any], status: str, ready: int
) -> None:
    """Ready with a dex and a model; health always answers and tells how each part is."""
    client = connect(**changes)
    response = await client.get("/health")
    report = msgspec.json.decode(response.content, type=Health)
    assert (response.status_code, report.status) == (200, status)
    assert set(report.components) == {"database", "dex", "model", "capture"}
    assert all(component.detail for component in report.components.values())
    assert response.headers["Cache-Control"] == "no-store"
    assert (await client.get("/health/ready")).status_code == ready
    assert (await client.get("/health/live")).status_code == 200


async def test_what_is_missing_is_named(connect: Connect) -> None:
    """A service that is not ready names all that lacks, and when to come back."""
    response = await connect(dex=DexState(), model_version=_no_model).get("/health/ready")
    problem = msgspec.json.decode(response.content, type=Problem)
    assert "dex: " in problem.detail
    assert "model: " in problem.detail
    assert "database: " not in problem.detail
    assert int(response.headers["Retry-After"]) > 0


async def test_a_stopped_database_is_told(connect: Connect) -> None:
    """Without the database the service is ready on, and says that it does without."""
    response = await connect(database_available=_gone).get("/health/ready")
    report = msgspec.json.decode(response.content, type=Health)
    assert response.status_code == 200
    assert report.status == "degraded"
    assert report.components["database"].state == "unavailable"


async def test_a_failing_capture_is_told(connect: Connect) -> None:
    """A service that cannot write what it captures says so, and how much waits."""
    client = connect(capture_trouble=_disk_full, capture_pending=lambda: 7)
    report = msgspec.json.decode((await client.get("/health")).content, type=Health)
    assert report.components["capture"].state == "degraded"
    assert "files cannot be written; 7 rows wait" in report.components["capture"].detail


async def test_the_metrics_come_as_rendered(client: httpx.AsyncClient) -> None:
    """The rendered page and its content type go out unchanged."""
    response = await client.get("/metrics")
    assert response.content == b"up 1\n"
    assert response.headers["Content-Type"] == "text/plain; version=1.0.0; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/docs", "/docs"),
        ("/docs/", "/docs"),
        ("/metrics", "/metrics"),
        ("/openapi.json", "/openapi.json"),
        ("/pokemon/25", "/pokemon/{id}"),
        ("/pokemon/999", "/pokemon/{id}"),
        ("/moves/by-type/water", "/moves/by-type/{type}"),
        ("/nothing/at/all", "unmatched"),
        ("/" + "a" * 4000, "unmatched"),
    ],
)
async def test_the_route_is_known_by_its_template(
    context: AppContext, path: str, template: str
) -> None:
    """Once answered, a request is known by its route's template or as unmatched, never by path."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "HEAD",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "server": ("localhost", 8000),
        "client": ("localhost", 4711),
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append((message["type"], scope["method"]))

    await create_app(context)(scope, receive, send)  # type: ignore[arg-type]  # a scope by hand
    assert route_of(scope) == template
    assert sent[0] == ("http.response.start", "HEAD")
