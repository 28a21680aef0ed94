"""Who can learn what in Let's Go, and how.

A form has its own learnset and keeps what its pre-evolutions learnt; a Mega form has what its
base form has. One row a form and move tells the easiest way: by its own learnset before a
pre-evolution's (the nearer first), and there by level (the lowest), machine, then tutor.

The simulator's event codes (``7S``) count for nothing: events gave moves that are learnt anyway,
but for Celebrate, which is no move of Let's Go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from etl.source import Export, Species

_CODE: Final = re.compile(r"7(?P<method>[LMT])(?P<level>\d*)")
_METHODS: Final = {"L": "level", "M": "machine", "T": "tutor"}  # the easiest first
_MEGA: Final = "Mega"


def learnable(export: Export) -> frozenset[str]:
    """Give the simulator ids of all moves that something in Let's Go learns.

    Two partner moves whose power depends on friendship stand in the learnsets too, but the
    simulator does not enable them.
    """
    exist = {move.id for move in export.moves if move.nonstandard is None}
    return frozenset(
        move
        for learnset in export.learnsets.values()
        for move, codes in learnset.items()
        if move in exist and _easiest(codes)
    )


def learnset_rows(
    export: Export, form_ids: Mapping[str, int], move_ids: Mapping[str, int]
) -> list[dict[str, object]]:
    """Give the rows of the learnset table, for simulator ids mapped to PokeAPI's."""
    species = {one.id: one for one in export.species}
    rows: dict[tuple[int, int], dict[str, object]] = {}
    for one in export.species:
        for source, learner in _line(one, species):
            for move, codes in export.learnsets[source.id].items():
                way = _easiest(codes)
                key = (form_ids[one.id], move_ids.get(move, 0))
                if way is None or move not in move_ids or key in rows:
                    continue
                method, level = way
                rows[key] = {
                    "form_id": key[0],
                    "move_id": key[1],
                    "method": method,
                    "level": level,
                    "source_form_id": form_ids[learner.id],
                }
    return list(rows.values())


def _line(one: Species, species: Mapping[str, Species]) -> Iterator[tuple[Species, Species]]:
    """Give each form whose learnset counts for a form, and whom to name as its source."""
    own = species[one.base] if one.forme.startswith(_MEGA) else one
    yield own, one
    while own.prevo:
        own = species[own.prevo]
        yield own, own


def _easiest(codes: Sequence[str]) -> tuple[str, int | None] | None:
    matches = [match for code in codes if (match := _CODE.fullmatch(code))]
    for letter, method in _METHODS.items():
        levels = [int(match["level"] or 0) for match in matches if match["method"] == letter]
        if levels:
            return method, min(levels) if method == "level" else None
    return None
