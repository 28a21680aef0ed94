"""When a cycle goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from config.settings import LifecycleSettings
from lifecycle import due
from storage.cycle_store import Cycle
from storage.live_store import LiveTotal

LIMITS = LifecycleSettings(shadow_predictions=500, shadow_hours=72, watch_hours=2)
NOW = datetime(2026, 1, 30, tzinfo=UTC)


def _cycle(hours: float) -> Cycle:
    return Cycle(
        id=uuid4(),
        model="dexwatch",
        reason="a test",
        carrier={},
        outcome=None,
        failures=0,
        job_id=None,
        began_at=NOW - timedelta(days=9),
        state_since=NOW - timedelta(hours=hours),
    )


@pytest.mark.parametrize(
    ("hours", "predictions", "over"),
    [(0, 499, False), (0, 500, True), (71.9, 499, False), (72.1, 0, True)],
)
def test_a_challenger_is_judged_once_it_was_seen_or_time_is_up(
    hours: float, predictions: int, *, over: bool
) -> None:
    """Few predictions are waited for, and not for ever."""
    seen = LiveTotal(predictions=predictions)
    assert due.is_shadowed(_cycle(hours), seen, LIMITS, NOW) is over
    assert due.is_scored(seen, LIMITS) is (predictions >= 500)


@pytest.mark.parametrize(
    ("hours", "asked", "over"),
    [
        (1.9, 10_000, False),
        (2.1, 100, True),
        (2.1, 99, False),
        (71.9, 99, False),
        (72.1, 0, True),
    ],
)
def test_a_watch_ends_once_there_was_something_to_see(
    hours: float, asked: int, *, over: bool
) -> None:
    """A night in which nobody asks proves no model good, nor does it hold up others for ever."""
    seen = LiveTotal(predictions=asked // 2, failures=asked - asked // 2)
    assert due.is_watched(_cycle(hours), seen, LIMITS, NOW) is over


def test_a_watch_may_be_longer_than_a_shadow() -> None:
    """Then its own time holds, whoever asks."""
    limits = LifecycleSettings(shadow_hours=1, watch_hours=2)
    assert not due.is_watched(_cycle(1.5), LiveTotal(), limits, NOW)
    assert due.is_watched(_cycle(2.1), LiveTotal(), limits, NOW)
