from __future__ import annotations

from typing import TYPE_CHECKING

from capture.drops import DropCount
from capture.interface import DropReason

if TYPE_CHECKING:
    import pytest

    from capture.counts import CountedEvents


def test_a_burst_is_one_line(events: CountedEvents, caplog: pytest.LogCaptureFixture) -> None:
    """Every drop is counted at once, the first of a burst is logged, the rest summed up."""
    drops = DropCount(events)

    for _ in range(1000):
        drops.add(DropReason.BUFFER_FULL, 3)
    assert events.drops == {"buffer_full": 3000}
    assert [record.getMessage() for record in caplog.records] == [
        "production data: 3 rows dropped (buffer_full)"
    ]

    drops.say_rest()
    drops.say_rest()
    assert [record.getMessage() for record in caplog.records[1:]] == [
        "production data: 2997 rows dropped (buffer_full)"
    ]


def test_a_later_burst_is_said_again(
    events: CountedEvents, caplog: pytest.LogCaptureFixture
) -> None:
    """Once the time of a burst is over the next drop is logged, with what came before it."""
    drops = DropCount(events, burst_seconds=0.0)

    drops.add(DropReason.INVALID, 1)
    drops.add(DropReason.INVALID, 2)

    assert [record.getMessage() for record in caplog.records] == [
        "production data: 1 row dropped (invalid)",
        "production data: 2 rows dropped (invalid)",
    ]


def test_reasons_are_told_apart(events: CountedEvents, caplog: pytest.LogCaptureFixture) -> None:
    """A burst for one reason does not hide another, and no rows are no drop."""
    drops = DropCount(events)

    drops.add(DropReason.CLOSED, 0)
    drops.add(DropReason.CLOSED, 1)
    drops.add(DropReason.WRITE_FAILED, 1)

    assert events.drops == {"closed": 1, "write_failed": 1}
    assert len(caplog.records) == 2
