"""What a box finds: each thing by the name that is shown, and by whatever else it is called.

Streamlit compares what is typed with an option as it is written, sign by sign. So the name in the
other language, and each name without its accents, is an option of its own, after those that are
shown; whoever takes one gets what it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ui.catalogue import without_accents

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Lookup:
    """Things by their ids."""

    shown: Mapping[int, str]
    """Their names, in the order in which they are offered."""
    also: Mapping[str, int]
    """What else they are called."""

    @classmethod
    def of(cls, shown: Mapping[int, str], elsewhere: Mapping[int, str]) -> Self:
        """Find what else things are called; ``elsewhere`` has their names in another language."""
        taken = {name.casefold() for name in shown.values()}
        also: dict[str, int] = {}
        for one, name in shown.items():
            other = elsewhere.get(one, name)
            for word in (without_accents(name), other, without_accents(other)):
                if word.casefold() not in taken:
                    also.setdefault(word, one)
        return cls(shown, also)

    @property
    def options(self) -> list[int | str]:
        """Give what can be chosen: ids, then other words for them."""
        return [*self.shown, *self.also]

    def write(self, option: int | str) -> str:
        """Write an option as it is offered."""
        return self.shown[option] if isinstance(option, int) else option

    def meant(self, option: int | str) -> int:
        """Say which thing an option stands for."""
        return option if isinstance(option, int) else self.also[option]
