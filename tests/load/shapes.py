"""How the number of users follows the time, as shares of the peak."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_STEPS: Final = 5
_QUIET: Final = 0.2
"""Share of the peak around a spike."""
_RAMP: Final = 0.05
"""Share of a soak in which the load rises."""


def steady(_: float) -> float:
    """Load of one height."""
    return 1.0


def step(elapsed: float) -> float:
    """Load that rises in equal steps, to see where it begins to hurt."""
    return min(1.0, (math.floor(elapsed * _STEPS) + 1) / _STEPS)


def spike(elapsed: float) -> float:
    """Load that is five times as high for a fifth of the time, without a warning."""
    return 1.0 if 2 / _STEPS <= elapsed < 3 / _STEPS else _QUIET


def soak(elapsed: float) -> float:
    """Load that rises slowly and then stays."""
    return min(1.0, elapsed / _RAMP)


SHAPES: Final[Mapping[str, Callable[[float], float]]] = {
    "steady": steady,
    "step": step,
    "spike": spike,
    "soak": soak,
}
"""By name: the share of the peak after a share of the time, both from 0 to 1."""


def users(shape: str, elapsed: float, peak: int) -> int:
    """Give how many users there are, never none, after a share of the time."""
    return max(1, round(SHAPES[shape](elapsed) * peak))
