"""Requests for cycles, in a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.settings import DatabaseSettings
from lifecycle.request import CycleRequests
from storage.audit_store import AuditStore
from storage.database import Database
from telemetry.setup import start

if TYPE_CHECKING:
    from storage.embedded import DatabaseUrls


@pytest.mark.parametrize("disabled", [False, True])
async def test_the_audit_names_the_trace_of_a_request_or_none(
    database_urls: DatabaseUrls, *, disabled: bool
) -> None:
    """Without telemetry there is no trace, hence no id that leads nowhere."""
    telemetry = start({"OTEL_SDK_DISABLED": "true"} if disabled else {})
    async with Database.open(DatabaseSettings(), database_urls.owner, read_only=False) as database:
        requests = CycleRequests(database, "dexwatch", telemetry.tracer("dexwatch"), "test")
        cycle = await requests.begin("a test")
        assert cycle is not None
        (row,) = await AuditStore(database).of_cycle(cycle.id)
    telemetry.shutdown()
    if disabled:
        assert row.trace_id is None
    else:
        assert row.trace_id == cycle.carrier["traceparent"].split("-")[1]
