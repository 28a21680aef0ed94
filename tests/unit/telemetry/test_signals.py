"""The schema file and the instruments are the same thing."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from telemetry.instruments import (
    AccessInstruments,
    ArchiveInstruments,
    BatchingInstruments,
    CaptureInstruments,
    DatabaseInstruments,
    DriftInstruments,
    EtlInstruments,
    EventLoopInstruments,
    ExportCounts,
    FeedbackInstruments,
    HttpInstruments,
    LifecycleInstruments,
    ModelInstruments,
    QuestionInstruments,
    RegistryInstruments,
    ReportedDrift,
    ShadowInstruments,
    StreamInstruments,
    WorkerInstruments,
)
from telemetry.process import observe_process
from telemetry.signals import OTHER, Kind, schema

if TYPE_CHECKING:
    from telemetry.in_memory import InMemoryTelemetry

PROMISED = {
    "api_requests_total": {"endpoint", "method", "status"},
    "api_errors_total": {"endpoint", "method", "status"},
    "api_request_duration_seconds": {"endpoint", "method", "status"},
    "model_predictions_total": {"model_version"},
    "model_prediction_duration_seconds": {"model_version"},
    "model_confidence_score": {"model_version"},
    "model_win_probability": {"model_version"},
}
"""Names and labels that dashboards, alerts and people's queries rely on."""

DRIFT = ReportedDrift(
    verdict="drifted",
    reasons=frozenset({"features"}),
    feature_psi={"a_hp": 0.3},
    drifted_features=1,
    prediction_psi=0.01,
    concept_z={"wins": -1.5, "brier": 0.2},
    unseen_form_share=0.0,
    broken_features=0,
    rows=2_000,
    volume_ratio=1.1,
    made_at=datetime.now(UTC).timestamp(),
)

_SHOWN_AS = {
    Kind.COUNTER: "counter",
    Kind.GAUGE: "gauge",
    Kind.UPDOWN: "gauge",
    Kind.HISTOGRAM: "histogram",
}


async def _use_everything(memory: InMemoryTelemetry) -> None:
    signals = memory.telemetry.signals
    batching = BatchingInstruments.create(signals)
    batching.scored(3, 0.001)
    batching.watch_waiting(lambda: 2)
    drift = DriftInstruments.create(signals)
    drift.reference_scored([0.2, 0.7])
    drift.reported(DRIFT)
    QuestionInstruments.create(signals)
    AccessInstruments.create(signals).watch_connections(lambda: 1)
    FeedbackInstruments.create(signals).judged("v2", 0.7, "draw")
    shadow = ShadowInstruments.create(signals)
    shadow.compared("v3", 0.001, [0.1], 1)
    shadow.skipped("load", 1)
    shadow.failed("v3", 1)
    LifecycleInstruments.create(signals).read({("gate", "passed"): 1}, "watching")
    ExportCounts().observe_by(signals)
    observe_process(signals)
    with RegistryInstruments.create(signals).operation("fetch"):
        pass
    WorkerInstruments.create(signals).watch(lambda: 2)
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await EventLoopInstruments.create(signals).watch(pause=0.001)
    http = HttpInstruments.create(memory.telemetry.signals)
    http.began("GET", "http")
    http.finished("/docs", "GET", 500, 0.01, route="/docs", error="500")
    model = ModelInstruments.create(signals)
    model.model_loaded("v2", 0.1, trained_at=datetime.now(UTC))
    model.predicted("v2", 0.001, 0.7)
    model.explained("v2", 0.1)
    model.watch_explanations(lambda: 1)
    capture = CaptureInstruments.create(signals)
    capture.watch_pending(lambda: 3)
    capture.watch_oldest(lambda: 1.5)
    capture.file_written(0.01)
    ArchiveInstruments.create(signals).stored(1_000, 10_000)
    stream = StreamInstruments.create(signals)
    stream.answered(True)  # noqa: FBT003  # what it is told stands in its name
    stream.looked_at(3, 2, 1.5)
    model.model_checked()
    database = DatabaseInstruments.create(signals)
    database.database_answered()
    database.operated("SELECT", 0.001, "PostgresError")
    database.server_looked_at(connections=3, size=8_000_000)
    database.watch_pool(lambda: (1, 1, 4))
    database.dex_compared()
    etl = EtlInstruments.create(signals)
    etl.rule_checked("moves", "power_is_known", 0)
    etl.rows_loaded("moves", 223)
    etl.succeeded(1.5)


