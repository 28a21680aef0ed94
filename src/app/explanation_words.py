"""What explanations say of a subject, in the caller's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app import explanation_english as english
from app import explanation_french as french
from app.language import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.explanation_facts import Facts
    from features.groups import Group

_SENTENCES: Final = {Language.ENGLISH: english.SENTENCES, Language.FRENCH: french.SENTENCES}
_DETAILS: Final = {Language.ENGLISH: english.DETAILS, Language.FRENCH: french.DETAILS}


def sentence(subject: Group, facts: Facts, language: Language) -> str:
    """Word what a subject is about in this duel; without a full stop."""
    return _SENTENCES[language][subject](facts)


def details(subject: Group, facts: Facts, language: Language) -> Sequence[str]:
    """Say what more there is to know of it."""
    return _DETAILS[language][subject](facts)


def with_points(words: str, points: float, language: Language) -> str:
    """Add what it is worth, in points of win probability."""
    shown = round(points)
    number = f"{shown:+d}" if shown else "±0"
    one = abs(shown) == 1 or (shown == 0 and language is Language.FRENCH)
    colon = f"{french.GAP}:" if language is Language.FRENCH else ":"
    return f"{words}{colon} {number} {'point' if one else 'points'}"
