"""How a number in a ledger says what it is."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.util.types import AnyValue

Plain: TypeAlias = str | int | float | bool

SUM: Final = "sum"
"""Part of a histogram beside its buckets, which are numbered; a plain number has the part ''."""


class Form(StrEnum):
    """How numbers of a series come about, and so how they are kept and put together."""

    COUNTER = "counter"
    """Added to; outlives its process."""
    UPDOWN = "updown"
    """Added to; void without its process."""
    GAUGE = "gauge"
    """Observed every second; void when it no longer is."""
    OBSERVED_UPDOWN = "observed_updown"
    """Like a gauge, and adds up."""
    HISTOGRAM = "histogram"
    """Added to; outlives its process."""


class Series(msgspec.Struct, frozen=True, array_like=True):
    """One series of an instrument."""

    scope: str
    name: str
    form: Form
    unit: str
    description: str
    attributes: tuple[tuple[str, Plain], ...]
    bounds: tuple[float, ...] = ()


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """One number of a series."""

    series: Series
    part: str = ""


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Cell)


def encode(cell: Cell) -> str:
    """Write the name of a number."""
    return _ENCODER.encode(cell).decode()


def decode(key: str) -> Cell:
    """Read the name of a number."""
    return _DECODER.decode(key)


def attributes_of(values: Mapping[str, AnyValue]) -> tuple[tuple[str, Plain], ...]:
    """Order attributes, so that the same ones are the same series in every process.

    Those of a metric are plain; anything else is written as text.
    """
    return tuple(
        (name, value if isinstance(value, str | int | float | bool) else str(value))
        for name, value in sorted(values.items())
    )
