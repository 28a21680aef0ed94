"""Shapes, thresholds and slopes of load tests, without load."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.load.shapes import SHAPES, users
from tests.load.slope import slope
from tests.load.thresholds import Measured, broken
from tests.load.tracing import Trace

CALM = {"player": Measured(100, 0, 5, 8, 12)}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_reaches_its_peak_and_no_more(shape: str) -> None:
    """There is always somebody, and never more than were asked for."""
    counts = [users(shape, share / 100, 40) for share in range(100)]
    assert min(counts) >= 1
    assert max(counts) == 40


def test_a_spike_comes_at_once_and_goes() -> None:
    """It is five times as high as what is around it."""
    assert [users("spike", share, 50) for share in (0.39, 0.41, 0.59, 0.61)] == [10, 50, 50, 10]


def test_what_holds_breaks_nothing() -> None:
    """A slower answer than in the calm is no failure while it is within the objectives."""
    assert list(broken(CALM, {"player": Measured(10_000, 10, 40, 499, 999)})) == []


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (Measured(0, 0, 0, 0, 0), "asked nothing"),
        (Measured(1000, 2, 5, 8, 12), "0.20% failed"),
        (Measured(1000, 0, 5, 501, 600), "p95 501 ms"),
        (Measured(1000, 0, 5, 8, 1001), "p99 1001 ms"),
    ],
)
def test_what_is_broken_is_said(now: Measured, said: str) -> None:
    """Each threshold has its sentence."""
    (sentence,) = broken(CALM, {"player": now})
    assert said in sentence


def test_failures_are_judged_without_a_calm() -> None:
    """Whatever went before, requests that failed under load have failed; latencies need a calm."""
    (sentence,) = broken({}, {"player": Measured(1000, 1000, 5, 900, 2000)})
    assert sentence == "player: 100.00% failed, at most 0.10% may"


def test_a_slow_machine_is_compared_with_itself() -> None:
    """Where the calm is slow already, the limit is a multiple of it."""
    calm = {"player": Measured(100, 0, 60, 90, 100)}
    assert list(broken(calm, {"player": Measured(1000, 0, 400, 1200, 2400)})) == []


def test_a_slope_is_found_within_its_interval() -> None:
    """12 MB an hour, in noise of a megabyte, are told from nothing."""
    seconds = np.arange(0, 1500, 2.0)
    noise = np.random.default_rng(7).normal(0, 1, len(seconds))
    found = slope(seconds.tolist(), (300 + 12 * seconds / 3600 + noise).tolist())
    assert found.low < 12 < found.high
    assert found.low > 0
    assert math.isclose(found.mb_per_hour, 12, abs_tol=2)


def test_too_few_samples_make_no_line() -> None:
    """Two samples always lie on a line, which says nothing."""
    with pytest.raises(ValueError, match="no line"):
        slope([0, 1], [1, 2])


def test_each_request_has_a_trace_of_its_own() -> None:
    """Its header and its link name the same trace."""
    one, other = Trace.begin(), Trace.begin()
    assert one.trace_id != other.trace_id
    assert one.traceparent == f"00-{one.trace_id}-{one.span_id}-01"
    assert one.trace_id in one.link("http://localhost:3000")


@pytest.mark.parametrize(
    ("status", "milliseconds", "is_shown"), [(500, 5, True), (404, 150, True), (404, 5, False)]
)
def test_only_a_trace_that_is_kept_is_shown(
    status: int, milliseconds: float, *, is_shown: bool
) -> None:
    """Of errors and slow answers the collector keeps them all, and of others a few."""
    trace = Trace.begin()
    told = trace.told(status, {"traceresponse": ""}, milliseconds, "http://localhost:3000")
    assert told.startswith(f"trace {trace.trace_id} ")
    assert (trace.link("http://localhost:3000") in told) is is_shown


@pytest.mark.parametrize("headers", [{}, None])
def test_no_trace_is_shown_of_what_was_not_traced(headers: dict[str, str] | None) -> None:
    """A refusal on the connection has no span, and no answer says nothing."""
    told = Trace.begin().told(503, headers, 5, "http://localhost:3000")
    assert told == "no answer names its trace"
