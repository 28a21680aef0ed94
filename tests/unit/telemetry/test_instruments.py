"""What each class of instruments makes of what it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from telemetry.instruments import (
    CaptureInstruments,
    DatabaseInstruments,
    EtlInstruments,
    HttpInstruments,
    ModelInstruments,
)
from telemetry.instruments.confidence import ConfidenceWindow

if TYPE_CHECKING:
    from telemetry.in_memory import InMemoryTelemetry


def test_errors_stand_at_zero_beside_requests(memory: InMemoryTelemetry) -> None:
    """Each request series has an error series with the same labels, 0 below status 500."""
    http = HttpInstruments.create(memory.telemetry.signals)
    http.finished("/docs", "GET", 200, 0.01)
    http.finished("/docs", "GET", 200, 0.01)
    http.finished("/predict/best-move", "POST", 503, 0.01)
    assert memory.values("api_requests") == {
        ("/docs", "GET", "200"): 2,
        ("/predict/best-move", "POST", "503"): 1,
    }
    assert memory.values("api_errors") == {
        ("/docs", "GET", "200"): 0,
        ("/predict/best-move", "POST", "503"): 1,
    }
    assert memory.values("api_request_duration") == memory.values("api_requests")


def test_what_is_expected_stands_at_zero(memory: InMemoryTelemetry) -> None:
    """Requests and errors go on from there in the same series; nothing has a duration yet."""
    http = HttpInstruments.create(memory.telemetry.signals)
    key = ("/predict/best-move", "POST", "503")
    http.expect("/predict/best-move", "POST", 503)
    assert memory.values("api_requests") == memory.values("api_errors") == {key: 0}
    assert memory.values("api_request_duration") == {}
    http.refused(*key[:2], 503, 4, route=key[0], error="503")
    http.finished(*key[:2], 503, 0.01, route=key[0], error="503")
    assert memory.values("api_requests") == memory.values("api_errors") == {key: 5}


def test_a_batch_counts_as_many_predictions_as_it_has_elements(memory: InMemoryTelemetry) -> None:
    """Counter, durations and win probabilities all count the elements."""
    model = ModelInstruments.create(memory.telemetry.signals)
    model.predicted_batch("v2", 0.01, [0.2, 0.6, 0.9])
    model.predicted("v2", 0.01, 0.5)
    for name in ("model_predictions", "model_prediction_duration", "model_win_probability"):
        assert memory.values(name) == {("v2",): 4}


def test_a_loaded_model_starts_its_predictions_at_zero(memory: InMemoryTelemetry) -> None:
    """The series of a version exists before its first prediction, so rate() misses none."""
    ModelInstruments.create(memory.telemetry.signals).model_loaded("v3", 0.2)
    assert memory.values("model_predictions") == {("v3",): 0}


def test_explanations_are_no_predictions(memory: InMemoryTelemetry) -> None:
    """They have a duration of their own, what is under way is asked for, refusals add up from 0."""
    model = ModelInstruments.create(memory.telemetry.signals)
    assert memory.values("model_explanations_refused") == {(): 0}
    assert memory.values("model_explanations_pending") == {}
    model.watch_explanations(lambda: 3)
    model.explained("v2", 0.05)
    model.explanation_refused()
    assert memory.values("model_explanation_duration") == {("v2",): 1}
    assert memory.values("model_explanations_refused") == {(): 1}
    assert memory.values("model_explanations_pending") == {(): 3}
    assert memory.values("model_predictions") == {}


def test_only_the_serving_model_is_described(memory: InMemoryTelemetry) -> None:
    """Info, age and load time are those of the last loaded version alone."""
    model = ModelInstruments.create(memory.telemetry.signals)
    assert memory.values("model_info") == {}
    model.model_loaded("v1", 0.1)
    assert memory.values("model_age") == {}
    model.model_loaded("v2", 0.25, trained_at=datetime.now(UTC) - timedelta(hours=1))
    assert memory.values("model_info") == {("v2",): 1}
    assert memory.values("model_load_duration") == {("v2",): 0.25}
    assert memory.values("model_age")[("v2",)] == pytest.approx(3600, abs=60)
    assert memory.values("model_loads") == {("v1",): 1, ("v2",): 1}


def test_confidence_is_the_mean_of_the_last_minute(memory: InMemoryTelemetry) -> None:
    """It is the mean of max(p, 1-p), the same for every reader, and ages out second by second."""
    now = [1000.0]
    model = ModelInstruments.create(
        memory.telemetry.signals, ConfidenceWindow(clock=lambda: now[0])
    )
    model.predicted("v2", 0.001, 0.9)
    now[0] += 30
    model.predicted("v2", 0.001, 0.3)
    for _ in range(2):
        assert memory.values("model_confidence_score") == {("v2",): pytest.approx(0.8)}
        assert 'model_confidence_score{model_version="v2"} 0.8' in _rendered(memory)
    now[0] += 30
    assert memory.values("model_confidence_score") == {("v2",): pytest.approx(0.7)}


def test_confidence_is_absent_when_nothing_was_predicted(memory: InMemoryTelemetry) -> None:
    """Without a prediction in the window there is no sample, not a stale one and not a zero."""
    now = [0.0]
    model = ModelInstruments.create(
        memory.telemetry.signals, ConfidenceWindow(clock=lambda: now[0])
    )
    assert "model_confidence_score" not in _rendered(memory)
    model.predicted("v2", 0.001, 0.9)
    assert "model_confidence_score" in _rendered(memory)
    now[0] += 60
    assert memory.values("model_confidence_score") == {}
    assert "model_confidence_score" not in _rendered(memory)


def test_versions_are_apart_while_the_model_changes(memory: InMemoryTelemetry) -> None:
    """Each version that predicted within the window has a mean of its own."""
    model = ModelInstruments.create(memory.telemetry.signals)
    model.predicted("v1", 0.001, 0.6)
    model.predicted("v2", 0.001, 0.1)
    assert memory.values("model_confidence_score") == {
        ("v1",): pytest.approx(0.6),
        ("v2",): pytest.approx(0.9),
    }


def test_every_drop_reason_starts_at_zero(memory: InMemoryTelemetry) -> None:
    """An alert on an increase sees the first drop, since its series was there before."""
    capture = CaptureInstruments.create(memory.telemetry.signals)
    assert set(memory.values("capture_drops").values()) == {0}
    assert ("buffer_full",) in memory.values("capture_drops")
    capture.dropped("buffer_full", 7)
    assert memory.values("capture_drops")[("buffer_full",)] == 7


def test_capture_counts_rows_and_files_and_asks_what_waits(memory: InMemoryTelemetry) -> None:
    """Written rows and files add up; waiting rows are asked for at each look."""
    capture = CaptureInstruments.create(memory.telemetry.signals)
    assert memory.values("capture_pending_rows") == {}
    waiting = [4]
    capture.watch_pending(lambda: waiting[0])
    capture.rows_written(100)
    capture.file_written(0.01)
    assert memory.values("capture_rows") == {(): 100}
    assert memory.values("capture_files") == {(): 1}
    assert memory.values("capture_pending_rows") == {(): 4}
    waiting[0] = 9
    assert memory.values("capture_pending_rows") == {(): 9}


def test_a_lost_database_shows_until_it_answers_again(memory: InMemoryTelemetry) -> None:
    """database_up follows what happened last, and is absent before anything did."""
    database = DatabaseInstruments.create(memory.telemetry.signals)
    assert memory.values("database_up") == {}
    database.database_lost()
    assert memory.values("database_up") == {(): 0}
    database.database_answered()
    assert memory.values("database_up") == {(): 1}


def test_the_dex_ages_until_it_is_compared(memory: InMemoryTelemetry) -> None:
    """The age exists from the first comparison on, and a reload counts as one."""
    database = DatabaseInstruments.create(memory.telemetry.signals)
    assert memory.values("dex_age") == {}
    assert memory.values("dex_reloads") == {(): 0}
    database.dex_reloaded()
    assert memory.values("dex_reloads") == {(): 1}
    assert 0 <= memory.values("dex_age")[()] < 5


def test_a_checked_rule_shows_even_without_failures(memory: InMemoryTelemetry) -> None:
    """A rule that no row broke stands at 0; broken rows add up; runs are told by outcome."""
    etl = EtlInstruments.create(memory.telemetry.signals)
    etl.rule_checked("moves", "power_is_known", 0)
    etl.rule_checked("forms", "type_exists", 2)
    etl.rows_loaded("moves", 223)
    etl.failed(0.5)
    assert memory.values("data_quality_failures") == {
        ("moves", "power_is_known"): 0,
        ("forms", "type_exists"): 2,
    }
    assert memory.values("etl_rows") == {("moves",): 223}
    assert memory.values("etl_runs") == {("failed",): 1}
    assert memory.values("etl_duration") == {("failed",): 1}


def _rendered(memory: InMemoryTelemetry) -> str:
    return memory.telemetry.render_metrics()[0].decode()
