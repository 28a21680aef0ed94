"""The dex: every fact about forms, moves and types that a battle depends on.

These table contracts are shared by the snapshot (CSV), the database, the features
and the service. A table is a mapping from column name to Polars type; a column
listed in :data:`NULLABLE` may be empty, no other may.

Ids are PokeAPI's. ``showdown`` columns hold the simulator's own identifier.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPE_IDENTIFIERS: Final = (
    "normal",
    "fighting",
    "flying",
    "poison",
    "ground",
    "rock",
    "bug",
    "ghost",
    "steel",
    "fire",
    "water",
    "grass",
    "electric",
    "psychic",
    "ice",
    "dragon",
    "dark",
    "fairy",
)
"""Identifiers of the types in the order of their PokeAPI ids (1..18)."""

TYPES: Final[Mapping[str, pl.DataType]] = {
    "type_id": pl.Int16(),
    "identifier": pl.String(),
    "name_en": pl.String(),
    "name_fr": pl.String(),
}

TYPE_AFFINITIES: Final[Mapping[str, pl.DataType]] = {
    "attacking_type_id": pl.Int16(),
    "defending_type_id": pl.Int16(),
    "multiplier": pl.Float32(),  # 0, 0.5, 1 or 2
}

FORMS: Final[Mapping[str, pl.DataType]] = {
    "form_id": pl.Int32(),
    "showdown": pl.String(),
    "identifier": pl.String(),  # PokeAPI's, e.g. "raichu-alola"
    "name_en": pl.String(),
    "name_fr": pl.String(),
    "species_id": pl.Int16(),  # national number, shared by the forms of a species
    "kind": pl.String(),  # base, alola, mega or partner
    "type1_id": pl.Int16(),
    "type2_id": pl.Int16(),
    "hp": pl.Int16(),  # base stats
    "attack": pl.Int16(),
    "defense": pl.Int16(),
    "special_attack": pl.Int16(),
    "special_defense": pl.Int16(),
    "speed": pl.Int16(),
    "weight_hg": pl.Int32(),
}

MOVES: Final[Mapping[str, pl.DataType]] = {
    "move_id": pl.Int32(),
    "showdown": pl.String(),
    "identifier": pl.String(),  # PokeAPI's, e.g. "mega-drain"
    "name_en": pl.String(),
    "name_fr": pl.String(),
    "type_id": pl.Int16(),
    "category": pl.String(),  # physical, special or status
    "power": pl.Int16(),  # 0 where no fixed base power
    "accuracy": pl.Int16(),  # percent; null: never misses
    "pp": pl.Int16(),  # base; a battle starts with 8/5 of it
    "priority": pl.Int16(),
    # How damage comes about: standard, fixed, level, psywave, half_hp, ohko, counter, bide,
    # weight (Low Kick) or none.
    "damage_rule": pl.String(),
    "fixed_damage": pl.Int16(),  # HP; 0 unless damage_rule is fixed
    "min_hits": pl.Int16(),
    "max_hits": pl.Int16(),
    "crit_stage": pl.Int16(),  # added critical-hit stages
    "always_crits": pl.Boolean(),
    "uses_target_attack": pl.Boolean(),  # Foul Play
    "drain_percent": pl.Int16(),  # of the damage dealt
    "recoil_percent": pl.Int16(),  # of the damage dealt
    "heal_percent": pl.Int16(),  # of the user's full HP
    "self_destructs": pl.Boolean(),
    "crashes": pl.Boolean(),  # half of the user's HP on a miss
    "charges": pl.Boolean(),  # first turn prepares
    "vanishes": pl.Boolean(),  # charging user cannot be hit (Dig, Fly)
    "recharges": pl.Boolean(),
    "locks_in": pl.Boolean(),  # Outrage, Thrash, Petal Dance
    "needs_sleeping_target": pl.Boolean(),  # Dream Eater
    "first_turn_only": pl.Boolean(),  # Fake Out
    "needs_attacking_target": pl.Boolean(),  # Sucker Punch
    "ailment": pl.String(),  # on the target: burn, paralysis, poison, toxic, sleep, freeze,
    # confusion, flinch, trap, leech_seed, yawn, taunt, encore, disable, tri_attack or none
    "ailment_chance": pl.Int16(),  # percent given a hit; 100 for a status move
    "boost_target": pl.String(),  # self, foe or none: whose stages the columns below change
    "boost_chance": pl.Int16(),  # percent given a hit
    "boost_attack": pl.Int16(),
    "boost_defense": pl.Int16(),
    "boost_special_attack": pl.Int16(),
    "boost_special_defense": pl.Int16(),
    "boost_speed": pl.Int16(),
    "boost_accuracy": pl.Int16(),
    "boost_evasion": pl.Int16(),
    "special_effect": pl.String(),  # what is left, one of SPECIAL_EFFECTS
    "is_powder": pl.Boolean(),  # no effect on Grass types
    "is_sound": pl.Boolean(),  # passes a substitute
    "thaws_user": pl.Boolean(),
}

SPECIAL_EFFECTS: Final = (
    "none",
    "reflect",
    "light_screen",
    "mist",
    "protect",
    "substitute",
    "rest",
    "haze",
    "clear_smog",
    "focus_energy",
    "brick_break",
    "feint",
    "facade",
    "transform",
    "mimic",
    "metronome",
    "mirror_move",
    "conversion",
    "splash",
    "teleport",
    "force_switch",
    "self_switch",
    "stealth_rock",
    "helping_hand",
    "rage",
    "aromatherapy",
    "roost",
    "thaws",
)

LEARNSET: Final[Mapping[str, pl.DataType]] = {
    "form_id": pl.Int32(),
    "move_id": pl.Int32(),
    "method": pl.String(),  # level, machine, tutor or gift
    "level": pl.Int16(),  # for method level, else null; 0: on evolving
    "source_form_id": pl.Int32(),  # the form itself, or the pre-evolution it was kept from
}

TABLES: Final[Mapping[str, Mapping[str, pl.DataType]]] = {
    "types": TYPES,
    "type_affinities": TYPE_AFFINITIES,
    "forms": FORMS,
    "moves": MOVES,
    "learnset": LEARNSET,
}

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "types": ("type_id",),
    "type_affinities": ("attacking_type_id", "defending_type_id"),
    "forms": ("form_id",),
    "moves": ("move_id",),
    "learnset": ("form_id", "move_id"),
}
"""Primary keys, by which the tables are sorted."""

NULLABLE: Final = frozenset({("forms", "type2_id"), ("moves", "accuracy"), ("learnset", "level")})


@dataclass(frozen=True, slots=True)
class Dex:
    """The five tables, each with the columns and types of :data:`TABLES`, sorted by their key."""

    types: pl.DataFrame
    type_affinities: pl.DataFrame
    forms: pl.DataFrame
    moves: pl.DataFrame
    learnset: pl.DataFrame
    version: str
    """Identifies the content; changes with every load that alters a row."""


def sorted_tables(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Put the tables into the order of :data:`TABLES`, their columns into theirs, rows by key."""
    return {
        table: tables[table].select(*columns).sort(KEYS[table]) for table, columns in TABLES.items()
    }


def content_version(tables: Mapping[str, pl.DataFrame]) -> str:
    """Identify the content of the five tables, whatever the order of their rows: 12 hex digits."""
    digest = hashlib.sha256()
    for table, frame in sorted_tables(tables).items():
        digest.update(f"{table}\n{frame.write_csv(line_terminator=chr(10))}".encode())
    return digest.hexdigest()[:12]
