"""A form: its stats, what hits it, and what it can learn."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.catalogue import weaknesses
from ui.markup import bar, table, tag, tags, times
from ui.views import choose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ui.schema import Acquisition, PokemonDetail, Stats
    from ui.visit import Visit

STATS: Final = {
    "hp": "HP",
    "attack": "Attack",
    "defense": "Defense",
    "special_attack": "Special attack",
    "special_defense": "Special defense",
    "speed": "Speed",
}
_HIGHEST: Final = 260
"""Of the bars; no stat at level 50 lies above."""
METHODS: Final = {"machine": "TM", "tutor": "tutor", "gift": "gift"}


def show(visit: Visit) -> None:
    """Show the form that was chosen."""
    st.title(visit.say("Pokédex"))
    detail = visit.detail(choose.pokemon(visit, "Pokémon", "pokedex", 25))
    st.html(
        f'<div class="dx-row"><b>{escape(detail.name)}</b> {tags(detail.types)}'
        f'<span class="dx-note">#{detail.id} · {detail.weight_kg:g} kg</span></div>'
    )
    left, right = st.columns(2)
    with left:
        st.subheader(visit.say("Stats at level 50"))
        st.html(_stats(visit, detail.stats_at_level_50, detail.base_stats))
    with right:
        st.subheader(visit.say("What hits it"))
        st.html(_weaknesses(visit, detail.id))
    st.subheader(visit.say("Moves it can learn"))
    heads = [visit.say(head) for head in ("Move", "Type", "Power", "Accuracy")]
    st.html(table(heads, _moves(visit, detail), numbers=2))


def _stats(visit: Visit, level_50: Stats, base: Stats) -> str:
    rows = []
    for field, name in STATS.items():
        value = getattr(level_50, field)
        drawn = bar(min(value / _HIGHEST, 1), f"{value}", hue=210)
        rows.append((escape(visit.say(name)) + drawn, f"{value}", f"{getattr(base, field)}"))
    return table([visit.say("Stat"), visit.say("Level 50"), visit.say("Base")], rows, numbers=2)


def _weaknesses(visit: Visit, pokemon_id: int) -> str:
    by_multiplier: dict[float, list[str]] = {}
    for one in weaknesses(visit.api, pokemon_id, visit.language).weaknesses:
        by_multiplier.setdefault(one.multiplier, []).append(tag(one.attacking_type))
    rows = [
        (times(multiplier), " ".join(kinds))
        for multiplier, kinds in by_multiplier.items()
        if multiplier != 1
    ]
    return table([visit.say("Damage"), visit.say("Attacks of type")], rows)


def _moves(visit: Visit, detail: PokemonDetail) -> Iterable[tuple[str, ...]]:
    catalogue = visit.catalogue
    learned = sorted(detail.moves, key=lambda move: (_level(move.learned), move.id))
    for one in learned:
        move = catalogue.moves[one.id]
        how = ", ".join(dict.fromkeys(_how(visit, way) for way in one.learned))
        accuracy = "–" if move.accuracy is None else f"{move.accuracy}"
        name = f'{escape(move.name)}<div class="dx-note">{escape(how)}</div>'
        yield name, tag(move.type), f"{move.power or '–'}", accuracy


def _level(ways: list[Acquisition]) -> int:
    levels = [way.level for way in ways if way.level is not None]
    return min(levels, default=1000)


def _how(visit: Visit, way: Acquisition) -> str:
    said = _method(visit, way)
    if way.inherited_from is None:
        return said
    form = visit.catalogue.pokemon_name(way.inherited_from)
    return visit.say("{way} as {form}", way=said, form=form)


def _method(visit: Visit, way: Acquisition) -> str:
    if way.level is None:
        return visit.say(METHODS.get(way.method, way.method))
    if way.level == 0:
        return visit.say("on evolving")
    return visit.say("level {level}", level=way.level)
