"""What is marked to be kept, and what may become an exemplar."""

from __future__ import annotations

import random

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, TraceFlags, TraceState

from telemetry.in_memory import InMemoryTelemetry
from telemetry.sampling import KEEP, MEMBER, MarkKept, PerSecond, is_kept, keep


def _kept(sampler: MarkKept, trace_ids: list[int]) -> list[bool]:
    return [
        sampler.should_sample(None, trace_id, "request").trace_state.get(MEMBER) == KEEP
        for trace_id in trace_ids
    ]


def _trace_ids(count: int) -> list[int]:
    dice = random.Random(1)  # noqa: S311  # no secret
    return [dice.getrandbits(128) for _ in range(count)]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_share_is_kept(share: float) -> None:
    """Of many traces the asked share is marked, and always the same ones."""
    ids = _trace_ids(4000)
    kept = _kept(MarkKept(ALWAYS_ON, share=share, per_second=0), ids)
    assert sum(kept) == pytest.approx(share * len(ids), abs=120)
    assert _kept(MarkKept(ALWAYS_ON, share=share, per_second=0), ids) == kept


def test_a_few_of_each_second_are_kept_whatever_the_share() -> None:
    """The first traces of each second are marked, and no more than so many."""
    now = 10.2
    sampler = MarkKept(ALWAYS_ON, share=0, per_second=3, clock=lambda: now)
    assert sum(_kept(sampler, _trace_ids(100))) == 3
    now = 11.0
    assert sum(_kept(sampler, _trace_ids(2))) == 2


def test_so_many_pass_in_a_second() -> None:
    """And as many in the next one, whatever was asked for before."""
    now = 10.2
    second = PerSecond(2, lambda: now)
    assert [second.take() for _ in range(4)] == [True, True, False, False]
    now = 11.9
    assert [second.take() for _ in range(3)] == [True, True, False]


def test_what_is_not_recorded_is_not_kept() -> None:
    """A trace that the sampler beneath drops gets no mark."""
    sampler = MarkKept(ALWAYS_OFF, share=1, per_second=9)
    assert not sampler.should_sample(None, 1, "request").decision.is_sampled()


def test_every_span_of_a_trace_carries_the_mark() -> None:
    """Children go with their trace, however low the share."""
    memory = InMemoryTelemetry.create(share=0, per_second=1, clock=lambda: 10.2)
    tracer = memory.telemetry.tracer("test")
    for _ in range(2):
        with tracer.start_as_current_span("request"), tracer.start_as_current_span("features"):
            pass
    child, parent, other_child, other_parent = memory.spans()
    assert is_kept(child.context)
    assert is_kept(parent.context)
    assert not is_kept(other_child.context)
    assert not is_kept(other_parent.context)


def _asked_for(sampler: MarkKept, trace_id: int) -> TraceState:
    """Give the trace state of a request whose caller asks to have its trace kept."""
    state = TraceState([(MEMBER, KEEP), ("vendor", "1")])
    remote = SpanContext(trace_id, 6, is_remote=True, trace_flags=TraceFlags(1), trace_state=state)
    context = trace.set_span_in_context(NonRecordingSpan(remote))
    return sampler.should_sample(context, trace_id, "request").trace_state or TraceState()


def test_a_caller_cannot_have_more_traces_kept_than_are_granted() -> None:
    """A mark beyond those is taken off; other members of the trace state stay."""
    sampler = MarkKept(ALWAYS_ON, share=0, per_second=0)
    assert dict(_asked_for(sampler, 5).items()) == {"vendor": "1"}


def test_as_many_are_kept_whose_callers_ask_for_it() -> None:
    """They are found while others have used up the few of the second, and use up none of them."""
    now = 10.2
    sampler = MarkKept(ALWAYS_ON, share=0, per_second=2, clock=lambda: now)
    assert sum(_kept(sampler, _trace_ids(9))) == 2
    marks = [_asked_for(sampler, trace_id).get(MEMBER) for trace_id in _trace_ids(4)]
    assert marks == [KEEP, KEEP, None, None]
    now = 11.0
    _asked_for(sampler, 5)
    assert sum(_kept(sampler, _trace_ids(9))) == 2


def test_a_batch_is_kept_with_a_request_that_it_scored() -> None:
    """A span with links is marked when a linked trace is, and uses up nothing of the few."""
    memory = InMemoryTelemetry.create(share=0, per_second=1, clock=lambda: 10.2)
    tracer = memory.telemetry.tracer("test")
    requests = []
    for _ in range(2):
        with tracer.start_as_current_span("request") as request:
            requests.append(Link(request.get_span_context()))
    for links in (requests, requests[1:]):
        with tracer.start_as_current_span("predict batch", links=links):
            pass
    _, _, with_kept, without = memory.spans()
    assert is_kept(with_kept.context)
    assert not is_kept(without.context)


def test_only_kept_traces_become_exemplars() -> None:
    """A measurement leads to its trace when that is marked, by share or since it went wrong."""
    memory = InMemoryTelemetry.create(share=0)
    tracer = memory.telemetry.tracer("test")
    duration = memory.telemetry.signals.histogram("model_prediction_duration")
    with tracer.start_as_current_span("fast"):
        duration.record(0.001)
    with tracer.start_as_current_span("slow") as slow:
        keep(slow)
        duration.record(0.3)
    duration.record(0.7)
    (point,) = memory.points("model_prediction_duration")
    assert point.count == 3
    assert [exemplar.trace_id for exemplar in point.exemplars] == [slow.get_span_context().trace_id]
