"""The schema of all signals, and the instruments that are created from it."""

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

_UNIT_SUFFIX: Final = {"": "", "s": "_seconds", "By": "_bytes"}


class Kind(StrEnum):
    """What a signal measures."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    UPDOWN = "updown"


class Together(StrEnum):
    """How the values of a gauge from several workers become one."""

    SUM = "sum"
    MAX = "max"
    MIN = "min"
    MEAN = "mean"
    OLDEST = "oldest"
    """The greatest age; that of a process which lives and says nothing goes on growing."""


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A label."""

    meaning: str
    values: tuple[str, ...] = ()
    """All values it may take; empty where code bounds them (routes, model versions)."""
    label: str = ""
    """What it is called on a series, where that is not its name here."""


class Signal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One metric; ``meaning`` is its help line in Prometheus."""

    kind: Kind
    meaning: str
    unit: str = ""
    """UCUM."""
    attributes: tuple[str, ...] = ()
    buckets: str = ""
    """Name of its bucket bounds, for a histogram."""
    across_workers: Together | None = None
    """For a gauge."""
    weight: str = ""
    """Name of the gauge that a mean is weighted by."""


class Schema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every signal, by the name of its OpenTelemetry instrument."""

    signals: dict[str, Signal]
    """Our own; their attributes are keys of ``attributes``."""
    conventions: dict[str, Signal]
    """Those of the semantic conventions; their attributes are the conventions'."""
    attributes: dict[str, Attribute]
    buckets: dict[str, tuple[float, ...]]

    def prometheus_name(self, name: str) -> str:
        """Give the name of a signal's family in Prometheus."""
        signal = self.find(name)
        total = "_total" if signal.kind is Kind.COUNTER else ""
        return f"{name.replace('.', '_')}{_UNIT_SUFFIX.get(signal.unit, '')}{total}"

    def find(self, name: str) -> Signal:
        """Give a signal of either table."""
        found = self.signals.get(name)
        return self.conventions[name] if found is None else found

    def labels(self, name: str) -> tuple[str, ...]:
        """Give what the attributes of a signal are called on its series in Prometheus."""
        if name in self.conventions:
            return tuple(label.replace(".", "_") for label in self.conventions[name].attributes)
        return tuple(
            self.attributes[attribute].label or attribute
            for attribute in self.signals[name].attributes
        )


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
        self._meter.create_observable_gauge(name, [_asking(observe)], signal.unit, signal.meaning)

    def observed_counter(self, name: str, observe: Observe) -> None:
        """Create a counter that is kept elsewhere; every reader asks ``observe`` for the totals."""
        signal = self._take(name, Kind.COUNTER)
        self._meter.create_observable_counter(name, [_asking(observe)], signal.unit, signal.meaning)

    def updown(self, name: str, observe: Observe) -> None:
        """Create an up-down counter that is kept elsewhere."""
        signal = self._take(name, Kind.UPDOWN)
        self._meter.create_observable_up_down_counter(
            name, [_asking(observe)], signal.unit, signal.meaning
        )

    def labels(self, name: str) -> Labels:
        """Give the attribute sets of one of our own signals."""
        names = schema().signals[name].attributes
        allowed = [frozenset(schema().attributes[attribute].values) for attribute in names]
        return Labels(schema().labels(name), allowed)

    def _take(self, name: str, kind: Kind) -> Signal:
        signal = schema().find(name)
        if signal.kind is not kind:
            raise TypeError(f"{name} is a {signal.kind}, not a {kind}")
        self.created.add(name)
        return signal


def _asking(observe: Observe) -> Callable[[CallbackOptions], Iterable[Observation]]:
    return lambda _: observe()
