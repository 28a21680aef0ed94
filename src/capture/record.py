"""What is captured of one answered prediction."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  # msgspec resolves field types when it decodes
from typing import Final

import msgspec

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises of bytes that are not what they should be."""


class CapturedPrediction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One answered prediction and the features of the move it recommended.

    It holds no reference cycle, so the garbage collector need not track it: tens of
    thousands may wait for the disk.
    """

    features: bytes
    """The recommended move's features as little-endian 32-bit floats in contract order:
    ``row.tobytes()`` of a contiguous float32 row, the cheapest copy there is, and the form
    in which a journal can append it."""
    prediction_id: str
    predicted_at: datetime
    """Aware; kept to the microsecond in UTC."""
    trace_id: str | None
    model_version: str
    pokemon_a_id: int
    pokemon_b_id: int
    available_moves: list[str]
    """Move identifiers as the request's names were resolved, in request order."""
    available_moves_b: list[str] | None
    """Likewise for B; None when the request left B's moves open."""
    recommended_move: str
    win_probability: float
    win_probabilities: list[float]
    """One for each of ``available_moves``, in request order."""


_decoder: Final = msgspec.msgpack.Decoder(CapturedPrediction)


def read_row(payload: bytes) -> CapturedPrediction | None:
    """Give the row that a journal or a stream holds as these bytes, or None where they are none."""
    try:
        return _decoder.decode(payload)
    except UNREADABLE:
        return None
