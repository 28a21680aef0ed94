"""Make the catalogue's answers from the dex tables, once a dex version and language."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from app.catalogue.answers import Catalogue, Searchable
from app.catalogue.schema import (
    Acquisition,
    Affinity,
    Ailment,
    LearnableMove,
    MoveDetail,
    MoveItem,
    Names,
    PokemonDetail,
    PokemonItem,
    PokemonWeaknesses,
    StageChange,
    Stats,
    TypeItem,
    Weakness,
)
from features.names import NameIndex, normalise
from features.stats import hp_at_level_50, stat_at_level_50

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.language import Language
    from features.dex import Dex

    Row = dict[str, Any]

_STATS: Final = Stats.__struct_fields__
_STAGES: Final = (
    "attack",
    "defense",
    "special_attack",
    "special_defense",
    "speed",
    "accuracy",
    "evasion",
)
_TRAITS: Final = (
    "always_crits",
    "uses_target_attack",
    "self_destructs",
    "crashes",
    "charges",
    "vanishes",
    "recharges",
    "locks_in",
    "needs_sleeping_target",
    "first_turn_only",
    "needs_attacking_target",
    "is_powder",
    "is_sound",
    "thaws_user",
)
_METHODS: Final = ("level", "machine", "tutor", "gift")
"""In the order in which ways to a move are listed."""


def build_catalogue(dex: Dex, language: Language) -> Catalogue:
    """Make every answer in the language."""
    name_column = f"name_{language.value}"
    types = {
        row["type_id"]: TypeItem(
            id=row["type_id"], identifier=row["identifier"], name=row[name_column]
        )
        for row in dex.types.sort("type_id").iter_rows(named=True)
    }
    affinity = {
        (row["attacking_type_id"], row["defending_type_id"]): Affinity(
            attacking=types[row["attacking_type_id"]],
            defending=types[row["defending_type_id"]],
            multiplier=row["multiplier"],
        )
        for row in dex.type_affinities.sort("attacking_type_id", "defending_type_id").iter_rows(
            named=True
        )
    }
    form_rows = _forms(dex)
    move_rows = dex.moves.sort("move_id").to_dicts()
    forms = {row["form_id"]: _pokemon_item(row, types, name_column) for row in form_rows}
    moves = {row["move_id"]: _move_item(row, types, name_column) for row in move_rows}
    learnt, learners = _learnset(dex)
    return Catalogue(
        language=language,
        version=dex.version,
        types=list(types.values()),
        type_names=NameIndex.of(dex.types, "type_id"),
        affinities=list(affinity.values()),
        affinity=affinity,
        pokemon=list(forms.values()),
        pokemon_search=_searchable(form_rows, forms, "form_id"),
        pokemon_of_type={
            type_id: [item for item in forms.values() if kind in item.types]
            for type_id, kind in types.items()
        },
        pokemon_details={
            row["form_id"]: _pokemon_detail(
                row, forms[row["form_id"]], moves, learnt[row["form_id"]]
            )
            for row in form_rows
        },
        pokemon_weaknesses={
            form_id: _weaknesses(item, types.values(), affinity) for form_id, item in forms.items()
        },
        moves=list(moves.values()),
        moves_search=_searchable(move_rows, moves, "move_id"),
        moves_of_type={
            type_id: [item for item in moves.values() if item.type is kind]
            for type_id, kind in types.items()
        },
        move_details={
            row["move_id"]: _move_detail(
                row,
                moves[row["move_id"]],
                [forms[form_id] for form_id in sorted(learners[row["move_id"]])],
            )
            for row in move_rows
        },
    )


def _forms(dex: Dex) -> list[Row]:
    return (
        dex.forms.sort("form_id")
        .with_columns(
            hp_at_level_50("hp").alias("hp_50"),
            *(stat_at_level_50(stat).alias(f"{stat}_50") for stat in _STATS if stat != "hp"),
        )
        .to_dicts()
    )


def _learnset(dex: Dex) -> tuple[Mapping[int, Mapping[int, list[Row]]], Mapping[int, set[int]]]:
    """Group the ways to know a move by form and move; and the forms by move."""
    learnt: defaultdict[int, defaultdict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    learners: defaultdict[int, set[int]] = defaultdict(set)
    ordered = dex.learnset.with_columns(
        order=pl.col("method").replace_strict(
            {method: order for order, method in enumerate(_METHODS)}, return_dtype=pl.Int8
        )
    ).sort("form_id", "order", "level", "move_id", "source_form_id")
    for row in ordered.iter_rows(named=True):
        learnt[row["form_id"]][row["move_id"]].append(row)
        learners[row["move_id"]].add(row["form_id"])
    return learnt, learners


def _searchable(rows: Iterable[Row], items: Mapping[int, Any], key: str) -> Searchable[Any]:
    return Searchable(
        [
            (sorted({normalise(row["name_en"]), normalise(row["name_fr"])}), items[row[key]])
            for row in rows
        ]
    )


def _pokemon_item(row: Row, types: Mapping[int, TypeItem], name_column: str) -> PokemonItem:
    return PokemonItem(
        id=row["form_id"],
        identifier=row["identifier"],
        name=row[name_column],
        species_id=row["species_id"],
        kind=row["kind"],
        types=[types[row[key]] for key in ("type1_id", "type2_id") if row[key] is not None],
    )


def _pokemon_detail(
    row: Row,
    item: PokemonItem,
    moves: Mapping[int, MoveItem],
    learnt: Mapping[int, Sequence[Row]],
) -> PokemonDetail:
    return PokemonDetail(
        id=item.id,
        identifier=item.identifier,
        name=item.name,
        names=Names(en=row["name_en"], fr=row["name_fr"]),
        species_id=item.species_id,
        kind=item.kind,
        types=item.types,
        weight_kg=row["weight_hg"] / 10,
        base_stats=Stats(**{stat: row[stat] for stat in _STATS}),
        stats_at_level_50=Stats(**{stat: row[f"{stat}_50"] for stat in _STATS}),
        moves=[
            LearnableMove(
                id=move_id,
                identifier=moves[move_id].identifier,
                name=moves[move_id].name,
                type=moves[move_id].type,
                category=moves[move_id].category,
                power=moves[move_id].power,
                learned=[_acquisition(way) for way in ways],
            )
            for move_id, ways in learnt.items()
        ],
    )


def _acquisition(row: Row) -> Acquisition:
    source = row["source_form_id"]
    return Acquisition(
        method=row["method"],
        level=row["level"],
        inherited_from=None if source == row["form_id"] else source,
    )


def _weaknesses(
    item: PokemonItem,
    types: Iterable[TypeItem],
    affinity: Mapping[tuple[int, int], Affinity],
) -> PokemonWeaknesses:
    hits = []
    for attacking in types:
        multiplier = 1.0
        for defending in item.types:
            multiplier *= affinity[attacking.id, defending.id].multiplier
        hits.append(Weakness(attacking_type=attacking, multiplier=multiplier))
    hits.sort(key=lambda hit: -hit.multiplier)
    return PokemonWeaknesses(id=item.id, name=item.name, types=item.types, weaknesses=hits)


def _move_item(row: Row, types: Mapping[int, TypeItem], name_column: str) -> MoveItem:
    return MoveItem(
        id=row["move_id"],
        identifier=row["identifier"],
        name=row[name_column],
        type=types[row["type_id"]],
        category=row["category"],
        power=row["power"],
        accuracy=row["accuracy"],
        pp=row["pp"],
        priority=row["priority"],
    )


def _move_detail(row: Row, item: MoveItem, learned_by: list[PokemonItem]) -> MoveDetail:
    stages = {stat: row[f"boost_{stat}"] for stat in _STAGES if row[f"boost_{stat}"]}
    return MoveDetail(
        id=item.id,
        identifier=item.identifier,
        name=item.name,
        names=Names(en=row["name_en"], fr=row["name_fr"]),
        type=item.type,
        category=item.category,
        power=item.power,
        accuracy=item.accuracy,
        pp=item.pp,
        priority=item.priority,
        damage_rule=row["damage_rule"],
        fixed_damage=row["fixed_damage"],
        min_hits=row["min_hits"],
        max_hits=row["max_hits"],
        crit_stage=row["crit_stage"],
        drain_percent=row["drain_percent"],
        recoil_percent=row["recoil_percent"],
        heal_percent=row["heal_percent"],
        traits=[trait for trait in _TRAITS if row[trait]],
        ailment=None
        if row["ailment"] == "none"
        else Ailment(name=row["ailment"], chance=row["ailment_chance"]),
        stage_change=None
        if row["boost_target"] == "none"
        else StageChange(target=row["boost_target"], chance=row["boost_chance"], stages=stages),
        special_effect=None if row["special_effect"] == "none" else row["special_effect"],
        learned_by=learned_by,
    )
