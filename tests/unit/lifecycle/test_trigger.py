"""Which drift begins a retraining."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import msgspec

from app.status.drift_example import ANSWER
from battles.errors import NodeMissingError
from config.settings import LifecycleSettings
from drift.report import DriftReason, Verdict
from lifecycle import trigger as triggers
from lifecycle.trigger import IN_A_ROW, DriftTrigger
from storage.cycle_store import Cycle

if TYPE_CHECKING:
    import pytest

    from drift.report import DriftReport
    from lifecycle.request import CycleRequests
    from storage.drift_store import DriftStore


WINDOW = timedelta(minutes=3)


EXAMPLE = ANSWER.report
assert EXAMPLE is not None


def _report(verdict: Verdict, since: datetime, reasons: list[DriftReason]) -> DriftReport:
    """Report on a window of three minutes."""
    return msgspec.structs.replace(
        EXAMPLE,
        verdict=verdict,
        reasons=reasons if verdict is Verdict.DRIFTED else [],
        since=since,
        until=since + WINDOW,
    )


class _Reports:
    """Keeps reports in memory."""

    def __init__(self) -> None:
        self.all: list[DriftReport] = []

    async def standing(self, model_version: str, said: str) -> tuple[int, bytes] | None:
        told = list(takewhile(lambda one: one.standing == said, reversed(self.all)))
        assert {one.model_version for one in told} <= {model_version}
        return (len(told), msgspec.json.encode(told[-1]))


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
    settings: LifecycleSettings,
    requests: _Requests,
    *verdicts: Verdict,
    minutes: float = 1.0,
    reasons: tuple[DriftReason, ...] = (DriftReason.FEATURES, DriftReason.FORMS),
) -> list[bool]:
    """Have reports of windows that move on by so many minutes considered, by one trigger."""
    trigger, reports = DriftTrigger(settings), _Reports()
    begun = []
    for number, verdict in enumerate(verdicts):
        since = datetime(2026, 1, 30, tzinfo=UTC) + timedelta(minutes=number * minutes)
        report = _report(verdict, since, [*reasons])
        reports.all.append(report)
        begun.append(
            await trigger.consider(
                report,
                cast("DriftStore", reports),
                cast("CycleRequests", cast("Any", requests)),
            )
        )
    return begun


async def test_drift_that_lasts_begins_a_cycle() -> None:
    """Found without a break until other predictions say so than at first."""
    requests = _Requests()
    alarm = [Verdict.DRIFTED] * 4
    begun = await _consider(
        LifecycleSettings(), requests, *alarm, Verdict.STEADY, *alarm, Verdict.DRIFTED
    )
    assert begun == [False] * 9 + [True]
    assert requests.reasons == ["drift: features, forms"]
    assert requests.pauses == [timedelta(hours=24)]


async def test_what_no_retraining_mends_begins_none() -> None:
    """That people play otherwise than the simulator, or that features are broken, is for people."""
    for reasons, begins in (
        ((DriftReason.CONCEPT,), False),
        ((DriftReason.QUALITY,), False),
        ((DriftReason.CONCEPT, DriftReason.QUALITY), False),
        ((DriftReason.CONCEPT, DriftReason.FEATURES), True),
        ((DriftReason.PREDICTIONS,), True),
        ((DriftReason.FORMS,), True),
    ):
        alarm = [Verdict.DRIFTED] * 9
        begun = await _consider(LifecycleSettings(), _Requests(), *alarm, reasons=reasons)
        assert any(begun) is begins


async def test_one_alarm_in_the_midst_of_what_lasts_begins_nothing() -> None:
    """Battles may be won otherwise for weeks: that is not how long other things are asked."""
    trigger, reports, requests = DriftTrigger(LifecycleSettings()), _Reports(), _Requests()
    since = datetime(2026, 1, 30, tzinfo=UTC)
    for number in range(9):
        features = [DriftReason.FEATURES] if number == 8 else []
        reasons = [*features, DriftReason.CONCEPT]
        report = _report(Verdict.DRIFTED, since + timedelta(minutes=number), reasons)
        reports.all.append(report)
        store, asked = cast("DriftStore", reports), cast("CycleRequests", cast("Any", requests))
        assert not await trigger.consider(report, store, asked)


async def test_one_alarm_that_is_repeated_begins_nothing() -> None:
    """Without new predictions the same report comes each minute."""
    requests = _Requests()
    verdicts = [Verdict.DRIFTED] * 50
    assert not any(await _consider(LifecycleSettings(), requests, *verdicts, minutes=0))


async def test_three_reports_at_least_have_to_say_so() -> None:
    """However much is asked in the minute between two."""
    verdicts = [Verdict.DRIFTED] * IN_A_ROW
    begun = await _consider(LifecycleSettings(), _Requests(), *verdicts, minutes=60)
    assert begun == [False] * (IN_A_ROW - 1) + [True]


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
    assert not any(await _consider(LifecycleSettings(), requests, *[Verdict.DRIFTED] * 9))
    assert not requests.reasons
    assert len([record for record in caplog.records if "cannot be played" in record.message]) == 1
