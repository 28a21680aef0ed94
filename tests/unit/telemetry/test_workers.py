"""Several processes' numbers are one service's."""

from __future__ import annotations

import threading
from time import time, time_ns
from typing import TYPE_CHECKING

import pytest
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from telemetry.instruments import HttpInstruments, ModelInstruments
from telemetry.instruments.confidence import ConfidenceWindow
from telemetry.meters import Export, Meters, Shared
from telemetry.resource import describe
from telemetry.sampling import MarkKept
from telemetry.setup import Telemetry
from telemetry.workers import ledger, merging
from telemetry.workers.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from opentelemetry.sdk.metrics.export import Metric, MetricsData


class KeptExports(MetricExporter):
    """Keeps what was exported last."""

    def __init__(self) -> None:
        super().__init__()
        self.last: MetricsData | None = None

    def export(self, metrics_data: MetricsData, *_: Any, **__: Any) -> MetricExportResult:
        """Keep what is exported."""
        self.last = metrics_data
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Do nothing."""
        del timeout_millis
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Do nothing."""
        del timeout_millis, kwargs

    def metric(self, name: str) -> Metric:
        """Give a metric of the last export."""
        assert self.last is not None
        (found,) = [
            metric
            for resource in self.last.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
        ]
        return found


def _process(folder: Path, name: str, exporter: MetricExporter | None = None) -> Telemetry:
    resource = describe({})
    shared = Shared(folder, name, time_ns(), exports=exporter is not None)
    export = None if exporter is None else Export(exporter, 60_000)
    return Telemetry.of_sdk(
        resource,
        MarkKept(ALWAYS_ON, share=1, per_second=0),
        Meters.shared(resource, shared, export),
    )


def _lines(telemetry: Telemetry, start: str) -> list[str]:
    body = telemetry.render_metrics()[0].decode()
    return [line for line in body.splitlines() if line.startswith(start)]


def test_counters_and_histograms_add_up(tmp_path: Path) -> None:
    """Any process tells the sum of what all of them counted and measured."""
    first, second = _process(tmp_path, "first"), _process(tmp_path, "second")
    for telemetry, requests in ((first, 2), (second, 3)):
        http = HttpInstruments.create(telemetry.signals)
        for _ in range(requests):
            http.finished("/docs", "GET", 200, 0.02)
    labels = '{endpoint="/docs",method="GET",status="200"}'
    for telemetry in (first, second):
        assert _lines(telemetry, "api_requests_total{") == [f"api_requests_total{labels} 5.0"]
        assert _lines(telemetry, "api_errors_total{") == [f"api_errors_total{labels} 0.0"]
        (count,) = _lines(telemetry, "api_request_duration_seconds_count")
        assert count.endswith(" 5.0")
        assert (
            sum(
                'le="0.025"' in line and line.endswith(" 5.0")
                for line in _lines(telemetry, "api_request_duration_seconds_bucket")
            )
            == 1
        )
    first.shutdown()
    second.shutdown()


def test_a_process_goes_on_where_the_one_before_it_stopped(tmp_path: Path) -> None:
    """What a process counted, however it ended, is not lost to the one that takes its place."""
    shared = Shared(tmp_path, "worker", time_ns(), exports=False)
    watching = _process(tmp_path, "watching")
    for requests in (4, 1):
        resource = describe({})
        # Not shut down: a killed process has no chance to.
        meters = Meters.shared(resource, shared, None)
        counter = Telemetry.of_sdk(resource, ALWAYS_ON, meters).signals.counter("capture_rows")
        counter.add(requests)
        expected = {4: 4, 1: 5}[requests]
        assert _lines(watching, "capture_rows_total") == [f"capture_rows_total {expected}.0"]
        for closing in meters.closing:
            closing()
    assert _lines(watching, "capture_rows_total") == ["capture_rows_total 5.0"]
    watching.shutdown()


def test_one_process_has_a_ledger_at_a_time(tmp_path: Path) -> None:
    """A second process cannot write into the ledger of one that lives."""
    first = Ledger(tmp_path, "worker")
    with pytest.raises(BlockingIOError):
        Ledger(tmp_path, "worker")
    first.close()
    Ledger(tmp_path, "worker").close()


def test_gauges_are_not_multiplied(tmp_path: Path) -> None:
    """Gauges become one by the rule of the schema: a maximum, a minimum, a sum."""
    processes = [_process(tmp_path, name) for name in ("first", "second")]
    for number, telemetry in enumerate(processes):
        model = ModelInstruments.create(telemetry.signals)
        model.model_loaded("v2", 0.1)
        model.watch_explanations(lambda: 2)
        up = number  # the database answers one of them
        telemetry.signals.gauge("database_up", lambda up=up: iter((Observation(up),)))
    _look(processes)
    assert _lines(processes[0], "model_info") == ['model_info{model_version="v2"} 1.0']
    assert _lines(processes[0], "model_explanations_pending") == ["model_explanations_pending 4.0"]
    assert _lines(processes[0], "database_up") == ["database_up 0.0"]
    for telemetry in processes:
        telemetry.shutdown()


