"""What the headers of an answer to one caller say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.language import Language


def worded_in(language: Language) -> Mapping[str, str]:
    """Give the headers of an answer in this language, which is not to be kept."""
    return {
        "Cache-Control": "no-store",
        "Content-Language": language.value,
        "Vary": "Accept-Language",
    }