async def test_every_signal_of_the_schema_is_created(memory: InMemoryTelemetry) -> None:
    """No signal is declared that no class of instruments makes."""
    await _use_everything(memory)
    declared = {*schema().signals, *schema().conventions}
    assert memory.telemetry.signals.created == declared


async def test_the_rendered_families_are_those_of_the_schema(memory: InMemoryTelemetry) -> None:
    """Names, types, help lines and labels on /metrics are the schema's, and there is no more."""
    await _use_everything(memory)
    body = memory.telemetry.render_metrics()[0].decode()
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", body, re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", body, re.MULTILINE))
    everything = {**schema().signals, **schema().conventions}
    families = {schema().prometheus_name(name): signal for name, signal in everything.items()}
    assert types == {name: _SHOWN_AS[signal.kind] for name, signal in families.items()}
    assert helps == {name: signal.meaning for name, signal in families.items()}
    for name in everything:
        family = schema().prometheus_name(name)
        sample = re.search(rf"^{family}(?:_sum)?(?:\{{(.*)\}})? ", body, re.MULTILINE)
        assert sample is not None, name
        labels = re.findall(r'(\w+)="', sample.group(1) or "")
        assert labels == sorted(schema().labels(name)), name


def test_the_promised_names_are_in_the_schema() -> None:
    """The signals that users rely on have exactly the promised names and labels."""
    declared = {
        schema().prometheus_name(name): set(signal.attributes)
        for name, signal in schema().signals.items()
    }
    assert PROMISED.items() <= declared.items()


def test_the_schema_uses_what_it_declares() -> None:
    """Attributes and bucket bounds are declared once and every one of them is used."""
    signals = schema().signals.values()
    conventions = schema().conventions.values()
    assert {name for signal in signals for name in signal.attributes} == set(schema().attributes)
    assert {signal.buckets for signal in signals if signal.buckets} == set(schema().buckets)
    for signal in (*signals, *conventions):
        assert bool(signal.buckets) == (signal.kind is Kind.HISTOGRAM)
        assert (signal.across_workers is not None) == (signal.kind is Kind.GAUGE)


def test_latency_buckets_meet_the_alerts() -> None:
    """The bounds of the latency alerts are bucket bounds, and fast answers are told apart."""
    bounds = schema().buckets["latency"]
    assert {0.1, 0.5} <= set(bounds)
    assert sum(bound <= 0.001 for bound in bounds) >= 4


def test_no_unit_turns_into_a_ratio_suffix() -> None:
    """No signal has the unit "1", which Prometheus would show as a suffix."""
    assert {signal.unit for signal in schema().signals.values()} <= {"", "s", "By"}


def test_an_undeclared_instrument_cannot_be_made(memory: InMemoryTelemetry) -> None:
    """A name that the schema lacks, or has as another kind, is refused."""
    with pytest.raises(KeyError):
        memory.telemetry.signals.counter("api_surprises")
    with pytest.raises(TypeError, match="is a counter"):
        memory.telemetry.signals.histogram("api_requests")


def test_a_value_outside_of_the_schema_opens_no_series(memory: InMemoryTelemetry) -> None:
    """Whatever a caller passes for a bounded attribute, the number of series stays bounded."""
    labels = memory.telemetry.signals.labels("capture_drops")
    assert labels("invalid") == {"reason": "invalid"}
    assert {labels(f"made up {number}")["reason"] for number in range(50)} == {OTHER}
