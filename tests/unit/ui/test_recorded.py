"""What is read of the service's metrics."""

from __future__ import annotations

from telemetry.in_memory import InMemoryTelemetry
from telemetry.instruments import FeedbackInstruments, LifecycleInstruments
from ui.recorded import Bucket, calibration, loop


def _metrics(memory: InMemoryTelemetry) -> str:
    body, _ = memory.telemetry.render_metrics()
    return body.decode()


def test_calibration_is_that_of_the_model_that_answers() -> None:
    """Buckets hold what was predicted and what was won, and nothing of another version."""
    memory = InMemoryTelemetry.create()
    feedback = FeedbackInstruments.create(memory.telemetry.signals)
    feedback.judged("v2", 0.7, "A")
    feedback.judged("v2", 0.7, "draw")
    feedback.judged("v2", 0.05, "B")
    feedback.judged("v1", 0.95, "A")
    assert calibration(_metrics(memory), "v2") == [
        Bucket(1, 0.05, 0.0),
        Bucket(2, 0.7, 0.75),
    ]
    assert calibration(_metrics(memory), "v3") == []


def test_the_loop_is_where_the_cycle_is() -> None:
    """The state under way and the steps there have been."""
    memory = InMemoryTelemetry.create()
    instruments = LifecycleInstruments.create(memory.telemetry.signals)
    instruments.read({("train", "done"): 2}, "shadowing")
    known = loop(_metrics(memory))
    assert known.state == "shadowing"
    assert known.steps == {("train", "done"): 2}
    instruments.read({}, None)
    assert loop(_metrics(memory)).state is None
