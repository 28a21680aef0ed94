"""What a load test must keep to: the one place that says so.

A latency is held to what the same scenario took on the same machine while it was calm, and to no
less than the service's own objectives: so a slow machine fails for what load does to it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FAILURES: Final = 0.001
"""Share of the requests of a scenario that may fail."""
P95_MS: Final = 500.0
"""As much as HighAPILatency allows."""
P95_CALM: Final = 20.0
"""So many times the calm median, where that is more."""
P99_MS: Final = 1000.0
P99_CALM: Final = 40.0
GENERATOR_CORES: Final = 0.9
"""Of one core: a generator that is busier measures itself. Locust warns from here on too."""
SLOPE_MB_PER_HOUR: Final = 20.0
"""Memory that a process may gain after its warm-up: half a gigabyte a day."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a scenario met."""

    requests: int
    failures: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


def limits(calm: Measured, tightened: float = 1.0) -> tuple[float, float]:
    """Give how many milliseconds p95 and p99 may take."""
    return (
        max(P95_MS, P95_CALM * calm.p50_ms) / tightened,
        max(P99_MS, P99_CALM * calm.p50_ms) / tightened,
    )


def broken(
    calm: Mapping[str, Measured], loaded: Mapping[str, Measured], tightened: float = 1.0
) -> Iterator[str]:
    """Say which thresholds the scenarios broke; one that asked nothing has broken them too.

    Without a calm failures are judged, and no latencies.
    """
    for scenario in {**calm, **loaded}:
        before, now = calm.get(scenario), loaded.get(scenario)
        if now is None or not now.requests or (before and not before.requests):
            yield f"{scenario}: asked nothing"
            continue
        share = now.failures / now.requests
        if share > FAILURES:
            yield f"{scenario}: {share:.2%} failed, at most {FAILURES:.2%} may"
        if before is None:
            continue
        for name, took, limit in zip(
            ("p95", "p99"), (now.p95_ms, now.p99_ms), limits(before, tightened), strict=True
        ):
            if took > limit:
                yield f"{scenario}: {name} {took:.0f} ms, at most {limit:.0f} ms"
