"""Every query that somebody relies on has an answer, and what arrives is right."""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tests import patient
from tests.stack import matrix
from tests.stack.conftest import DECISION_SECONDS, RunningStack
from tests.waiting import wait_for

if TYPE_CHECKING:
    import pytest
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

JOBS = {"api", "otel-collector", "node-exporter", "alertmanager", "prometheus"}


def _explained(silent: set[matrix.Entry]) -> bool:
    return {entry.signal for entry in silent} <= set(matrix.NEEDS_A_FAULT)


def test_all_targets_are_up(stack: RunningStack) -> None:
    """The targets page shows the five, all of them up; of the service only that is stored."""
    wait_for(lambda: stack.value("sum(up)") == len(JOBS))
    answer = patient.get(f"{stack.prometheus}/api/v1/targets").json()
    targets = answer["data"]["activeTargets"]
    assert {target["labels"]["job"]: target["health"] for target in targets} == dict.fromkeys(
        JOBS, "up"
    )
    names = {one["metric"]["__name__"] for one in stack.query('{job="api"}')}
    assert {name for name in names if not name.startswith("scrape_")} == {"up"}


def test_every_request_is_counted_once(stack: RunningStack) -> None:
    """The sum over all series equals what was sent, by endpoint and status, to the last one."""

    def counted() -> dict[tuple[str, int], int]:
        found = stack.query("sum by (endpoint, status) (api_requests_total)")
        return {
            (one["metric"]["endpoint"], int(one["metric"]["status"])): int(float(one["value"][1]))
            for one in found
            # Asked by the test's own waiting and by Prometheus; or not yet, as some predictions.
            if one["metric"]["endpoint"] not in {"/metrics", "/health/ready"}
            and float(one["value"][1])
        }

    with suppress(AssertionError):
        wait_for(lambda: counted() == dict(stack.sent.answers), 30)
    assert counted() == dict(stack.sent.answers)
    assert stack.value("sum(model_predictions_total)") == stack.sent.predictions
    assert stack.value("sum(api_errors_total)") == sum(
        count for (_, status), count in stack.sent.answers.items() if status >= 500
    )


def test_the_matrix(stack: RunningStack, capsys: pytest.CaptureFixture[str]) -> None:
    """Guide, dashboards, recorded rules and what alerts look at: all of it has data.

    Or it is listed with the fault that makes it have some.
    """
    entries = matrix.entries()
    pending = {entry for entry in entries if not stack.has_data(entry.query)}
    deadline = time.monotonic() + 75
    while not _explained(pending) and time.monotonic() < deadline:
        # A rate over a minute needs two samples, a rule its evaluation.
        time.sleep(2)
        pending = {entry for entry in pending if not stack.has_data(entry.query)}
    report = [f"signal matrix: {len(entries)} signals, {len(entries) - len(pending)} with data"]
    report += [
        f"  {entry.signal}: {matrix.NEEDS_A_FAULT.get(entry.signal, 'NO DATA')}"
        for entry in sorted(pending)
    ]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(report) + "\n")
    assert _explained(pending)


def test_every_rule_evaluates(stack: RunningStack) -> None:
    """Prometheus finds no error in any rule."""
    rules = [
        rule
        for group in patient.get(f"{stack.prometheus}/api/v1/rules").json()["data"]["groups"]
        for rule in group["rules"]
    ]
    assert not [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] == "err"]
    assert sum(rule["health"] == "ok" for rule in rules) > len(rules) / 2


def _kept_spans(stack: RunningStack) -> dict[str, list[Span]]:
    traces: dict[str, list[Span]] = {}
    for span in stack.received.spans():
        traces.setdefault(span.trace_id.hex(), []).append(span)
    return traces


def test_what_went_wrong_is_kept_and_most_of_the_rest_is_not(stack: RunningStack) -> None:
    """Every failed and every slow request has its trace; of the others about the share."""
    failed = set(stack.sent.traces[503])
    assert failed
    wait_for(lambda: failed <= set(_kept_spans(stack)), DECISION_SECONDS + 30)
    wait_for(lambda: stack.query("sum(otelcol_processor_tail_sampling_sampling_traces_on_memory)"))
    time.sleep(DECISION_SECONDS + 2)
    kept = set(_kept_spans(stack))
    ordinary = set(stack.sent.traces[200]) - stack.sent.slow
    share = len(kept & ordinary) / len(ordinary)
    # A fifth by share and one a second.
    assert 0.1 < share < 0.6


def test_no_exemplar_leads_nowhere(stack: RunningStack) -> None:
    """Each exemplar that Prometheus has names a trace that was passed on."""
    now = time.time()
    time.sleep(DECISION_SECONDS + 8)
    kept = set(_kept_spans(stack))
    found: set[str] = set()
    for name in ("api_request_duration_seconds", "model_prediction_duration_seconds"):
        answer = patient.get(
            f"{stack.prometheus}/api/v1/query_exemplars",
            params={"query": f"{name}_bucket", "start": now - 600, "end": now - 1},
        ).json()
        found |= {
            exemplar["labels"]["trace_id"]
            for one in answer["data"]
            for exemplar in one["exemplars"]
            if exemplar["timestamp"] < now
        }
    assert len(found) >= 5
    assert found <= kept


def test_a_kept_trace_tells_the_whole_story(stack: RunningStack) -> None:
    """Server span, features, predict, capture; the batch that scored it is linked and kept."""
    traces = _kept_spans(stack)
    whole = [
        spans
        for spans in traces.values()
        if {span.name for span in spans}
        >= {"POST /predict/best-move", "features", "predict", "capture"}
    ]
    assert whole
    (predict,) = [span for span in whole[-1] if span.name == "predict"]
    linked = {link.trace_id.hex() for link in predict.links}
    assert linked <= set(traces)
    attributes = {one.key for one in predict.attributes}
    assert {"dexwatch.model.version", "dexwatch.batch.size", "dexwatch.batch.rows"} <= attributes


def test_logs_lead_to_their_traces(stack: RunningStack) -> None:
    """The log record of a kept prediction carries its trace id, its answer and its model."""
    wait_for(lambda: [one for one in stack.received.logs() if one.body.string_value == "predicted"])
    predicted = [one for one in stack.received.logs() if one.body.string_value == "predicted"]
    asked = set(stack.sent.traces[200])
    assert {one.trace_id.hex() for one in predicted} <= asked | {""}
    keys = {one.key for one in predicted[0].attributes}
    assert {"prediction_id", "model_version", "recommended_move"} <= keys
    text = json.dumps([str(one) for one in stack.received.logs()])
    assert "available_moves" not in text  # no bodies
