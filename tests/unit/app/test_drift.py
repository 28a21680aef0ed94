"""``/drift`` over HTTP."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from app.status.drift_example import ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx


async def test_it_is_answered_without_a_report(client: httpx.AsyncClient) -> None:
    """What waits for a file is told all the same, and why there is no report."""
    answer = await client.get("/drift")
    assert answer.status_code == 200
    assert answer.json() == {
        "report_state": "database_unavailable",
        "report_age_seconds": None,
        "model_version": "v1",
        "report": None,
        "capture": {"pending_rows": 0, "trouble": None},
    }


async def test_the_report_is_given_feature_by_feature(
    connect: Callable[..., httpx.AsyncClient],
) -> None:
    """With its age, beside the state of capture."""
    known = SimpleNamespace(report=ANSWER.report, answered=True)
    client = connect(drift=known, capture_pending=lambda: 42)
    found = (await client.get("/drift")).json()
    assert found["report_state"] == "current"
    assert found["report_age_seconds"] > 0
    assert found["capture"]["pending_rows"] == 42
    assert [feature["name"] for feature in found["report"]["features"]] == ["a_hp", "b_known"]
    assert found["report"]["verdict"] == "drifted"
