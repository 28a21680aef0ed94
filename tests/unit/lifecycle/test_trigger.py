"""Which drift begins a retraining."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from battles.errors import NodeMissingError
from config.settings import LifecycleSettings
from drift.report import Reason, Verdict
from lifecycle import trigger as triggers
from lifecycle.trigger import IN_A_ROW, DriftTrigger
from storage.cycle_store import Cycle

if TYPE_CHECKING:
    import pytest

    from drift.report import DriftReport
    from lifecycle.request import CycleRequests


class _Report:
    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.reasons = [Reason.FEATURES, Reason.FORMS]


class _Requests:
    """Takes every request, unless one has begun too recently."""

    def __init__(self, *, rested: bool = True) -> None:
        self.reasons: list[str] = []
        self.pauses: list[timedelta] = []
        self._rested = rested

    async def rested(self, pause: timedelta) -> bool:
        self.pauses.append(pause)
        return self._rested

    async def begin(self, reason: str) -> Cycle:
        self.reasons.append(reason)
        now = datetime.now(UTC)
        return Cycle(
            id=uuid4(),
            model="dexwatch",
            reason=reason,
            carrier={},
            outcome=None,
            failures=0,
            job_id=None,
            began_at=now,
            state_since=now,
        )


async def _consider(
    settings: LifecycleSettings, requests: _Requests, *verdicts: Verdict
) -> list[bool]:
    trigger = DriftTrigger(settings)
    return [
        await trigger.consider(
            cast("DriftReport", _Report(verdict)), cast("CycleRequests", cast("Any", requests))
        )
        for verdict in verdicts
    ]


async def test_drift_that_lasts_begins_a_cycle() -> None:
    """The third report in a row does; one that says otherwise begins the count anew."""
    requests = _Requests()
    drifted = [Verdict.DRIFTED] * (IN_A_ROW - 1)
    begun = await _consider(
        LifecycleSettings(), requests, *drifted, Verdict.STEADY, *drifted, Verdict.DRIFTED
    )
    assert begun == [False] * (2 * IN_A_ROW - 1) + [True]
    assert requests.reasons == ["drift: features, forms"]
    assert requests.pauses == [timedelta(hours=24)]


async def test_a_cycle_follows_another_after_a_pause_alone() -> None:
    """However long drift lasts."""
    requests = _Requests(rested=False)
    assert not any(await _consider(LifecycleSettings(), requests, *[Verdict.DRIFTED] * 9))
    assert not requests.reasons


async def test_retraining_can_be_left_to_people() -> None:
    """Then drift begins nothing."""
    requests = _Requests()
    settings = LifecycleSettings(retrain_on_drift=False)
    assert not any(await _consider(settings, requests, *[Verdict.DRIFTED] * 9))
    assert not requests.reasons


async def test_without_the_simulator_nothing_begins_and_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A cycle that could only fail is not asked for."""

    def no_node() -> None:
        raise NodeMissingError

    monkeypatch.setattr(triggers, "node", no_node)
    requests = _Requests()
    assert not any(await _consider(LifecycleSettings(), requests, *[Verdict.DRIFTED] * 5))
    assert not requests.reasons
    assert len([record for record in caplog.records if "cannot be played" in record.message]) == 1
