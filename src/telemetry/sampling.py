"""Which traces the collector is to keep, known where it is decided what refers to them.

The collector, which sees traces whole, keeps those with an error, the slow ones, and a share of the
rest. Exemplars are chosen here, long before, and one that leads to a
dropped trace is worse than none. So the share is drawn here, when a trace begins, and travels with
it as a member of its trace state; what turns out slow or failed is marked by an attribute of its
server span before its duration is recorded. The collector obeys both marks, and only measurements
of traces with a mark become exemplars. A trace that is one span without a mark is not even sent.
"""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.sdk.metrics import ExemplarFilter
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import SpanKind, TraceState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Link
    from opentelemetry.util.types import Attributes

MEMBER: Final = "dexwatch"
KEEP: Final = "keep"
"""``dexwatch=keep`` in the trace state of every span of a trace that is kept by share."""

KEEP_ATTRIBUTE: Final = "dexwatch.keep"
"""True on the span of a request that turned out slow or failed."""

SLOW_SECONDS: Final = 0.1
"""From here on a request is slow: the strictest latency that an alert looks at."""

_RANDOM_BITS: Final = 56
"""W3C: the last 56 bits of a trace id are random where its makers know the standard."""


class PerSecond:
    """Lets so many through in each second. May be asked from any thread."""

    def __init__(self, most: int, clock: Callable[[], float] = monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._second = 0
        self._left = 0

    def take(self) -> bool:
        """Tell whether one more may pass in this second."""
        second = int(self._clock())
        with self._lock:
            if second != self._second:
                self._second, self._left = second, self._most
            self._left -= 1
            return self._left >= 0


class MarkKept(Sampler):
    """Marks a share of the traces that another sampler records.

    The first few traces of each second are marked whatever the share, so that at low traffic every
    trace can be found; beyond them the trace id decides. A caller that puts our mark on its request
    asks to have its trace kept: so are as many in each second, and no more. A span with links goes
    with the traces it links: the batch that scored a kept request is kept.
    """

    def __init__(
        self,
        recorded: Sampler,
        *,
        share: float,
        per_second: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Take the sampler that decides what is recorded at all, and what to mark of that.

        Args:
            recorded: decides first; what it drops is no trace at all.
            share: of all traces, from 0 to 1.
            per_second: traces marked in each second before the share is looked at, and again of
                those whose caller asks for it.
            clock: in seconds.

        """
        self._recorded = recorded
        self._share = share
        self._bound = round(share * (1 << _RANDOM_BITS))
        self._per_second = per_second
        self._first = PerSecond(per_second, clock)
        self._asked = PerSecond(per_second, clock)

    def should_sample(  # noqa: PLR0913, PLR0917  # the SDK's signature
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Decide as the other sampler does, and mark."""
        result = self._recorded.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )
        parent = trace.get_current_span(parent_context).get_span_context()
        goes_on = parent.is_valid and not parent.is_remote
        if goes_on or result.decision is not Decision.RECORD_AND_SAMPLE:
            return result
        if links:
            kept = any(is_kept(link.context) for link in links)
        else:
            kept = (is_kept(parent) and self._asked.take()) or self._is_chosen(trace_id)
        return SamplingResult(
            result.decision, result.attributes, _marked(result.trace_state, kept=kept)
        )

    def get_description(self) -> str:
        """Say what is recorded and marked."""
        return (
            f"MarkKept{{{self._recorded.get_description()},{self._share:g}"
            f" and {self._per_second} a second}}"
        )

    def _is_chosen(self, trace_id: int) -> bool:
        return trace_id & ((1 << _RANDOM_BITS) - 1) < self._bound or self._first.take()


def _marked(state: TraceState | None, *, kept: bool) -> TraceState:
    """Set our member as decided, whatever a caller has put there."""
    others = [] if state is None else [item for item in state.items() if item[0] != MEMBER]
    return TraceState([(MEMBER, KEEP), *others] if kept else others)


def is_kept(context: trace.SpanContext) -> bool:
    """Say whether a trace is kept by share."""
    state = context.trace_state
    # Most have no state, and to look into it takes longer than all else here.
    return bool(state) and context.trace_flags.sampled and state.get(MEMBER) == KEEP


def keep(span: trace.Span) -> None:
    """Have the trace of ``span`` kept, from here on."""
    span.set_attribute(KEEP_ATTRIBUTE, True)  # noqa: FBT003  # the SDK's signature


def leads_to_kept(context: Context) -> bool:
    """Say whether the trace that ``context`` belongs to will be kept."""
    span = trace.get_current_span(context)
    if is_kept(span.get_span_context()):
        return True
    attributes = getattr(span, "attributes", None)
    return attributes is not None and attributes.get(KEEP_ATTRIBUTE) is True


def is_unremarkable(span: ReadableSpan) -> bool:
    """Say whether a span that has ended is all the collector would need to drop its trace.

    It is a request's that began the trace, nothing happened in it, and it has none of what
    ``otel-collector/config.yaml`` keeps a trace for.
    """
    context = span.get_span_context()
    if span.parent is not None or context is None or is_kept(context) or not span.status.is_ok:
        return False
    if span.kind is not SpanKind.SERVER or span.events:
        return False
    if span.attributes and span.attributes.get(KEEP_ATTRIBUTE) is True:
        return False
    nanoseconds = (span.end_time or 0) - (span.start_time or 0)
    return nanoseconds < SLOW_SECONDS * 1e9


class KeptExemplars(ExemplarFilter):
    """Lets those measurements be exemplars whose trace will be kept."""

    def should_sample(
        self,
        value: float,
        time_unix_nano: int,
        attributes: Attributes,
        context: Context,
    ) -> bool:
        """Look at the span that the measurement was made in."""
        del value, time_unix_nano, attributes
        return leads_to_kept(context)
