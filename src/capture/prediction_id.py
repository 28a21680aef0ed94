"""Ids of predictions: ordered by time, so that an id leads to the files it can be in."""

from __future__ import annotations

import os
import time
import uuid
from datetime import UTC, datetime
from typing import Final

_VERSION_AND_VARIANT: Final = (0x7 << 76) | (0b10 << 62)
_LOW_RANDOM: Final = (1 << 62) - 1


def new_prediction_id() -> str:
    """Make a UUID of version 7 (RFC 9562): milliseconds since 1970, then 74 random bits."""
    random = int.from_bytes(os.urandom(10), "big")
    milliseconds = time.time_ns() // 1_000_000
    number = (
        (milliseconds & 0xFFFF_FFFF_FFFF) << 80
        | (random >> 68) << 64
        | random & _LOW_RANDOM
        | _VERSION_AND_VARIANT
    )
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def moment_of(prediction_id: str) -> datetime:
    """Tell when an id was made, to the millisecond, in UTC.

    Raises:
        ValueError: it is no id of ours.

    """
    found = uuid.UUID(prediction_id)
    if found.version != 7 or str(found) != prediction_id:  # noqa: PLR2004  # the version that holds a time
        raise ValueError("it is no UUID of version 7")
    return datetime.fromtimestamp((found.int >> 80) / 1000, UTC)
