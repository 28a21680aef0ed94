"""Which of the two languages an answer is in."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Final


class Language(StrEnum):
    """A language that names are known in; the value is its tag."""

    ENGLISH = "en"
    FRENCH = "fr"


DEFAULT: Final = Language.ENGLISH
_LONGEST_HEADER: Final = 256


def preferred(accept_language: str | None) -> Language:
    """Choose the language by an ``Accept-Language`` header (RFC 9110, section 12.5.4).

    Regions are disregarded (``fr-CA`` is French). The highest quality wins, then what stands
    first; English answers when nothing matches. Malformed parts are skipped.
    """
    if not accept_language:
        return DEFAULT
    return _preferred(accept_language[:_LONGEST_HEADER])


@lru_cache(maxsize=256)
def _preferred(header: str) -> Language:
    quality_of: dict[str, float] = {}
    for part in header.split(","):
        tag, _, parameters = part.partition(";")
        quality = _quality(parameters)
        if quality is not None:
            quality_of.setdefault(tag.strip().lower().partition("-")[0], quality)
    anything = quality_of.get("*", 0.0)
    order = list(quality_of)
    best = max(
        Language,
        key=lambda language: (
            quality_of.get(language.value, anything),
            -order.index(language.value) if language.value in quality_of else -len(order),
            language is DEFAULT,
        ),
    )
    return best if quality_of.get(best.value, anything) > 0 else DEFAULT


def _quality(parameters: str) -> float | None:
    """Read ``q=0.8``; 1 when there is none, nothing when it is not a quality."""
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    if name.strip().lower() != "q":
        return None
    try:
        quality = float(value)
    except ValueError:
        return None
    return quality if 0 <= quality <= 1 else None
