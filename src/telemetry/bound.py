"""A series of an instrument, found once and then written to directly.

The SDK finds the series of a measurement each time anew: it copies, cleans, sorts and hashes the
attributes, which takes longer than adding up. What is measured with every request is
bound beforehand instead. This reaches into the SDK, whose API has no such step, so its version is
bounded to a minor one.
"""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.context import get_current
from opentelemetry.sdk.metrics import Counter, Histogram
from opentelemetry.sdk.metrics._internal._view_instrument_match import _hash_attributes

from telemetry.sampling import leads_to_kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry import metrics
    from opentelemetry.context import Context


class _Measurement:
    """What an aggregation looks at."""

    __slots__ = ("attributes", "context", "time_unix_nano", "value")

    def __init__(self, value: float, context: Context | None) -> None:
        self.value = value
        self.context = context
        self.time_unix_nano = 0 if context is None else time_ns()
        self.attributes = None


class Bound:
    """One series, for every reader. May be used from any thread."""

    __slots__ = ("_aggregations",)

    def __init__(
        self, instrument: metrics.Counter | metrics.Histogram, attributes: Mapping[str, Any]
    ) -> None:
        self._aggregations: Final = tuple(_aggregations(instrument, attributes))

    def record(self, value: float, kept: Context | None = None) -> None:
        """Take a measurement: not negative for a counter, and finite.

        ``kept`` is what :func:`kept_context` gives: where the measurement may lead to.
        """
        measurement = _Measurement(value, kept)
        for aggregation in self._aggregations:
            aggregation.aggregate(measurement, kept is not None)


def kept_context() -> Context | None:
    """Give the current context if its trace will be kept: an exemplar may lead there."""
    context = get_current()
    return context if leads_to_kept(context) else None


def _aggregations(
    instrument: metrics.Counter | metrics.Histogram, attributes: Mapping[str, Any]
) -> Iterator[Any]:
    """Find where the SDK adds up the series; nowhere, when it is disabled."""
    if not isinstance(instrument, Counter | Histogram):
        return
    consumer: Any = instrument._measurement_consumer  # noqa: SLF001
    for storage in consumer._reader_storages.values():  # noqa: SLF001
        for match in storage._get_or_init_view_instrument_match(instrument):  # noqa: SLF001
            allowed = match._view._attribute_keys  # noqa: SLF001
            kept = {
                name: value
                for name, value in attributes.items()
                if allowed is None or name in allowed
            }
            with match._lock:  # noqa: SLF001
                yield match._get_or_create_aggregation(_hash_attributes(kept), kept)  # noqa: SLF001
