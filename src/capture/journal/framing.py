"""Records in a run of bytes: framed, checksummed, and found again behind damage."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK: Final = b"DxR\x01"
_HEAD: Final = struct.Struct("<4sII")
"""Mark, length of the payload, CRC-32 of the payload seeded with that length."""
MOST_PAYLOAD_BYTES: Final = 1 << 20
"""A longer payload is no record of ours: lengths beyond it are damage."""


class Damage(StrEnum):
    """Why bytes of a journal are not a record to ship."""

    TORN = "torn"
    """The last record was not written to its end: its prediction was never answered."""
    CORRUPT = "corrupt"
    """The checksum does not fit, or there is no record where one should begin."""
    FOREIGN = "foreign"
    """A sound record that this version cannot read, or whose row does not fit the columns."""
    UNWRITABLE = "unwritable"
    """A row that seemed to fit, and that no file can be written with: a fault of this version."""


@dataclass(frozen=True, slots=True)
class Record:
    """A sound record; ``end`` is where the next one begins."""

    payload: bytes
    end: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes ``start`` to ``end`` that hold no sound record."""

    start: int
    end: int
    damage: Damage


def frame(payload: bytes) -> bytes:
    """Put a payload into a record."""
    return _HEAD.pack(_MARK, len(payload), zlib.crc32(payload, len(payload))) + payload


def scan(content: bytes, start: int = 0) -> Iterator[Record | Gap]:
    """Read records from ``start`` to the end of ``content``, with a gap for each damaged part."""
    position = start
    while position < len(content):
        record = _read(content, position)
        if record is None:
            following = _next_sound(content, position + 1)
            yield Gap(position, following, _kind(content, position, following))
            position = following
        else:
            yield record
            position = record.end


def record_around(content: bytes, position: int) -> Record | None:
    """Give the sound record that ``position`` is in the payload of, if there is one."""
    begin = content.rfind(_MARK, 0, position)
    while begin >= 0 and position - begin < MOST_PAYLOAD_BYTES:
        record = _read(content, begin)
        if record is not None:
            return record if record.end > position else None
        begin = content.rfind(_MARK, 0, begin)  # that one was part of a payload
    return None


def _read(content: bytes, position: int) -> Record | None:
    if position + _HEAD.size > len(content):
        return None
    mark, length, checksum = _HEAD.unpack_from(content, position)
    begin = position + _HEAD.size
    end = begin + length
    if mark != _MARK or length > MOST_PAYLOAD_BYTES or end > len(content):
        return None
    payload = content[begin:end]
    return Record(payload, end) if zlib.crc32(payload, length) == checksum else None


def _next_sound(content: bytes, position: int) -> int:
    while (position := content.find(_MARK, position)) >= 0:
        if _read(content, position) is not None:
            return position
        position += 1
    return len(content)


def _kind(content: bytes, start: int, end: int) -> Damage:
    """Tell a record cut off by the end, or never written over zeros, from a damaged one."""
    if end < len(content):
        return Damage.CORRUPT
    rest = content[start:]
    if not rest.strip(b"\0"):
        return Damage.TORN
    if len(rest) < _HEAD.size:
        return Damage.TORN if _MARK.startswith(rest[:4]) else Damage.CORRUPT
    mark, length, _ = _HEAD.unpack_from(rest)
    cut_off = mark == _MARK and length <= MOST_PAYLOAD_BYTES and length > len(rest) - _HEAD.size
    return Damage.TORN if cut_off else Damage.CORRUPT
