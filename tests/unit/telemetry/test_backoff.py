"""Pauses before what has ended is begun again."""

from __future__ import annotations

from telemetry.backoff import Backoff


def test_pauses_double_up_to_the_longest() -> None:
    """Runs that end at once are begun again after longer and longer."""
    backoff = Backoff(first=1.0, longest=5.0, steady=3600.0)
    pauses = []
    for _ in range(4):
        backoff.begun()
        pauses.append(backoff.ended())
    assert pauses == [1.0, 2.0, 4.0, 5.0]


def test_a_steady_run_is_followed_by_the_first_pause() -> None:
    """However many ended at once before it; an attempt that begins nothing is no steady run."""
    backoff = Backoff(first=1.0, longest=60.0, steady=0.0)
    assert [backoff.ended() for _ in range(3)] == [1.0, 2.0, 4.0]
    backoff.begun()
    assert [backoff.ended() for _ in range(2)] == [1.0, 2.0]
