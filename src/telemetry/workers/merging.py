"""All ledgers of a service, put together as the SDK's exporters and readers take metrics."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from time import time, time_ns
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.sdk.metrics import Exemplar as SdkExemplar
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from telemetry.signals import Together, schema
from telemetry.workers.ledger import ledgers
from telemetry.workers.series import SUM, Cell, Form, Series, decode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.sdk.resources import Resource

    from telemetry.workers.ledger import Exemplar, LedgerView

FRESH_SECONDS: Final = 5.0
"""What is observed every second and was not for so long is no more."""

_VOID_WITHOUT_PROCESS: Final = frozenset({Form.GAUGE, Form.OBSERVED_UPDOWN, Form.UPDOWN})


class MergedMetrics:
    """Reads the ledgers of a folder whenever it is called."""

    def __init__(self, folder: Path, resource: Resource, started_at: int) -> None:
        """Take the folder, who speaks, and since when (in nanoseconds of Unix time)."""
        self._folder = folder
        self._resource = resource
        self._started_at = started_at
        self._exemplars_until = 0

    def __call__(self, *_: Any, **__: Any) -> MetricsData:
        """Give every series as it is now, with the exemplars since the last call."""
        numbers: dict[Series, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        gauges: dict[Series, list[tuple[float, float]]] = defaultdict(list)
        exemplars: dict[Series, list[Exemplar]] = defaultdict(list)
        seen_until = self._exemplars_until
        for ledger in ledgers(self._folder):
            valid = list(_valid(ledger))
            weights = {
                (cell.series.name, cell.series.attributes): value
                for cell, value in valid
                if cell.series.form is Form.GAUGE
            }
            for cell, value in valid:
                series = cell.series
                if series.form is Form.GAUGE:
                    weight = (schema().find(series.name).weight, series.attributes)
                    gauges[series].append((value, weights.get(weight, 1.0)))
                else:
                    numbers[series][cell.part] += value
            for exemplar in ledger.exemplars():
                if exemplar.time_unix_nano > self._exemplars_until:
                    exemplars[exemplar.series].append(exemplar)
                    seen_until = max(seen_until, exemplar.time_unix_nano)
        self._exemplars_until = seen_until
        for series, values in gauges.items():
            numbers[series] = {"": _together(series.name, values)}
        return self._as_metrics(numbers, exemplars)

    def _as_metrics(
        self,
        numbers: dict[Series, dict[str, float]],
        exemplars: dict[Series, list[Exemplar]],
    ) -> MetricsData:
        now = time_ns()
        metrics: dict[str, dict[str, list[Series]]] = defaultdict(lambda: defaultdict(list))
        for series in numbers:
            metrics[series.scope][series.name].append(series)
        scopes = []
        for scope, named in metrics.items():
            made = [
                Metric(
                    name,
                    several[0].description,
                    several[0].unit,
                    self._data(several, numbers, exemplars, now),
                )
                for name, several in named.items()
            ]
            scopes.append(ScopeMetrics(InstrumentationScope(scope), made, ""))
        return MetricsData([ResourceMetrics(self._resource, scopes, "")])

    def _data(
        self,
        several: list[Series],
        numbers: dict[Series, dict[str, float]],
        exemplars: dict[Series, list[Exemplar]],
        now: int,
    ) -> Sum | Gauge | Histogram:
        form = several[0].form
        if form is Form.HISTOGRAM:
            return Histogram(
                [
                    _histogram_point(
                        series, numbers[series], exemplars[series], self._started_at, now
                    )
                    for series in several
                ],
                AggregationTemporality.CUMULATIVE,
            )
        points = [
            NumberDataPoint(
                dict(series.attributes), self._started_at, now, numbers[series].get("", 0.0)
            )
            for series in several
        ]
        if form is Form.GAUGE:
            return Gauge(points)
        return Sum(points, AggregationTemporality.CUMULATIVE, form is Form.COUNTER)


def _histogram_point(
    series: Series,
    parts: dict[str, float],
    exemplars: list[Exemplar],
    started_at: int,
    now: int,
) -> HistogramDataPoint:
    counts = [int(parts.get(str(bucket), 0)) for bucket in range(len(series.bounds) + 1)]
    return HistogramDataPoint(
        attributes=dict(series.attributes),
        start_time_unix_nano=started_at,
        time_unix_nano=now,
        count=sum(counts),
        sum=parts.get(SUM, 0.0),
        bucket_counts=counts,
        explicit_bounds=series.bounds,
        # Not kept: Prometheus has no place for either.
        min=0.0,
        max=0.0,
        exemplars=[
            SdkExemplar(
                {}, one.value, one.time_unix_nano, int(one.span_id, 16), int(one.trace_id, 16)
            )
            for one in exemplars
        ],
    )


_read_key = lru_cache(maxsize=65_536)(decode)


def _valid(ledger: LedgerView) -> Iterator[tuple[Cell, float]]:
    """Give the numbers that count: of a dead process those alone that outlive it.

    A process that is frozen lives: it observes nothing, and what it observed last grows old.
    """
    alive, now = ledger.alive(), time()
    numbers = [(_read_key(key), value, at) for key, value, at in ledger.numbers()]
    spoke_at = max((at for _, _, at in numbers), default=0.0)
    for cell, value, at in numbers:
        form = cell.series.form
        if (
            form not in _VOID_WITHOUT_PROCESS
            or (alive and form is Form.UPDOWN)
            or (alive and now - at <= FRESH_SECONDS)
        ):
            yield cell, value
        elif alive and spoke_at - at <= FRESH_SECONDS and _is_age(cell.series):
            yield cell, value + (now - at)


def _is_age(series: Series) -> bool:
    return (
        series.form is Form.GAUGE and schema().find(series.name).across_workers is Together.OLDEST
    )


def _together(name: str, values: list[tuple[float, float]]) -> float:
    plain = [value for value, _ in values]
    match schema().find(name).across_workers:
        case Together.SUM:
            return sum(plain)
        case Together.MIN:
            return min(plain)
        case Together.MEAN:
            weight = sum(weight for _, weight in values)
            return sum(value * weight for value, weight in values) / weight if weight else plain[0]
        case _:
            return max(plain)
