"""Whether something that ought to be rare is seen too often, which one bad moment does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scipy.stats import norm, poisson

if TYPE_CHECKING:
    from storage.live_store import LiveTotal

FEWEST_WINDOWS: Final = 2
"""One is a moment."""
CHANCE: Final = float(norm.sf(3.0))
"""Strict, as it is looked at again and again while a model is watched."""


def surely_failing(seen: LiveTotal, share: float) -> bool:
    """Tell whether more than a share of predictions fails, by more than chance."""
    return _surely_above(seen.failures, seen.failed_windows, seen, share)


def surely_slow(seen: LiveTotal, share: float) -> bool:
    """Tell whether more than a share of predictions is slow, by more than chance."""
    return _surely_above(seen.slow, seen.slow_windows, seen, share)


def _surely_above(count: int, windows: int, seen: LiveTotal, share: float) -> bool:
    """Count windows, a few seconds of one process each: a batch, or a pause, is one event there.

    Events that come at an allowed rate, as many predictions each as was seen, follow Poisson.
    """
    if windows < FEWEST_WINDOWS:
        return False
    allowed = share * seen.asked * windows / count
    return bool(poisson.sf(windows - 1, allowed) < CHANCE)
