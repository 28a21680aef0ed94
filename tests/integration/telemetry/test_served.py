"""Telemetry of a served application, as its users see it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from tests import patient

from telemetry.http_server import UNMATCHED
from telemetry.in_memory import InMemoryTelemetry
from telemetry.setup import start

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from telemetry.setup import Telemetry

    Served = Callable[[Telemetry], AbstractAsyncContextManager[str]]


async def _raw(url: str, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    writer.write(request)
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_the_guides_lines(served: Served) -> None:
    """After five GET /docs, /metrics shows the guide's three lines as printed there."""
    telemetry = start({})
    async with served(telemetry) as url, patient.async_client(base_url=url) as client:
        for _ in range(5):
            assert (await client.get("/docs")).status_code == 200
        answer = await client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert (
        "# HELP api_requests_total Total API requests\n"
        "# TYPE api_requests_total counter\n"
        'api_requests_total{endpoint="/docs",method="GET",status="200"} 5.0\n'
    ) in answer.text
    assert "http_server_request_duration_seconds_count{" in answer.text
    assert "otel_scope" not in answer.text
    assert "target_info" not in answer.text
    telemetry.shutdown()


async def test_metrics_and_docs_count_too(served: Served) -> None:
    """The scrape itself is a request like any other, by its route."""
    telemetry = start({})
    async with served(telemetry) as url, patient.async_client(base_url=url) as client:
        await client.get("/metrics")
        text = (await client.get("/metrics")).text
    assert 'api_requests_total{endpoint="/metrics",method="GET",status="200"} 1.0\n' in text
    telemetry.shutdown()


async def test_no_client_can_create_series_or_crash_a_request(served: Served) -> None:
    """Scans, made-up methods and hostile bytes on the wire leave a bounded set of series."""
    memory = InMemoryTelemetry.create()
    async with served(memory.telemetry) as url, patient.async_client(base_url=url) as client:
        for number in range(30):
            assert (await client.get(f"/scan-{number}/x?y={number}")).status_code == 404
            assert (await client.get(f"/pokemon/{number + 1}")).status_code == 200
            await client.request(f"MADE{number}", "/docs")
        for hostile in (
            b"GET /docs HTTP/1.1\r\nHost: a\r\nUser-Agent: \xff\\x\r\n\r\n",
            b"GET /docs HTTP/1.1\r\nHost: a\r\ntraceparent: \xff\\x\r\n\r\n",
        ):
            assert b" 200 " in await _raw(url, hostile)
        assert b" 500 " not in await _raw(url, b"GET /docs?\xff HTTP/1.1\r\nHost: a\r\n\r\n")
        text = (await client.get("/metrics")).text
    endpoints = set(re.findall(r'endpoint="([^"]*)"', text))
    assert endpoints == {"/docs", "/pokemon/{pokemon_id}", UNMATCHED}
    assert f'api_requests_total{{endpoint="{UNMATCHED}",method="GET",status="404"}} 30.0' in text
    assert set(re.findall(r'http_route="([^"]*)"', text)) == {"", "/docs", "/pokemon/{pokemon_id}"}
    assert "scan-" not in text
    assert "MADE" not in text
    routes = {(span.attributes or {}).get("http.route") for span in memory.spans()}
    assert routes == {None, "/docs", "/pokemon/{pokemon_id}", "/metrics"}
    names = {span.name for span in memory.spans()}
    assert "scan" not in str(names)


async def test_a_failing_handler_is_told_by_its_route(served: Served) -> None:
    """A 500 has its route, an error series, and a server span with error status."""
    memory = InMemoryTelemetry.create()
    async with served(memory.telemetry) as url, patient.async_client(base_url=url) as client:
        assert (await client.get("/pokemon/0")).status_code == 500
    assert memory.values("api_errors") == {("/pokemon/{pokemon_id}", "GET", "500"): 1}
    (span,) = memory.spans()
    assert span.name == "GET /pokemon/{pokemon_id}"
    assert span.attributes["error.type"] == "500"


async def test_a_client_that_hangs_up_harms_nothing(served: Served) -> None:
    """Requests whose client goes away at once are counted and leave no request open."""
    memory = InMemoryTelemetry.create()
    async with served(memory.telemetry) as url:
        for _ in range(10):
            parts = urlsplit(url)
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(b"GET /docs HTTP/1.1\r\nHost: a\r\n\r\n")
            await writer.drain()
            writer.transport.abort()
        async with patient.async_client(base_url=url) as client:
            assert (await client.get("/docs")).status_code == 200
    assert set(memory.values("http.server.active_requests").values()) == {0}
    assert set(memory.values("api_errors").values()) == {0}


@pytest.mark.parametrize("path", ["//", "/%2e%2e/etc/passwd", "/docs/extra", "/%ff%fe"])
async def test_odd_paths_have_no_route(served: Served, path: str) -> None:
    """Whatever no route takes is the one unmatched endpoint."""
    memory = InMemoryTelemetry.create()
    async with served(memory.telemetry) as url:
        assert b" 404 " in await _raw(url, f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    assert memory.values("api_requests") == {(UNMATCHED, "GET", "404"): 1}