def test_confidence_is_the_mean_over_all_predictions(tmp_path: Path) -> None:
    """A worker that predicted more counts for more."""
    processes = [_process(tmp_path, name) for name in ("first", "second")]
    for telemetry, chances in zip(processes, ([0.6, 0.6, 0.6], [1.0]), strict=True):
        model = ModelInstruments.create(telemetry.signals, ConfidenceWindow())
        for chance in chances:
            model.predicted("v2", 0.001, chance)
    _look(processes)
    (line,) = _lines(processes[1], "model_confidence_score")
    assert float(line.rpartition(" ")[2]) == pytest.approx(0.7)
    for telemetry in processes:
        telemetry.shutdown()


def test_what_a_dead_process_observed_is_void(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gauges of a process that ended, or of what is no longer observed, are not told."""
    watching, ended = _process(tmp_path, "watching"), _process(tmp_path, "ended")
    for telemetry in (watching, ended):
        ModelInstruments.create(telemetry.signals).watch_explanations(lambda: 1)
    _look([watching, ended])
    ended.shutdown()
    assert _lines(watching, "model_explanations_pending") == ["model_explanations_pending 1.0"]
    later = time() + 2 * merging.FRESH_SECONDS
    monkeypatch.setattr(merging, "time", lambda: later)
    assert _lines(watching, "model_explanations_pending") == []
    watching.shutdown()


def test_what_a_frozen_process_observed_last_grows_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An age of a process that lives and says nothing grows on, until the process ends."""
    watching, frozen = _process(tmp_path, "watching"), _process(tmp_path, "frozen")
    watching.signals.gauge("model_check_age", lambda: iter((Observation(1.0),)))
    frozen.signals.gauge("model_check_age", lambda: iter((Observation(200.0),)))
    _look([watching, frozen])
    later = time() + 300
    monkeypatch.setattr(merging, "time", lambda: later)
    (line,) = _lines(watching, "model_check_age_seconds")
    assert float(line.rpartition(" ")[2]) == pytest.approx(500, abs=5)
    frozen.shutdown()
    (line,) = _lines(watching, "model_check_age_seconds")
    assert float(line.rpartition(" ")[2]) == pytest.approx(301, abs=5)
    watching.shutdown()


def test_an_age_that_is_observed_no_more_is_void(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process no longer tells, while it tells other things, does not grow old."""
    telemetry = _process(tmp_path, "worker")
    ages = [Observation(1.0)]
    telemetry.signals.gauge("model_check_age", lambda: iter(ages))
    telemetry.signals.gauge("dex_age", lambda: iter((Observation(2.0),)))
    _look([telemetry])
    ages.clear()
    later = time() + 2 * merging.FRESH_SECONDS
    for module in (ledger, merging):
        monkeypatch.setattr(module, "time", lambda: later)
    _look([telemetry])
    assert _lines(telemetry, "dex_age_seconds") == ["dex_age_seconds 2.0"]
    assert _lines(telemetry, "model_check_age_seconds") == []
    telemetry.shutdown()


def test_one_process_exports_for_all(tmp_path: Path) -> None:
    """The export holds everybody's numbers once, and each exemplar once."""
    exporter = KeptExports()
    parent, worker = _process(tmp_path, "parent", exporter), _process(tmp_path, "worker")
    duration = worker.signals.histogram("api_request_duration")
    with worker.tracer("test").start_as_current_span("request") as span:
        duration.record(0.3)
    worker.shutdown()
    parent.shutdown()
    (point,) = exporter.metric("api_request_duration").data.data_points
    assert (point.count, point.sum) == (1, 0.3)
    assert [one.trace_id for one in point.exemplars] == [span.get_span_context().trace_id]


def test_no_count_is_lost_between_threads(tmp_path: Path) -> None:
    """Threads that add to one number at once all count, and readers never see it shrink."""
    telemetry = _process(tmp_path, "worker")
    counter = telemetry.signals.counter("capture_rows")
    seen: list[float] = []

    def add() -> None:
        for _ in range(2000):
            counter.add(1)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen += [float(line.rpartition(" ")[2]) for line in _lines(telemetry, "capture_rows_total")]
    assert seen == sorted(seen)
    assert _lines(telemetry, "capture_rows_total") == ["capture_rows_total 8000.0"]
    telemetry.shutdown()


def _look(processes: list[Telemetry]) -> None:
    """Have what is observed written down now, rather than within a second."""
    for telemetry in processes:
        telemetry.meter_provider.force_flush()  # type: ignore[attr-defined]  # the SDK's
