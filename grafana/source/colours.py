"""One meaning, one colour, on every dashboard."""

from __future__ import annotations

from typing import Any, Final

GOOD: Final = "green"
NEUTRAL: Final = "blue"
CAUTION: Final = "orange"
BAD: Final = "red"

_STATUSES: Final = {"2": GOOD, "3": NEUTRAL, "4": CAUTION, "5": BAD}
_PERCENTILES: Final = {"p50": GOOD, "p95": CAUTION, "p99": BAD}
_OUTCOMES: Final = {"succeeded": GOOD, "failed": BAD}


def statuses() -> list[dict[str, Any]]:
    """Colour series that are named by an HTTP status."""
    return [_fixed("byRegexp", f"/^{first}\\d\\d$/", colour) for first, colour in _STATUSES.items()]


def percentiles() -> list[dict[str, Any]]:
    """Colour series that are named p50, p95 and p99."""
    return [_fixed("byName", name, colour) for name, colour in _PERCENTILES.items()]


def outcomes() -> list[dict[str, Any]]:
    """Colour series whose names end in how something went."""
    return [_fixed("byRegexp", f"/{name}$/", colour) for name, colour in _OUTCOMES.items()]


def steps(*bounds: tuple[float, str], start: str = GOOD) -> dict[str, Any]:
    """Colour values: `start`, then another from each bound on."""
    return {
        "mode": "absolute",
        "steps": [
            {"color": start, "value": None},
            *({"color": colour, "value": bound} for bound, colour in bounds),
        ],
    }


def _fixed(matcher: str, pattern: str, colour: str) -> dict[str, Any]:
    return {
        "matcher": {"id": matcher, "options": pattern},
        "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}],
    }
