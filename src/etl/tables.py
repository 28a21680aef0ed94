"""The five tables of the dex, from what the npm packages say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from etl.effects import effects
from etl.errors import SnapshotError
from etl.learnsets import learnable, learnset_rows
from etl.naming import Namer
from features.dex import TABLES, TYPE_IDENTIFIERS, sorted_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etl.source import Export, Move, Species

_TYPE_IDS: Final = {name: number for number, name in enumerate(TYPE_IDENTIFIERS, start=1)}
_KINDS: Final = {"": "base", "Alola": "alola", "Starter": "partner"}
_MEGA: Final = "Mega"


def tables(export: Export) -> dict[str, pl.DataFrame]:
    """Build the tables, each sorted by its key.

    Raises:
        SnapshotError: the sources lack a name or an id, or hold something that has no place.

    """
    namer = Namer.of(export.names)
    forms = {one.id: namer.form(one).pokeapi_id for one in export.species}
    moves = [one for one in export.moves if one.id in learnable(export)]
    move_ids = {one.id: namer.move(one).pokeapi_id for one in moves}
    rows: dict[str, list[dict[str, object]]] = {
        "types": [_type(namer, name) for name in TYPE_IDENTIFIERS],
        "type_affinities": _affinities(export.chart),
        "forms": [_form(namer, one) for one in export.species],
        "moves": [_move(namer, one) for one in moves],
        "learnset": learnset_rows(export, forms, move_ids),
    }
    return sorted_tables({name: _frame(name, content) for name, content in rows.items()})


def _frame(table: str, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    columns = TABLES[table]
    for row in rows:
        if row.keys() != columns.keys():
            raise SnapshotError(f"{table}: columns {sorted(row.keys() ^ columns.keys())} differ")
    return pl.DataFrame(rows, schema=columns, strict=True, orient="row").select(*columns)


def _type_id(name: str) -> int:
    try:
        return _TYPE_IDS[name.lower()]
    except KeyError:
        raise SnapshotError(f"{name} is no known type") from None


def _type(namer: Namer, identifier: str) -> dict[str, object]:
    naming = namer.type(_TYPE_IDS[identifier], identifier.capitalize())
    return {
        "type_id": naming.pokeapi_id,
        "identifier": identifier,
        "name_en": naming.name_en,
        "name_fr": naming.name_fr,
    }


def _affinities(chart: Mapping[str, Mapping[str, float]]) -> list[dict[str, object]]:
    return [
        {
            "attacking_type_id": _type_id(attacking),
            "defending_type_id": _type_id(defending),
            "multiplier": multiplier,
        }
        for attacking, row in chart.items()
        for defending, multiplier in row.items()
    ]


def _form(namer: Namer, one: Species) -> dict[str, object]:
    naming = namer.form(one)
    kind = "mega" if one.forme.startswith(_MEGA) else _KINDS.get(one.forme)
    if kind is None:
        raise SnapshotError(f"{one.id}: {one.forme} is no known kind of form")
    first, *second = one.types
    return {
        "form_id": naming.pokeapi_id,
        "showdown": one.id,
        "identifier": naming.identifier,
        "name_en": naming.name_en,
        "name_fr": naming.name_fr,
        "species_id": one.num,
        "kind": kind,
        "type1_id": _type_id(first),
        "type2_id": _type_id(second[0]) if second else None,
        "hp": one.stats["hp"],
        "attack": one.stats["atk"],
        "defense": one.stats["def"],
        "special_attack": one.stats["spa"],
        "special_defense": one.stats["spd"],
        "speed": one.stats["spe"],
        "weight_hg": one.weight_hg,
    }


def _move(namer: Namer, one: Move) -> dict[str, object]:
    naming = namer.move(one)
    return {
        "move_id": naming.pokeapi_id,
        "showdown": one.id,
        "identifier": naming.identifier,
        "name_en": naming.name_en,
        "name_fr": naming.name_fr,
        "type_id": _type_id(one.type),
        "category": one.category.lower(),
        "power": one.base_power,
        "accuracy": one.accuracy,
        "pp": one.pp,
        "priority": one.priority,
        **effects(one),
    }
