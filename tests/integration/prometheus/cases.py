"""Each alert's fault, and what looks much like it and must wake nobody.

Series are in promtool's notation, a sample each step: ``0+6x10`` begins at 0 and rises by 6 ten
times.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Case(NamedTuple):
    """When to look, and the series that make the alert fire, or not."""

    at: str
    fault: dict[str, str]
    near_miss: dict[str, str]
    step: str = "1m"
    """Between samples and evaluations; days of minutes take long."""


def _requests(ok: str, failed: str, endpoint: str = "/predict/best-move") -> dict[str, str]:
    labels = f'endpoint="{endpoint}",method="POST"'
    return {
        f'api_requests_total{{{labels},status="200"}}': ok,
        f'api_requests_total{{{labels},status="500"}}': failed,
        f'api_errors_total{{{labels},status="200"}}': "0x10000",
        f'api_errors_total{{{labels},status="500"}}': failed,
    }


def _latency(name: str, fast: str, every: str, *, bound: str, labels: str = "") -> dict[str, str]:
    return {
        f'{name}_bucket{{{labels}le="{bound}"}}': fast,
        f'{name}_bucket{{{labels}le="10"}}': every,
        f'{name}_bucket{{{labels}le="+Inf"}}': every,
        f"{name}_count{{{labels.rstrip(',')}}}": every,
    }


_BEST_MOVE: Final = 'endpoint="/predict/best-move",method="POST",status="200",'
_REFUSED: Final = 'endpoint="/predict/best-move",method="POST",status="400",'
_DURATION: Final = "api_request_duration_seconds"
_MODEL: Final = 'model_version="v2",'
_UP: Final = 'up{job="api",instance="api:8000"}'
_UP_TOO: Final = 'up{job="api",instance="api:8001"}'
_QUEUE: Final = '{exporter="otlp_http/tempo",data_type="traces"}'
_WAY_BACK: Final = '{exporter="prometheus_remote_write"}'


def _probabilities(shares: list[int]) -> dict[str, str]:
    """Give win probabilities, ``shares[i]`` a minute in bucket ``i``, and an even reference."""
    bounds = ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]
    series: dict[str, str] = {}
    total = 0
    for bound, share in zip(bounds, shares, strict=True):
        total += share
        series[f'model_win_probability_bucket{{{_MODEL}le="{bound}"}}'] = f"0+{total}x100"
        series[f'reference_win_probability_share{{bound="{bound}"}}'] = "0.1x100"
    series[f'model_win_probability_bucket{{{_MODEL}le="+Inf"}}'] = f"0+{total}x100"
    series['model_win_probability_count{model_version="v2"}'] = f"0+{total}x100"
    return series


CASES: Final[dict[str, Case]] = {
    # The guide's eight.
    "HighAPILatency": Case(
        "12m",
        _latency("api_request_duration_seconds", "0+90x20", "0+100x20", bound="0.5"),
        _latency("api_request_duration_seconds", "0+96x20", "0+100x20", bound="0.5"),
    ),
    "HighErrorRate": Case("12m", _requests("0+94x20", "0+6x20"), _requests("0+96x20", "0+4x20")),
    # The service still sends metrics, but does not answer.
    "APIDown": Case(
        "6m",
        {_UP: "1x3 0x10", **_requests("0+10x20", "0x20")},
        {_UP: "1 1 1 1 1 0 1 1 1 1 1", **_requests("0+10x20", "0x20")},
    ),
    "HighModelLatency": Case(
        "12m",
        _latency("model_prediction_duration_seconds", "0+9x20", "0+10x20", bound="0.1"),
        _latency("model_prediction_duration_seconds", "0+98x20", "0+100x20", bound="0.1"),
    ),
    # One low answer, and then nothing: the gauge is gone after a minute.
    "LowModelConfidence": Case(
        "13m",
        {'model_confidence_score{model_version="v2"}': "0.55x20"},
        {'model_confidence_score{model_version="v2"}': "0.51 0.51 _x20"},
    ),
    "HighCPUUsage": Case(
        "12m",
        {'node_cpu_seconds_total{mode="idle",cpu="0",instance="n"}': "0+10x20"},
        {'node_cpu_seconds_total{mode="idle",cpu="0",instance="n"}': "0+13x20"},
    ),
    "HighMemoryUsage": Case(
        "12m",
        {"node_memory_MemAvailable_bytes": "14x20", "node_memory_MemTotal_bytes": "100x20"},
        {"node_memory_MemAvailable_bytes": "16x20", "node_memory_MemTotal_bytes": "100x20"},
    ),
    "LowMemoryAvailable": Case(
        "5m",
        {"node_memory_MemAvailable_bytes": "500000000x20"},
        {"node_memory_MemAvailable_bytes": "600000000x20"},
    ),
    # Silence.
    "Watchdog": Case("1m", {}, {}),
    "NoTelemetry": Case(
        "14m",
        {_UP: "1x20", 'api_requests_total{endpoint="/metrics"}': "5x20"},
        {_UP: "1x20", 'api_requests_total{endpoint="/metrics"}': "0+4x20"},
    ),
    "NoPredictions": Case(
        "120m",
        {'model_predictions_total{model_version="v2"}': "0+10x60 600x100"},
        {'model_predictions_total{model_version="v2"}': "0+1x60 60x100"},
    ),
    "CollectorDown": Case(
        "6m", {'up{job="otel-collector"}': "1x2 0x10"}, {'up{job="otel-collector"}': "1 0 1x10"}
    ),
    "TargetDown": Case(
        "8m", {'up{job="node-exporter"}': "1 0x10"}, {'up{job="node-exporter"}': "1 0x3 1x10"}
    ),
    "AllTargetsDown": Case(
        "6m",
        {_UP: "1x3 0x10", _UP_TOO: "0x13", 'up{job="otel-collector"}': "1x13"},
        {_UP: "0x13", _UP_TOO: "1x13", 'up{job="otel-collector"}': "1x13"},
    ),
    "CaptureBehind": Case(
        "12m",
        {"capture_oldest_row_age_seconds": "1000x20"},
        {"capture_oldest_row_age_seconds": "310x20"},
    ),
    "CaptureStopped": Case(
        "50m",
        {"model_predictions_total": "0+30x60", "capture_rows_total": "100x60"},
        {"model_predictions_total": "0+30x60", "capture_rows_total": "0+30x60"},
    ),
    "StreamBehind": Case(
        "25m",
        {"capture_stream_rows_total": "0+30x30"},
        {
            "capture_stream_rows_total": "0+30x30",
            "capture_stream_oldest_row_age_seconds": "310x30",
        },
    ),
    # The service.
    "NoModel": Case("6m", {_UP: "1x10"}, {_UP: "1x10", 'model_info{model_version="v2"}': "1x10"}),
    "ModelLoadFailed": Case(
        "5m", {"model_load_failures_total": "0 0 1x10"}, {"model_load_failures_total": "1x20"}
    ),
    "ModelRolledBack": Case(
        "20m",
        {'lifecycle_steps{step="rollback",outcome="done"}': "1x15 2x10"},
        {'lifecycle_steps{step="rollback",outcome="done"}': "1x30"},
    ),
    "RetrainingFailed": Case(
        "70m",
        {
            'lifecycle_steps{step="end",outcome="failed"}': "1x90",
            'lifecycle_steps{step="watch",outcome="failed"}': "0x62 1x20",
        },
        {
            'lifecycle_steps{step="end",outcome="failed"}': "1x90",
            'lifecycle_steps{step="watch",outcome="failed"}': "0x90",
        },
    ),
    "ShadowFailing": Case(
        "12m",
        {'shadow_failures_total{model_version="v2"}': "0+5x20"},
        {'shadow_failures_total{model_version="v2"}': "0 3x20"},
    ),
    "ModelCheckStale": Case(
        "10m", {"model_check_age_seconds": "400x20"}, {"model_check_age_seconds": "6x20"}
    ),
    "PredictionsRefused": Case(
        "12m",
        {'model_refusals_total{reason="queue_full"}': "0+5x20"},
        {'model_refusals_total{reason="queue_full"}': "0 3x20"},
    ),
    "RequestsRefused": Case(
        "16m",
        {'api_refusals_total{reason="rate_limited"}': "0+120x20"},
        {'api_refusals_total{reason="missing_key"}': "0+30x20"},
    ),
    "ConnectionsEnded": Case(
        "16m",
        {'api_connections_ended_total{reason="slow_head"}': "0+120x20"},
        {'api_connections_ended_total{reason="slow_head"}': "0+30x20"},
    ),
    "ModelQueueSlow": Case(
        "20m",
        _latency("model_queue_duration_seconds", "0+90x30", "0+100x30", bound="0.05"),
        _latency("model_queue_duration_seconds", "0+99x30", "0+100x30", bound="0.05"),
    ),
    "ExplanationsRefused": Case(
        "16m",
        {"model_explanations_refused_total": "0+1x30"},
        {"model_explanations_refused_total": "0 2x30"},
    ),
    "RegistryFailing": Case(
        "5m",
        {'registry_operations_total{operation="fetch",outcome="failed"}': "_ 1x10"},
        {'registry_operations_total{operation="fetch",outcome="succeeded"}': "_ 1x10"},
    ),
    "CaptureDrops": Case(
        "5m",
        {'capture_drops_total{reason="buffer_full"}': "0 0 5x10"},
        {'capture_drops_total{reason="buffer_full"}': "5x20"},
    ),
    "CaptureUnprotected": Case(
        "5m",
        {"capture_unprotected_rows_total": "0 0 5x10"},
        {"capture_unprotected_rows_total": "5x20"},
    ),
    # Damage that a start has found before it told anything; a kill that cut its last record off,
    # beside damage that is hours old.
    "CaptureSetAside": Case(
        "20m",
        {'capture_set_aside_total{damage="corrupt",instance="new"}': "_x9 2x20"},
        {
            'capture_set_aside_total{damage="torn",instance="new"}': "_x9 1x20",
            'capture_set_aside_total{damage="corrupt",instance="new"}': "_x9 0x20",
        },
    ),
    "CaptureWriterRestarts": Case(
        "8m",
        {"capture_writer_restarts_total": "0 1 2 3 4x20"},
        {"capture_writer_restarts_total": "0 1x20"},
    ),
    # The first look of a worker; removals of hours ago, and of what was too old.
    "CaptureRemovedForSize": Case(
        "90m",
        {'capture_removed_files_total{reason="size"}': "_x79 3x20"},
        {
            'capture_removed_files_total{reason="size"}': "3x100",
            'capture_removed_files_total{reason="age"}': "0+1x100",
        },
    ),
    "CaptureArchiveFilling": Case(
        "20m",
        {"capture_stored_bytes": "95x30", "capture_stored_limit_bytes": "100x30"},
        {"capture_stored_bytes": "89x30", "capture_stored_limit_bytes": "100x30"},
    ),
    "StreamAway": Case(
        "5m",
        {'capture_stream_up{instance="a"}': "1x10", 'capture_stream_up{instance="b"}': "0x10"},
        {'capture_stream_up{instance="a"}': "1x10", 'capture_stream_up{instance="b"}': "1 0 1x10"},
    ),
    "DeadLetters": Case(
        "5m",
        {'capture_stream_dead_letters_total{reason="foreign"}': "0 0 5x10"},
        {'capture_stream_dead_letters_total{reason="foreign"}': "5x20"},
    ),
    "PredictionDrift": Case(
        "80m",
        _probabilities([1, 1, 1, 1, 1, 1, 1, 1, 1, 30]),
        _probabilities([3, 3, 3, 3, 3, 3, 3, 3, 3, 4]),
    ),
    # What has moved fires under its own name, and a shorter excursion under none.
    "DataDrift": Case(
        "12m",
        {'drift_reason{reason="features"}': "0 1x20", 'drift_reason{reason="concept"}': "0x20"},
        {'drift_reason{reason="features"}': "0 1x3 0x20", 'drift_reason{reason="concept"}': "1x20"},
    ),
    "ConceptDrift": Case(
        "12m",
        {'drift_reason{reason="concept"}': "0 1x20"},
        {'drift_reason{reason="concept"}': "0x20", 'drift_reason{reason="features"}': "1x20"},
    ),
    "ProductionDataBroken": Case(
        "12m",
        {'drift_reason{reason="quality"}': "0 1x20"},
        {'drift_reason{reason="quality"}': "0x20", 'drift_reason{reason="forms"}': "1x20"},
    ),
    # Workers that hold an older report do not make it stale.
    "DriftReportStale": Case(
        "12m",
        {"drift_report_age_seconds": "1000+60x20"},
        {
            'drift_report_age_seconds{instance="a"}': "1000+60x20",
            'drift_report_age_seconds{instance="b"}': "30x20",
        },
    ),
    "VolumeUnusual": Case(
        "25m", {"drift_volume_ratio": "0.05x30"}, {"drift_volume_ratio": "0.2x30"}
    ),
    "UnlearnableMoves": Case(
        "130m",
        {
            'question_findings_total{finding="unlearnable_move"}': "0+20x200",
            "model_predictions_total": "0+10x200",
        },
        {
            'question_findings_total{finding="unlearnable_move"}': "0+5x200",
            "model_predictions_total": "0+10x200",
        },
    ),
    "DataQualityFailed": Case(
        "5m",
        {'data_quality_failures_total{table="moves",rule="power"}': "_ 3x10"},
        {'data_quality_failures_total{table="moves",rule="power"}': "_ 0x10"},
    ),
    "EtlFailed": Case(
        "5m",
        {'etl_runs_total{outcome="failed"}': "_ 1x10"},
        {'etl_runs_total{outcome="succeeded"}': "_ 1x10"},
    ),
    "DexStale": Case("12m", {"dex_age_seconds": "1000x20"}, {"dex_age_seconds": "5x20"}),
    "DatabaseDown": Case("8m", {"database_up": "1 0x20"}, {"database_up": "1 0x2 1x20"}),
    "EventLoopBlocked": Case(
        "12m",
        _latency("event_loop_delay_seconds", "0+90x20", "0+100x20", bound="0.25"),
        _latency("event_loop_delay_seconds", "0+100x20", "0+100x20", bound="0.25"),
    ),
    "WorkersRestart": Case(
        "8m",
        {"service_worker_restarts_total": "0 1 2 3 4x20"},
        {"service_worker_restarts_total": "0 1x20"},
    ),
    "TelemetryLost": Case(
        "12m",
        {'telemetry_lost_total{signal="traces",reason="queue_full"}': "0+9x20"},
        # Metrics are superseded by the next export.
        {'telemetry_lost_total{signal="metrics",reason="export_failed"}': "0+9x20"},
    ),
    "TelemetryExportFailing": Case(
        "18m",
        {'telemetry_exports_total{signal="traces",outcome="failed"}': "0+1x30"},
        {'telemetry_exports_total{signal="traces",outcome="failed"}': "0 1x30"},
    ),
    # The collector.
    "CollectorRefuses": Case(
        "12m",
        {
            'otelcol_receiver_refused_spans{receiver="otlp"}': "0+9x20",
            'otelcol_receiver_refused_log_records{receiver="otlp"}': "0x20",
        },
        {
            'otelcol_receiver_refused_spans{receiver="otlp"}': "0x20",
            'otelcol_receiver_refused_metric_points{receiver="otlp/queued"}': "0+9x20",
        },
    ),
    "CollectorQueueFilling": Case(
        "8m",
        {
            f"otelcol_exporter_queue_size{_QUEUE}": "6x20",
            f"otelcol_exporter_queue_capacity{_QUEUE}": "10x20",
        },
        {
            f"otelcol_exporter_queue_size{_QUEUE}": "4x20",
            f"otelcol_exporter_queue_capacity{_QUEUE}": "10x20",
        },
    ),
    "CollectorBackendAway": Case(
        "15m",
        {f"otelcol_exporter_queue_size{_QUEUE}": "0+4x20"},
        {f"otelcol_exporter_queue_size{_QUEUE}": "0 50 0 50 0 50 0 50 0 50 0 50 0 50"},
    ),
    "CollectorDrops": Case(
        "5m",
        {
            'otelcol_exporter_send_failed_spans{exporter="otlp_http/tempo"}': "_ _ 7x10",
            'otelcol_exporter_enqueue_failed_spans{exporter="otlp_http/tempo"}': "0x20",
        },
        {
            'otelcol_exporter_sent_spans{exporter="otlp_http/tempo"}': "0 0 7x10",
            f"otelcol_exporter_send_failed_metric_points{_WAY_BACK}": "0+9x20",
        },
    ),
    "TracesDroppedEarly": Case(
        "5m",
        {"otelcol_processor_tail_sampling_sampling_trace_dropped_too_early": "0 0 7x10"},
        {"otelcol_processor_tail_sampling_sampling_trace_dropped_too_early": "0x20"},
    ),
    # Much garbage is none.
    "CollectorMemoryHigh": Case(
        "20m",
        {"otelcol_process_runtime_heap_alloc_bytes": "320000000x30"},
        {
            "otelcol_process_runtime_heap_alloc_bytes": " ".join(["380000000 200000000"] * 15),
            "otelcol_process_memory_rss": "500000000x30",
        },
    ),
    # Who watches.
    "RuleFailing": Case(
        "5m",
        {'prometheus_rule_evaluation_failures_total{rule_group="API"}': "0 0 2x10"},
        {'prometheus_rule_evaluation_failures_total{rule_group="API"}': "0x20"},
    ),
    "AlertmanagerAway": Case(
        "8m",
        {"prometheus_notifications_alertmanagers_discovered": "0x20"},
        {
            "prometheus_notifications_alertmanagers_discovered": "1x20",
            "prometheus_notifications_errors_total": "0x20",
        },
    ),
    "NotificationsFailing": Case(
        "24m",
        {'alertmanager_notifications_failed_total{integration="slack"}': "0+1x40"},
        {'alertmanager_notifications_failed_total{integration="slack"}': "0 1x40"},
    ),
    # Objectives: the near miss of each is a single failure in little traffic, or a slower burn.
    "PredictionAvailabilityBurnsFast": Case(
        "70m", _requests("0+98x100", "0+2x100"), _requests("0+1x60 60x40", "0x60 1x40")
    ),
    "PredictionAvailabilityBurns": Case(
        "400m", _requests("0+992x500", "0+8x500"), _requests("0+996x500", "0+4x500")
    ),
    "PredictionAvailabilityBurnsSlowly": Case(
        "4400m",
        _requests("0+9980x500", "0+20x500"),
        _requests("0+9995x500", "0+5x500"),
        "10m",
    ),
    "PredictionLatencyBurnsFast": Case(
        "70m",
        _latency(
            "api_request_duration_seconds", "0+80x100", "0+100x100", bound="0.1", labels=_BEST_MOVE
        ),
        _latency(
            "api_request_duration_seconds", "0+99x100", "0+100x100", bound="0.1", labels=_BEST_MOVE
        ),
    ),
    "PredictionLatencyBurns": Case(
        "400m",
        _latency(
            "api_request_duration_seconds", "0+93x500", "0+100x500", bound="0.1", labels=_BEST_MOVE
        ),
        _latency(
            "api_request_duration_seconds", "0+96x500", "0+100x500", bound="0.1", labels=_BEST_MOVE
        ),
    ),
    "PredictionLatencyBurnsSlowly": Case(
        "4400m",
        _latency(
            "api_request_duration_seconds",
            "0+980x500",
            "0+1000x500",
            bound="0.1",
            labels=_BEST_MOVE,
        ),
        _latency(
            "api_request_duration_seconds",
            "0+995x500",
            "0+1000x500",
            bound="0.1",
            labels=_BEST_MOVE,
        ),
        "10m",
    ),
}

MORE: Final[list[tuple[str, Case]]] = [
    # One replica of two; one that hangs, which APIDown tells.
    (
        "NoTelemetry",
        Case(
            "14m",
            {
                _UP: "1x20",
                _UP_TOO: "1x20",
                'api_requests_total{instance="a",endpoint="/metrics"}': "0+4x20",
                'api_requests_total{instance="b",endpoint="/metrics"}': "5x20",
            },
            {
                _UP: "1x20",
                _UP_TOO: "0x20",
                'api_requests_total{instance="a",endpoint="/metrics"}': "0+4x20",
                'api_requests_total{instance="b",endpoint="/metrics"}': "5x20",
            },
        ),
    ),
    # A question that is even odds, every five minutes.
    (
        "LowModelConfidence",
        Case(
            "13m",
            {'model_confidence_score{model_version="v2"}': "0.51x20"},
            {'model_confidence_score{model_version="v2"}': "0.51 _x4 0.51 _x4 0.51 _x4 0.51"},
        ),
    ),
    # A process that ends while for a moment nothing answers it.
    (
        "StreamAway",
        Case(
            "4m",
            {
                'capture_stream_up{instance="a"}': "1x40",
                'capture_stream_up{instance="b"}': "1x4 0x40",
            },
            {
                'capture_stream_up{instance="a"}': "1x40",
                'capture_stream_up{instance="b"}': "1x4 0x1",
            },
            "15s",
        ),
    ),
    (
        "DatabaseDown",
        Case(
            "390s",
            {'database_up{instance="a"}': "1x40", 'database_up{instance="b"}': "1x4 0x40"},
            {'database_up{instance="a"}': "1x40", 'database_up{instance="b"}': "1x4 0x4"},
            "15s",
        ),
    ),
    # Nothing new since before Prometheus was away; a collector that was restarted.
    (
        "CollectorDrops",
        Case(
            "70m",
            {'otelcol_exporter_send_failed_spans{exporter="otlp_http/tempo"}': "7x30 _x30 5x20"},
            {'otelcol_exporter_send_failed_spans{exporter="otlp_http/tempo"}': "7x30 _x30 7x20"},
        ),
    ),
    (
        "CaptureSetAside",
        Case(
            "130m",
            {'capture_set_aside_total{damage="corrupt"}': "2x50 _x40 3x60"},
            {'capture_set_aside_total{damage="corrupt"}': "2x50 _x40 2x60"},
        ),
    ),
    (
        "CaptureRemovedForSize",
        Case(
            "130m",
            {'capture_removed_files_total{reason="size"}': "3x50 _x40 4x60"},
            {'capture_removed_files_total{reason="size"}': "3x50 _x40 3x60"},
        ),
    ),
    # A process of the same name that begins anew, with a loss and without.
    (
        "CaptureSetAside",
        Case(
            "130m",
            {'capture_set_aside_total{damage="corrupt"}': "2x50 _x40 1x60"},
            {'capture_set_aside_total{damage="corrupt"}': "2x50 _x40 0x60"},
        ),
    ),
    (
        "CaptureRemovedForSize",
        Case(
            "130m",
            {'capture_removed_files_total{reason="size"}': "3x50 _x40 2x60"},
            {'capture_removed_files_total{reason="size"}': "3x50 _x40 0x60"},
        ),
    ),
    # Clients that send half a question; answers that are slow beside fast refusals.
    (
        "PredictionLatencyBurnsFast",
        Case(
            "70m",
            {
                **_latency(_DURATION, "0+80x100", "0+100x100", bound="0.1", labels=_BEST_MOVE),
                **_latency(_DURATION, "0+900x100", "0+900x100", bound="0.1", labels=_REFUSED),
            },
            {
                **_latency(_DURATION, "0+100x100", "0+100x100", bound="0.1", labels=_BEST_MOVE),
                **_latency(_DURATION, "0x100", "0+30x100", bound="0.1", labels=_REFUSED),
            },
        ),
    ),
]
"""Further faults and near misses of some."""
