"""One row as an entry of the stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import msgspec
from opentelemetry import trace

from capture.interface import DeathReason
from capture.record import read_row
from telemetry import propagation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capture.record import CapturedPrediction

_encoder: Final = msgspec.msgpack.Encoder()


class DeadEntryError(Exception):
    """An entry is no row that can be written."""

    def __init__(self, reason: DeathReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def encode(prediction: CapturedPrediction) -> bytes:
    """Give the field ``row``: what also stands in the journal."""
    return _encoder.encode(prediction)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that was read from the stream."""

    entry_id: str
    prediction: CapturedPrediction
    handed_over: trace.SpanContext
    """Span of the process that put it there."""
    doubtful: bool
    """Whether it may stand in a file already."""

    @classmethod
    def decode(
        cls, entry_id: str, fields: Mapping[bytes, bytes], contract: str, *, doubtful: bool
    ) -> Self:
        """Read an entry.

        Raises:
            DeadEntryError: it is no row, or follows another feature contract.

        """
        prediction = read_row(fields.get(b"row", b""))
        if prediction is None:
            raise DeadEntryError(DeathReason.UNDECODABLE)
        if fields.get(b"contract") != contract.encode():
            raise DeadEntryError(DeathReason.FOREIGN)
        context = propagation.continued(
            {
                name: fields.get(name.encode(), b"").decode(errors="replace")
                for name in ("traceparent", "tracestate")
            }
        )
        return cls(
            entry_id,
            prediction,
            trace.get_current_span(context).get_span_context(),
            doubtful=doubtful or fields.get(b"again") == b"1",
        )


def milliseconds(entry_id: str) -> int:
    """Tell when an entry was added, by the clock of Redis."""
    return int(entry_id.partition("-")[0])
