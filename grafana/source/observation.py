"""What the observation itself stands on: rows of the infrastructure page."""

from __future__ import annotations

from typing import Final

from grafana.source.charts import lines
from grafana.source.colours import BAD, outcomes
from grafana.source.dashboard import Row
from grafana.source.panel import Query
from grafana.source.promql import AUTOMATIC, SERVICE, rate, series

_COLLECTOR: Final = 'job="otel-collector"'
# What comes from senders: points come in once more, from the queue on the disk.
_SENDERS: Final = f'{_COLLECTOR},receiver="otlp"'
_PROMETHEUS: Final = 'job="prometheus"'
_ALERTMANAGER: Final = 'job="alertmanager"'


def _flow(verb: str, chosen: str) -> tuple[Query, ...]:
    signals = {"spans": "spans", "metric_points": "points", "log_records": "log records"}
    return tuple(
        Query(rate(f"otelcol_{verb}_{signal}", chosen), name) for signal, name in signals.items()
    )


TELEMETRY: Final = Row(
    "Collector and telemetry",
    (
        lines(
            "Received by the collector",
            "Spans, points and log records per second that the collector took.",
            "ops",
            *_flow("receiver_accepted", _SENDERS),
            width=8,
        ),
        lines(
            "Passed on by the collector",
            "Spans, points and log records per second that reached Tempo, Prometheus and Loki. "
            "Fewer spans than received is the sampling; points count twice, since they pass "
            "through a queue on the disk.",
            "ops",
            *_flow("exporter_sent", _COLLECTOR),
            width=8,
        ),
        lines(
            "Refused by the collector",
            "What the collector would not take, per second: it is over its memory limit. Dropped "
            "is what it had taken and gave up, by where that should have gone.",
            "ops",
            *_flow("receiver_refused", _SENDERS),
            Query(
                f"sum by (exporter) (rate(collector:dropped_items:total[{AUTOMATIC}]))",
                "dropped, {{exporter}}",
            ),
            width=8,
        ),
        lines(
            "Queues of the collector",
            "Batches that wait on the disk, by where they go. A rise means that the place does "
            "not take them; at the limit the collector begins to lose.",
            "short",
            Query(
                f"max by (exporter) ({series('otelcol_exporter_queue_size', _COLLECTOR)})",
                "{{exporter}}",
            ),
            Query(f"max({series('otelcol_exporter_queue_capacity', _COLLECTOR)})", "limit"),
            width=8,
        ),
        lines(
            "Tail sampling",
            "Traces per second that were decided on. Kept are the failed, the slow and the share "
            "that the service marked. Dropped are those that nobody had room for until then.",
            "ops",
            Query(
                rate(
                    "otelcol_processor_tail_sampling_global_count_traces_sampled",
                    _COLLECTOR,
                    by="decision",
                ),
                "{{decision}}",
            ),
            Query(
                rate(
                    "otelcol_processor_tail_sampling_sampling_trace_dropped_too_early", _COLLECTOR
                ),
                "dropped undecided",
            ),
            width=8,
        ),
        lines(
            "Memory of the collector",
            "Memory that the collector holds. It refuses beyond 384 MiB of heap, after garbage was "
            "collected.",
            "bytes",
            Query(f"max({series('otelcol_process_memory_rss', _COLLECTOR)})", "resident"),
            Query(f"max({series('otelcol_process_runtime_heap_alloc_bytes', _COLLECTOR)})", "heap"),
            limits=((384 * 1024**2, BAD),),
            width=8,
        ),
        lines(
            "Telemetry lost",
            "Spans, points and log records per second that never reached the collector. Lost "
            "points are superseded by the next export.",
            "ops",
            Query(
                rate("telemetry_lost_total", SERVICE, by="signal, reason"), "{{signal}} {{reason}}"
            ),
        ),
        lines(
            "Exports of the service",
            "Batches of telemetry per second that the service handed over or failed to.",
            "ops",
            Query(
                rate("telemetry_exports_total", SERVICE, by="signal, outcome"),
                "{{signal}} {{outcome}}",
            ),
            overrides=outcomes(),
        ),
    ),
)

WATCHERS: Final = Row(
    "Prometheus and Alertmanager",
    (
        lines(
            "Targets up",
            "1 while Prometheus reaches a part, 0 while it does not.",
            "short",
            Query("min by (job) (up)", "{{job}}"),
            most=1,
            width=8,
        ),
        lines(
            "Samples taken in",
            "Samples per second, scraped and written by the collector together.",
            "ops",
            Query(rate("prometheus_tsdb_head_samples_appended_total", _PROMETHEUS), "samples"),
            width=8,
        ),
        lines(
            "Series",
            "Series in memory. Labels that clients could choose would show here as a steady rise.",
            "short",
            Query(f"max({series('prometheus_tsdb_head_series', _PROMETHEUS)})", "series"),
            width=8,
        ),
        lines(
            "Rules",
            "Rules evaluated per second, those that failed and rounds that were left out.",
            "ops",
            Query(rate("prometheus_rule_evaluations_total", _PROMETHEUS), "evaluated"),
            Query(rate("prometheus_rule_evaluation_failures_total", _PROMETHEUS), "failed"),
            Query(rate("prometheus_rule_group_iterations_missed_total", _PROMETHEUS), "left out"),
            width=8,
        ),
        lines(
            "Exemplars",
            "Exemplars in memory: points of latency panels that lead to a trace.",
            "short",
            Query(
                f"max({series('prometheus_tsdb_exemplar_exemplars_in_storage', _PROMETHEUS)})",
                "exemplars",
            ),
            width=8,
        ),
        lines(
            "Notifications",
            "Messages per second that Alertmanager sent, by way, and those that failed: an alert "
            "that nobody saw. Not handed over is what Alertmanager did not take from Prometheus.",
            "ops",
            Query(
                rate("alertmanager_notifications_total", _ALERTMANAGER, by="integration") + " > 0",
                "{{integration}}",
            ),
            Query(rate("alertmanager_notifications_failed_total", _ALERTMANAGER), "failed"),
            Query(rate("prometheus_notifications_errors_total", _PROMETHEUS), "not handed over"),
            width=8,
        ),
    ),
)
