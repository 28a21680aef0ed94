"""When a cycle has waited long enough: asked by the worker that begins steps, and by the steps."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from config.settings import LifecycleSettings
    from storage.cycle_store import Cycle
    from storage.live_store import LiveTotal

FEWEST_PREDICTIONS: Final = 100
"""Of a watched model, before shares of them are compared."""


def is_scored(seen: LiveTotal, limits: LifecycleSettings) -> bool:
    """Tell whether a challenger has scored enough beside the champion."""
    return seen.predictions >= limits.shadow_predictions


def is_shadowed(cycle: Cycle, seen: LiveTotal, limits: LifecycleSettings, now: datetime) -> bool:
    """Tell whether a challenger is to be judged: it has scored enough, or time is up."""
    return is_scored(seen, limits) or _has_lasted(cycle, limits.shadow_hours, now)


def is_watched(cycle: Cycle, seen: LiveTotal, limits: LifecycleSettings, now: datetime) -> bool:
    """Tell whether a watch is over: by its time, once there was something to see.

    Nobody may ask for a night; where nobody does for as long as a challenger may be in the shadow,
    it is over all the same, so that another model can follow.
    """
    return _has_lasted(cycle, limits.watch_hours, now) and (
        seen.asked >= FEWEST_PREDICTIONS
        or _has_lasted(cycle, max(limits.watch_hours, limits.shadow_hours), now)
    )


def _has_lasted(cycle: Cycle, hours: float, now: datetime) -> bool:
    return now >= cycle.state_since + timedelta(hours=hours)
