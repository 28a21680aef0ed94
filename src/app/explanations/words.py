"""What explanations say of a subject, in the caller's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.explanations import english, french
from app.explanations.said import DETAILS, SENTENCES, Said, said
from app.language import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.explanations.facts import Facts
    from features.groups import Group

_PHRASES: Final = {Language.ENGLISH: english.PHRASES, Language.FRENCH: french.PHRASES}
_NUMBERS: Final = {Language.ENGLISH: english.Number, Language.FRENCH: french.Number}


def sentence(subject: Group, facts: Facts, language: Language) -> str:
    """Word what a subject is about in this duel; without a full stop."""
    return _sentence(SENTENCES[subject](facts), language)


def details(subject: Group, facts: Facts, language: Language) -> Sequence[str]:
    """Say what more there is to know of it."""
    return [_sentence(detail, language) for detail in DETAILS[subject](facts)]


def with_points(words: str, points: float, language: Language) -> str:
    """Add what it is worth, in points of win probability."""
    shown = round(points)
    if not shown:
        return _worded(said("points.none", words=words), language)
    return _worded(said("points", words=words, points=shown, size=abs(shown)), language)


def _sentence(one: Said, language: Language) -> str:
    words = _worded(one, language)
    return words[0].upper() + words[1:]


def _worded(one: Said, language: Language) -> str:
    return _PHRASES[language][one.phrase].format_map(
        {name: _value(value, language) for name, value in one.values.items()}
    )


def _value(value: str | float | Said | Sequence[Said], language: Language) -> str | float:
    match value:
        case str():
            return value
        case float() | int():
            return _NUMBERS[language](value)
        case Said():
            return _worded(value, language)
        case _:
            return _PHRASES[language]["effects.and"].join(_worded(one, language) for one in value)
