"""Requests whose JSON body is decoded once, strictly, into the type that the handler declares.

Litestar by itself decodes into plain objects and converts those leniently ("25" for 25), hides
which byte was malformed, and lets an object name the same thing twice.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException

from app.problems.exceptions import (
    ClientGoneError,
    InvalidBodyError,
    MalformedJsonError,
    UnsupportedMediaError,
)
from app.problems.validation_message import explain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litestar.handlers import HTTPRouteHandler

EMPTY: Final = "it is empty"
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_DISCONNECTED: Final = "client disconnected prematurely"


class JsonRequest(Request[Any, Any, Any]):
    """A request whose body, where the handler takes one, is strict JSON."""

    __slots__ = ("_whole_body",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make one as Litestar does."""
        super().__init__(*args, **kwargs)
        self._whole_body: bytes | None = None

    async def body(self) -> bytes:
        """Read the body, at most as much as the limit allows.

        Raises:
            UnsupportedMediaError: the handler takes JSON and this is said to be something else.
            MalformedJsonError: the handler takes JSON and there is none.
            ClientGoneError: the client left before the end.

        """
        # Litestar asks twice: first whether there is any.
        if self._whole_body is None:
            self._whole_body = await self._read()
        return self._whole_body

    async def json(self) -> Any:
        """Decode the body into the type that the handler declares for it.

        Raises:
            MalformedJsonError: this is not JSON.
            InvalidBodyError: this is other JSON than the handler takes.

        """
        body = await self.body()
        decode = _decoder_of(self.route_handler)
        return decode(body) if decode else None

    async def _read(self) -> bytes:
        takes_json = _decoder_of(self.route_handler) is not None
        if takes_json and not _is_plainly_json(self.scope["headers"]):
            self._require_json()
        try:
            body = await super().body()
        except HTTPException as error:
            if error.detail == _DISCONNECTED:
                raise ClientGoneError from error
            raise
        if takes_json and not body:
            raise MalformedJsonError(EMPTY)
        return body

    def _require_json(self) -> None:
        media_type, parameters = self.content_type
        if media_type.lower() != "application/json":
            raise UnsupportedMediaError(
                f"A body of the media type '{media_type[:64]}'"
                if media_type
                else "A body without a Content-Type"
            )
        if parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8", "us-ascii"}:
            raise UnsupportedMediaError("JSON in another charset than UTF-8")
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise UnsupportedMediaError("A compressed body")


def _is_plainly_json(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether headers say JSON in the usual words; if not, they need a closer look."""
    plain = False
    for name, value in headers:
        if name == b"content-type":
            plain = value == b"application/json"
        elif name == b"content-encoding":
            return False
    return plain


class JsonDecoder:
    """Decodes JSON strictly into one type.

    A struct may name in ``elements`` a list of its own that is only cut into pieces here
    (``msgspec.Raw``), each to be decoded later by itself.
    """

    def __init__(self, body_type: Any) -> None:
        """Take the type, with its constraints."""
        self._decode = msgspec.json.Decoder(body_type).decode

    def __call__(self, body: bytes) -> Any:
        """Decode ``body``.

        Raises:
            MalformedJsonError: this is not JSON; also when a part after the first fault is not.
            InvalidBodyError: this is other JSON than the type takes.

        """
        try:
            decoded = self._decode(body)
            if not _has_no_name_twice(body, decoded):
                json.loads(
                    _without_elements(body, getattr(decoded, "elements", None)),
                    object_pairs_hook=_reject_repeated_names,
                    parse_int=str,
                    parse_float=str,
                )
        except msgspec.ValidationError as error:
            _require_well_formed(body)
            raise InvalidBodyError(*explain(str(error))) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedJsonError(_reason(error)) from error
        return decoded


def _has_no_name_twice(body: bytes, decoded: Any) -> bool:
    """Tell, at a glance, that no name stands twice; False where it takes a closer look.

    msgspec lets the last of two equal names win, silently. Every name is followed by a colon, so
    there is no room for another where there are as few colons as names that must have been there.
    """
    if not isinstance(decoded, msgspec.Struct):
        return False
    required, optional = _names(type(decoded))
    given = sum(getattr(decoded, name) is not None for name in optional)
    return body.count(b":") == required + given


@cache
def _names(struct: type[msgspec.Struct]) -> tuple[int, list[str]]:
    """Count the names that must be given, and list those without which a field is None."""
    fields, defaults = struct.__struct_fields__, struct.__struct_defaults__
    required = len(fields) - len(defaults)
    optional = zip(fields[required:], defaults, strict=True)
    return required, [name for name, default in optional if default is None]


def _without_elements(body: bytes, elements: str | None) -> bytes:
    """Take the list of elements out, so that what is wrong in one stays its own affair."""
    if elements is None:
        return body
    # Of two lists of the same name this is the last, so that the other is left to be found.
    cut = bytes(_FIELDS.decode(body)[elements])
    before, _, after = body.rpartition(cut)
    return before + b"[]" + after


def _require_well_formed(body: bytes) -> None:
    """Tell broken JSON from wrong JSON, since msgspec stops at the first wrong value."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
        body.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedJsonError(_reason(error)) from error


def _reason(error: Exception) -> str:
    match error:
        case RecursionError():
            return "it is nested too deeply"
        case UnicodeDecodeError():
            return "it is not UTF-8"
        case _:
            return (
                str(error)
                .removeprefix("JSON is malformed: ")
                .replace("Input data was truncated", "it ends too early")
            )


def _reject_repeated_names(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        (repeated, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise MalformedJsonError(f"the name '{repeated[:64]}' stands twice in one object")


@lru_cache(maxsize=64)
def _decoder_of(handler: HTTPRouteHandler) -> JsonDecoder | None:
    """Give the decoder for the type that the handler declares for ``data``, where it does."""
    field = handler.parsed_fn_signature.parameters.get("data")
    return None if field is None else JsonDecoder(field.raw)
