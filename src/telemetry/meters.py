"""The meter provider of a process, and how its metrics are read."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Self, cast

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from prometheus_client import CollectorRegistry, generate_latest

from telemetry.one_storage import OneStorage
from telemetry.sampling import KeptExemplars
from telemetry.views import views
from telemetry.workers.aggregation import LedgerAggregation
from telemetry.workers.ledger import Ledger
from telemetry.workers.merging import MergedMetrics
from telemetry.workers.reader import LedgerReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from opentelemetry import metrics
    from opentelemetry.sdk.metrics.export import MetricExporter, MetricReader, MetricsData
    from opentelemetry.sdk.resources import Resource

TEXT_FORMAT: Final = "text/plain; version=0.0.4"
"""Media type of Prometheus' text format. Litestar adds the charset to every text of its own."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The place of a process among those that are one service."""

    folder: Path
    """Of the ledgers."""
    name: str
    """Of this process' own ledger."""
    started_at: int
    """When the service began, in nanoseconds of Unix time."""
    exports: bool
    """Whether this is the process that exports everybody's metrics."""


@dataclass(frozen=True, slots=True)
class Export:
    """Where metrics are pushed to, and how often."""

    exporter: MetricExporter
    interval_milliseconds: float


@dataclass(frozen=True, slots=True)
class Meters:
    """A provider, ``/metrics`` over it, and what is to be shut down with it."""

    provider: metrics.MeterProvider
    _registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _closing: Sequence[Callable[[], object]] = ()
    _rendering: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def alone(
        cls,
        resource: Resource,
        export: Export | None = None,
        readers: Sequence[MetricReader] = (),
    ) -> Self:
        """Read the SDK's own aggregations: this process is the service."""
        registry = CollectorRegistry()
        scrape = _scrape(registry)
        provider = MeterProvider(
            (scrape, *readers),
            resource,
            views=views(),
            exemplar_filter=KeptExemplars(),
            # The SDK would shut itself down at exit, without a bound: Telemetry.shutdown does it.
            shutdown_on_exit=False,
        )
        if export is None:
            return cls(provider, registry, (provider.shutdown,))
        # Readers get their metrics from a callback that their provider sets.
        storage = OneStorage(partial(_collecting(scrape), scrape))
        scrape._set_collect_callback(storage.for_scrape)  # noqa: SLF001
        pushing = PeriodicExportingMetricReader(export.exporter, export.interval_milliseconds)
        pushing._set_collect_callback(storage.for_export)  # noqa: SLF001

        def shut_down() -> None:
            pushing.shutdown()
            provider.shutdown()

        return cls(provider, registry, (shut_down,))

    @classmethod
    def shared(cls, resource: Resource, shared: Shared, export: Export | None) -> Self:
        """Keep this process' numbers in its ledger, and read everybody's."""
        ledger = Ledger(shared.folder, shared.name)
        aggregation = LedgerAggregation(ledger)
        provider = MeterProvider(
            [LedgerReader(ledger, aggregation)],
            resource,
            views=views(aggregation),
            exemplar_filter=KeptExemplars(),
            shutdown_on_exit=False,
        )
        registry = CollectorRegistry()
        # Readers get their metrics from a callback that a provider sets; here the ledgers do.
        _scrape(registry)._set_collect_callback(_merged(resource, shared))  # noqa: SLF001
        if export is None or not shared.exports:
            return cls(provider, registry, (provider.shutdown,))
        pushing = PeriodicExportingMetricReader(export.exporter, export.interval_milliseconds)
        pushing._set_collect_callback(_merged(resource, shared))  # noqa: SLF001

        def shut_down() -> None:
            # What was observed last is written down before it is exported for the last time.
            provider.shutdown()
            pushing.shutdown()

        return cls(provider, registry, (shut_down,))

    def render(self) -> tuple[bytes, str]:
        """Give the body of ``/metrics`` and its media type; see ``Telemetry.render_metrics``."""
        # Two scrapes at once would each find the other's samples in the SDK's reader.
        with self._rendering:
            return generate_latest(self._registry), TEXT_FORMAT

    @property
    def closing(self) -> Sequence[Callable[[], object]]:
        """What ends the readers."""
        return self._closing


def _scrape(registry: CollectorRegistry) -> PrometheusMetricReader:
    return PrometheusMetricReader(
        disable_target_info=True, scope_info_enabled=False, registry=registry
    )


def _collecting(reader: MetricReader) -> Callable[[MetricReader], MetricsData | None]:
    """Give the callback that a provider has set."""
    callback = reader._collect  # noqa: SLF001  # set by the provider
    if callback is None:
        raise RuntimeError("the reader belongs to no provider")
    return cast("Callable[[MetricReader], MetricsData | None]", callback)


def _merged(resource: Resource, shared: Shared) -> MergedMetrics:
    return MergedMetrics(shared.folder, resource, shared.started_at)
