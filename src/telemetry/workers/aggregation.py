"""The SDK's instruments, kept in a ledger."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Protocol

from opentelemetry import trace
from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)
from opentelemetry.sdk.metrics.view import Aggregation

from telemetry.signals import schema
from telemetry.workers.ledger import Exemplar, Ledger, bucket_key, sum_key
from telemetry.workers.series import Cell, Form, Series, attributes_of, encode

if TYPE_CHECKING:
    from typing import Any


class _Measurement(Protocol):
    """The SDK's measurement, as far as it is looked at."""

    value: float
    time_unix_nano: int
    context: Any


class LedgerAggregation(Aggregation):
    """Makes the aggregation of each series; the SDK calls it, and keeps one for each."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def _create_aggregation(
        self,
        instrument: Any,
        attributes: Any,
        reservoir_factory: Any,
        start_time_unix_nano: int,
    ) -> Any:
        del reservoir_factory, start_time_unix_nano
        if attributes is None:
            return _Nothing()  # only looked at for its class
        bounds: tuple[float, ...] = ()
        match instrument:
            case Counter() | ObservableCounter():
                form = Form.COUNTER
            case UpDownCounter():
                form = Form.UPDOWN
            case ObservableUpDownCounter():
                form = Form.OBSERVED_UPDOWN
            case ObservableGauge():
                form = Form.GAUGE
            case Histogram():
                form = Form.HISTOGRAM
                known = schema()
                bounds = known.buckets[known.find(instrument.name).buckets]
            case _:
                raise TypeError(f"{type(instrument).__name__} has no place in a ledger")
        series = Series(
            instrument.instrumentation_scope.name,
            instrument.name,
            form,
            instrument.unit or "",
            instrument.description or "",
            attributes_of(attributes),
            bounds,
        )
        if form is Form.HISTOGRAM:
            return _Buckets(self._ledger, series)
        if isinstance(instrument, ObservableCounter):
            return _ObservedTotal(self._ledger, series)
        if form in {Form.GAUGE, Form.OBSERVED_UPDOWN}:
            return _Last(self._ledger, series)
        return _Total(self._ledger, series)


class _Nothing:
    """What all aggregations have in common: the SDK's readers find nothing in them."""

    def aggregate(self, measurement: _Measurement, should_sample_exemplar: bool = True) -> None:  # noqa: FBT001, FBT002  # the SDK's signature
        """Take a measurement."""

    def collect(self, temporality: object, at: int) -> None:
        """Give nothing: numbers are read from the ledgers."""


class _Total(_Nothing):
    """A counter that is added to."""

    def __init__(self, ledger: Ledger, series: Series) -> None:
        self._ledger = ledger
        self._key = encode(Cell(series))

    def aggregate(self, measurement: _Measurement, should_sample_exemplar: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002  # the SDK's signature
        self._ledger.add(self._key, measurement.value)


class _ObservedTotal(_Nothing):
    """A counter that its owner keeps from the start of the process on."""

    def __init__(self, ledger: Ledger, series: Series) -> None:
        self._ledger = ledger
        self._key = encode(Cell(series))
        self._before_us = ledger.value(self._key)

    def aggregate(self, measurement: _Measurement, should_sample_exemplar: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002  # the SDK's signature
        self._ledger.put(self._key, self._before_us + measurement.value)


class _Last(_Nothing):
    """What was observed last."""

    def __init__(self, ledger: Ledger, series: Series) -> None:
        self._ledger = ledger
        self._key = encode(Cell(series))

    def aggregate(self, measurement: _Measurement, should_sample_exemplar: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002  # the SDK's signature
        self._ledger.put(self._key, measurement.value)


class _Buckets(_Nothing):
    """A histogram."""

    def __init__(self, ledger: Ledger, series: Series) -> None:
        self._ledger = ledger
        self._series = series
        self._buckets = [bucket_key(series, bucket) for bucket in range(len(series.bounds) + 1)]
        self._sum = sum_key(series)

    def aggregate(self, measurement: _Measurement, should_sample_exemplar: bool = True) -> None:  # noqa: FBT001, FBT002  # the SDK's signature
        bucket = bisect_left(self._series.bounds, measurement.value)
        self._ledger.add_to_histogram(self._buckets[bucket], self._sum, measurement.value)
        if should_sample_exemplar:
            span = trace.get_current_span(measurement.context).get_span_context()
            self._ledger.remember(
                Exemplar(
                    self._series,
                    bucket,
                    measurement.value,
                    measurement.time_unix_nano,
                    trace.format_trace_id(span.trace_id),
                    trace.format_span_id(span.span_id),
                )
            )
