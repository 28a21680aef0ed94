"""Log records for people at a terminal."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Final

from telemetry.logs import fields

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLOURS: Final[Mapping[int, str]] = {
    logging.DEBUG: "\x1b[2m",
    logging.WARNING: "\x1b[33m",
    logging.ERROR: "\x1b[31m",
    logging.CRITICAL: "\x1b[1;31m",
}
_PLAIN: Final = "\x1b[0m"


class ConsoleLines(logging.Formatter):
    """Writes time, level and message, then the caller's fields, in one line; a traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """Put ``record`` into words."""
        at = datetime.fromtimestamp(record.created).astimezone()
        colour = _COLOURS.get(record.levelno, "")
        words = [
            f"{at:%H:%M:%S}",
            f"{colour}{record.levelname:<8}{_PLAIN if colour else ''}",
            _printable(fields.message(record)),
            *(
                f"{_printable(name)}={_printable(str(value))}"
                for name, value in fields.extras(record).items()
            ),
        ]
        line = " ".join(words)
        stack = fields.stack(record)
        if stack is None:
            return line
        return "\n".join([line, *(f"  {_printable(part)}" for part in stack.splitlines())])


def _printable(value: str) -> str:
    """Escape line breaks and whatever else could steer the terminal."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in value
    )
