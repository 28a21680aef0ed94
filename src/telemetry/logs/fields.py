"""What a log record says, as plain bounded values that any encoding can take."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_CHARACTERS: Final = 8192
"""Longest text in a log line; more is cut and its length told."""

STACK_CHARACTERS: Final = 16384

_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",  # uvicorn's copy of the message with terminal colours
}


def text(value: str, limit: int = TEXT_CHARACTERS) -> str:
    """Cut ``value`` to ``limit`` characters and escape what UTF-8 cannot hold."""
    if len(value) > limit:
        value = f"{value[:limit]}... ({len(value)} characters)"
    return value.encode(errors="backslashreplace").decode()


def message(record: logging.LogRecord) -> str:
    """Give the message; one whose arguments do not fit is given as it was written."""
    try:
        return text(record.getMessage())
    except Exception:  # noqa: BLE001  # arguments and their __str__ are the caller's
        return text(f"{record.msg!s} {_described(record.args)}")


def extras(record: logging.LogRecord) -> Mapping[str, object]:
    """Give the fields that the caller added, each a plain value or a tree of them."""
    return {
        name: plain(value)
        for name, value in vars(record).items()
        if name not in _OWN and value is not None
    }


def plain(value: object) -> object:
    """Reduce ``value`` to what JSON knows; too large or strange ones become text."""
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        # Beyond 64 bits OTLP has no number for it.
        return value if value.bit_length() < 64 else text(_described(value))  # noqa: PLR2004  # signed
    if isinstance(value, str):
        return text(value)
    try:
        encoded = msgspec.json.encode(value, enc_hook=_described)
    except Exception:  # noqa: BLE001  # whatever the value's own code raises
        return text(_described(value))
    if len(encoded) > TEXT_CHARACTERS:
        return text(encoded.decode())
    tree: object = msgspec.json.decode(encoded)
    return tree


def stack(record: logging.LogRecord) -> str | None:
    """Give the traceback, its last part where it is too long, since that names the error."""
    if not record.exc_info or record.exc_info[1] is None:
        return None
    lines = "".join(traceback.format_exception(record.exc_info[1]))
    return text(lines[-STACK_CHARACTERS:], STACK_CHARACTERS)


def _described(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  # a broken __repr__ must not break logging
        return f"<{type(value).__name__}>"
