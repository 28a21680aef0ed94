"""msgspec's validation messages in words for people, with the place as a JSON pointer."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_PLACE: Final = re.compile(r" - at `\$(?P<path>(?:\.\w+|\[\d+\]|\[\.\.\.\])*)`$")
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_FIELD: Final = re.compile(r"^Object (contains unknown|missing required) field `(.*)`$", re.DOTALL)
_QUOTED: Final = re.compile(r"`([^`]+)`")
_LONGEST_NAME: Final = 64

_WORDS: Final = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


class Explained(NamedTuple):
    """What is wrong, and where in the body: '' for the whole, else such as ``/moves/2``."""

    pointer: str
    reason: str


def explain(message: str) -> Explained:
    """Explain one message of :class:`msgspec.ValidationError`."""
    place = _PLACE.search(message)
    what = message if place is None else message[: place.start()]
    pointer = "" if place is None else _pointer(place["path"])
    if (field := _FIELD.match(what)) is not None:
        fault, name = field.groups()
        name = name[:_LONGEST_NAME]
        reason = "this field is required" if fault.startswith("missing") else "no such field"
        return Explained(f"{pointer}/{_escape(name)}", reason)
    reason = _QUOTED.sub(lambda quoted: _plain(quoted.group(1)), what)
    return Explained(pointer, reason[:1].lower() + reason[1:])


def _pointer(path: str) -> str:
    return "".join(f"/{name or index}" for name, index in _STEP.findall(path))


def _escape(name: str) -> str:
    """Escape a name within a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def _plain(types: str) -> str:
    return " or ".join(_WORDS.get(word, word) for word in types.split(" | "))
