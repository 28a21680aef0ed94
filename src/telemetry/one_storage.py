"""One set of the SDK's aggregations for all who read metrics.

The SDK keeps one for each reader, and so aggregates every measurement as often as there are
readers. Here the reader of ``/metrics`` keeps it, and the export to the collector reads the same.
Looking at aggregations takes their exemplars out, so those that a scrape meets are held for the
export, the only one that passes them on.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.metrics.export import HistogramDataPoint, MetricsData

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opentelemetry.sdk.metrics import Exemplar

    _Key = tuple[str, frozenset[tuple[str, Any]]]


class OneStorage:
    """What a reader collects, for it and for one export. May be read from any thread."""

    def __init__(self, collect: Callable[[], MetricsData | None]) -> None:
        self._collect = collect
        self._lock = threading.Lock()
        self._held: dict[_Key, list[Exemplar]] = {}

    def for_scrape(self, *_: Any, **__: Any) -> MetricsData:
        """Give every series, and hold the exemplars."""
        with self._lock:
            collected = self._collect() or MetricsData([])
            for key, point in _histogram_points(collected):
                if point.exemplars:
                    # By bucket the newest is the one to keep; a few scrapes' worth is bounded.
                    self._held[key] = [*self._held.get(key, ()), *point.exemplars][
                        -len(point.bucket_counts) :
                    ]
            return collected

    def for_export(self, *_: Any, **__: Any) -> MetricsData:
        """Give every series, with the exemplars since the last export."""
        with self._lock:
            collected = self._collect() or MetricsData([])
            held, self._held = self._held, {}
        return _with(collected, held) if held else collected


def _histogram_points(
    collected: MetricsData,
) -> Iterator[tuple[_Key, HistogramDataPoint]]:
    for resource in collected.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    if isinstance(point, HistogramDataPoint):
                        yield _key(metric.name, point), point


def _key(name: str, point: HistogramDataPoint) -> _Key:
    return name, frozenset((point.attributes or {}).items())


def _with(collected: MetricsData, held: dict[_Key, list[Exemplar]]) -> MetricsData:
    """Put exemplars that a scrape met back to their points."""

    def points(name: str, data: Any) -> Any:
        return replace(
            data,
            data_points=[
                replace(point, exemplars=[*held.get(_key(name, point), ()), *point.exemplars])
                if isinstance(point, HistogramDataPoint)
                else point
                for point in data.data_points
            ],
        )

    return MetricsData(
        [
            replace(
                resource,
                scope_metrics=[
                    replace(
                        scope,
                        metrics=[
                            replace(metric, data=points(metric.name, metric.data))
                            for metric in scope.metrics
                        ],
                    )
                    for scope in resource.scope_metrics
                ],
            )
            for resource in collected.resource_metrics
        ]
    )
