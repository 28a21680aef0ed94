"""The schema of our own signals, and the instruments that are created from it."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter, Observation

    Observe = Callable[[], Iterable[Observation]]

OTHER: Final = "_OTHER"
"""Stands for every value that an attribute does not allow."""

_UNIT_SUFFIX: Final = {"": "", "s": "_seconds"}


class Kind(StrEnum):
    """What a signal measures."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A label."""

    meaning: str
    values: tuple[str, ...] = ()
    """All values it may take; empty where code bounds them (routes, model versions)."""


class Signal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One metric; ``meaning`` is its help line in Prometheus."""

    kind: Kind
    meaning: str
    unit: str = ""
    """UCUM."""
    attributes: tuple[str, ...] = ()
    buckets: str = ""
    """Name of its bucket bounds, for a histogram."""


class Schema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every signal, by the name of its OpenTelemetry instrument."""

    signals: dict[str, Signal]
    attributes: dict[str, Attribute]
    buckets: dict[str, tuple[float, ...]]

    def prometheus_name(self, name: str) -> str:
        """Give the name of a signal's family in Prometheus."""
        signal = self.signals[name]
        total = "_total" if signal.kind is Kind.COUNTER else ""
        return f"{name}{_UNIT_SUFFIX[signal.unit]}{total}"


@cache
def schema() -> Schema:
    """Read the schema file that stands beside this module."""
    return msgspec.toml.decode(
        files("telemetry").joinpath("signals.toml").read_bytes(), type=Schema
    )


class Labels:
    """The attribute sets of one signal, each built once.

    A value that the schema does not allow becomes :data:`OTHER`, so that no caller can open a
    series of its own.
    """

    def __init__(self, names: Sequence[str], allowed: Sequence[frozenset[str]]) -> None:
        self._names = tuple(names)
        self._allowed = tuple(allowed)
        self._sets: dict[tuple[str, ...], dict[str, str]] = {}

    def __call__(self, *values: str) -> dict[str, str]:
        """Give the attributes for ``values``, in the schema's order. Not to be altered."""
        found = self._sets.get(values)
        if found is None:
            found = self._sets[self._bounded(values)] = dict(
                zip(self._names, self._bounded(values), strict=True)
            )
        return found

    def _bounded(self, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            value if not allowed or value in allowed else OTHER
            for value, allowed in zip(values, self._allowed, strict=True)
        )


class SignalMeter:
    """Creates the instruments of the schema; one that the schema lacks cannot be made."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.created: set[str] = set()
        """Names of the instruments made so far."""

    def counter(self, name: str) -> Counter:
        """Create a counter."""
        signal = self._take(name, Kind.COUNTER)
        return self._meter.create_counter(name, signal.unit, signal.meaning)

    def histogram(self, name: str) -> Histogram:
        """Create a histogram with the bounds of the schema."""
        signal = self._take(name, Kind.HISTOGRAM)
        return self._meter.create_histogram(
            name,
            signal.unit,
            signal.meaning,
            explicit_bucket_boundaries_advisory=schema().buckets[signal.buckets],
        )

    def gauge(self, name: str, observe: Observe) -> None:
        """Create a gauge; every reader asks ``observe``, and gets no sample where it gives none."""
        signal = self._take(name, Kind.GAUGE)

        def callback(_: CallbackOptions) -> Iterable[Observation]:
            return observe()

        self._meter.create_observable_gauge(name, [callback], signal.unit, signal.meaning)

    def labels(self, name: str) -> Labels:
        """Give the attribute sets of a signal."""
        names = schema().signals[name].attributes
        allowed = [frozenset(schema().attributes[attribute].values) for attribute in names]
        return Labels(names, allowed)

    def _take(self, name: str, kind: Kind) -> Signal:
        signal = schema().signals[name]
        if signal.kind is not kind:
            raise TypeError(f"{name} is a {signal.kind}, not a {kind}")
        self.created.add(name)
        return signal
