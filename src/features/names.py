"""Find what a name means, in English or French and in any spelling."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

MAX_LENGTH: Final = 100
"""Characters of a name that are looked at: the longest real one has 16. A longer text is no name
and is not worth its work."""

_SPELLED: Final = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "♀": "f", "♂": "m"})
_WORTH_SUGGESTING: Final = 0.5
"""Least resemblance, as difflib's ratio from 0 to 1."""


@lru_cache(maxsize=4096)
def normalise(name: str) -> str:
    """Reduce a name to its letters and digits, in lower case and without accents.

    The signs of Nidoran become ``f`` and ``m``; hyphens, spaces, apostrophes and dots go. The
    result is empty when nothing is left, or when the text is too long to be a name.
    """
    if len(name) > MAX_LENGTH:
        return ""
    decomposed = unicodedata.normalize("NFKD", name.translate(_SPELLED)).casefold()
    return "".join(character for character in decomposed if character.isalnum())


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Ids by name."""

    _ids: Mapping[str, int]
    """By normalised name of either language or identifier."""
    _spellings: Mapping[str, tuple[int, str]]
    """By normalised name: the id, and the name as it is written in its language."""

    @classmethod
    def of(cls, frame: pl.DataFrame, key: str) -> Self:
        """Index a table of the dex by its columns ``name_en``, ``identifier`` and ``name_fr``.

        Where a name means different things, English wins over the identifier and the identifier
        over French.
        """
        ids: dict[str, int] = {}
        spellings: dict[str, tuple[int, str]] = {}
        for column in ("name_en", "identifier", "name_fr"):
            for number, name in frame.select(key, column).iter_rows():
                normalised = normalise(name)
                if ids.setdefault(normalised, number) == number and column != "identifier":
                    spellings.setdefault(normalised, (number, name))
        return cls(ids, spellings)

    def resolve(self, name: str) -> int | None:
        """Give the id, or nothing when no such name is known."""
        return self._ids.get(normalise(name))

    def suggest(self, name: str, limit: int = 3) -> list[str]:
        """Give the names nearest to a misspelt one, the nearest first, one for each id.

        A name is suggested in the language that it resembles; nothing that bears no resemblance is.
        """
        wanted = normalise(name)
        if not wanted:
            return []
        nearest: dict[int, str] = {}
        for _, number, spelling in nlargest(2 * limit, self._scores(wanted)):
            nearest.setdefault(number, spelling)
        return list(nearest.values())[:limit]

    def _scores(self, wanted: str) -> Iterable[tuple[float, int, str]]:
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(wanted)
        for known, (number, spelling) in self._spellings.items():
            matcher.set_seq1(known)
            # The quick ratios are upper bounds that spare most of the work.
            if matcher.real_quick_ratio() < _WORTH_SUGGESTING:
                continue
            if matcher.quick_ratio() < _WORTH_SUGGESTING:
                continue
            ratio = matcher.ratio()
            if ratio >= _WORTH_SUGGESTING:
                yield ratio, -number, spelling  # the lower id first where two are as near
