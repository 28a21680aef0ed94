"""What a caller meets: keys, rates and other origins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.keys import FEEDBACK, PREDICT_KEY, access

from app.access.guard import Guard
from app.access.key_ring import KeyRing
from app.access.rate_limits import Rates
from app.factory import create_app
from config.settings import AccessSettings
from telemetry.in_memory import InMemoryTelemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.context import AppContext

    Connect = Callable[..., httpx.AsyncClient]

TOLD = {"prediction_id": "01a210bc-bc5b-7e5f-8c0f-ad8e20059158", "winner": "A"}


@pytest.fixture
def memory() -> Iterator[InMemoryTelemetry]:
    """Keep metrics in memory."""
    memory = InMemoryTelemetry.create()
    yield memory
    memory.telemetry.shutdown()


def _refusals(memory: InMemoryTelemetry) -> dict[str, float]:
    rows = memory.telemetry.render_metrics()[0].decode().splitlines()
    found = [row for row in rows if row.startswith("api_refusals_total{")]
    return {row.split('"')[1]: float(row.split()[-1]) for row in found}


@pytest.mark.parametrize("body", [TOLD, {}, {"winner": "nobody"}, None])
async def test_feedback_needs_a_key_whatever_is_sent(connect: Connect, body: object) -> None:
    """Without one nothing of the body is looked at."""
    answer = await connect().post("/feedback", json=body)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["type"] == "/problems/missing-key"


async def test_each_refusal_has_its_reason(connect: Connect, memory: InMemoryTelemetry) -> None:
    """Missing, unknown and too weak keys are told apart, in answers and in the metric."""
    client = connect(**access(memory.telemetry.signals))
    weak = {"Authorization": f"Bearer {PREDICT_KEY}"}
    strange = {"Authorization": b"Bearer \xff"}
    assert _refusals(memory) == dict.fromkeys(
        ("missing_key", "unknown_key", "wrong_scope", "rate_limited"), 0
    )
    assert (await client.post("/feedback", json=TOLD)).status_code == 401
    refused = await client.post("/feedback", json=TOLD, headers=strange)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    refused = await client.post("/feedback", json=TOLD, headers=weak)
    assert refused.status_code == 403
    assert "'feedback'" in refused.json()["detail"]
    assert _refusals(memory) == {
        "missing_key": 1,
        "unknown_key": 1,
        "wrong_scope": 1,
        "rate_limited": 0,
    }
    # The right one is let through, to a service whose database is away.
    let_in = await client.post("/feedback", json=TOLD, headers=FEEDBACK)
    assert let_in.status_code == 503


async def test_before_the_keys_are_known_nobody_is_called_a_stranger(
    connect: Connect, context: AppContext
) -> None:
    """A key that cannot be looked up yet is answered with 503 and when to come again."""
    client = connect(guard=Guard(KeyRing(), context.guard.instruments))
    answer = await client.post("/feedback", json=TOLD, headers=FEEDBACK)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "keys" in answer.json()["detail"]


async def test_all_else_needs_no_key(client: httpx.AsyncClient) -> None:
    """Every other operation of the document is open, and a wrong key does no harm there."""
    document = (await client.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    closed = {
        (path, method)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if operation.get("security")
    }
    assert closed == {("/feedback", "post")}
    for path in ("/types", "/health/live", "/metrics", "/docs", "/predict/model-info"):
        answer = await client.get(path, headers={"Authorization": "Bearer nonsense"})
        assert answer.status_code not in {401, 403}, path


async def test_who_asks_too_much_is_told_when_to_come_again(
    connect: Connect, memory: InMemoryTelemetry
) -> None:
    """An address has its limit whatever it asks for; whoever watches the service has none."""
    settings = AccessSettings(rate_limit="3/hour", key_rate_limit="5/hour")
    client = connect(**access(memory.telemetry.signals, settings))
    paths = ("/types", "/nothing", "/predict/model-info")
    assert 429 not in [(await client.get(path)).status_code for path in paths]
    refused = await client.get("/types")
    assert refused.status_code == 429
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    assert refused.json()["type"] == "/problems/rate-limited"
    wait = int(refused.headers["Retry-After"])
    assert 1 <= wait <= 7200
    assert refused.headers["RateLimit-Policy"] == '"address";q=3;w=3600'
    assert refused.headers["RateLimit"] == f'"address";r=0;t={wait}'
    for path in ("/health", "/health/live", "/health/ready", "/metrics"):
        assert (await client.get(path)).status_code != 429
    assert _refusals(memory)["rate_limited"] == 1

    # With a key its own limit holds; a made-up key is no way around that of the address.
    known = {"Authorization": f"Bearer {PREDICT_KEY}"}
    statuses = [(await client.get("/types", headers=known)).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    made_up = {"Authorization": "Bearer nonsense"}
    assert (await client.get("/types", headers=made_up)).status_code == 429
    head = await client.head("/types")
    assert (head.status_code, head.content) == (429, b"")


async def test_a_limit_can_be_left_out(connect: Connect) -> None:
    """`off` refuses nobody."""
    client = connect(rates=Rates.of(AccessSettings(rate_limit="off")))
    assert {(await client.get("/types")).status_code for _ in range(50)} == {200}


async def test_the_addresses_of_one_household_are_one(context: AppContext) -> None:
    """IPv6 addresses are counted by their first 64 bits, and those of IPv4 one by one."""
    app: Any = create_app(replace(context, rates=Rates.of(AccessSettings(rate_limit="2/hour"))))
    statuses = []
    for address in (
        *("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1", "::1%lo", "?:"),
        *("192.0.2.1", "192.0.2.2", "::ffff:192.0.2.1", "::ffff:192.0.2.3", "::ffff:192.0.2.1"),
    ):
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            statuses.append((await client.get("/types")).status_code)
    assert statuses == [200, 200, 429, 200, 200, 200, 200, 200, 200, 200, 429]


async def test_no_other_origin_may_read_answers(client: httpx.AsyncClient) -> None:
    """By default nothing is said of other origins, so that browsers keep answers from them."""
    answer = await client.get("/types", headers={"Origin": "https://example.com"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    preflight = await client.options(
        "/feedback",
        headers={"Origin": "https://example.com", "Access-Control-Request-Method": "POST"},
    )
    assert not [name for name in preflight.headers if name.startswith("access-control")]


async def test_named_origins_may(connect: Connect) -> None:
    """Only an origin that settings name, letter by letter, and without cookies."""
    client = connect(cors_origins=["https://dex.example.com"])
    allowed = {"Origin": "https://dex.example.com"}
    answer = await client.get("/types", headers=allowed)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://dex.example.com"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    vary = {word.strip().lower() for word in answer.headers["Vary"].split(",")}
    assert vary >= {"origin", "accept-language"}
    preflight = await client.options(
        "/feedback", headers={**allowed, "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code == 204
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"]
    for other in (
        "https://dex.example.com.evil.org",
        "https://evil.org",
        "http://dex.example.com",
        "https://dex.example.com:8443",
        "null",
    ):
        answer = await client.get("/types", headers={"Origin": other})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "origin" in answer.headers["Vary"].lower()
        preflight = await client.options(
            "/feedback", headers={"Origin": other, "Access-Control-Request-Method": "POST"}
        )
        assert "Access-Control-Allow-Origin" not in preflight.headers
