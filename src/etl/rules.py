"""The rules that rows of the dex keep; an expression is true for a row that breaks one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from etl.move_rules import MOVE_RULES
from features.dex import KEYS, NULLABLE, TABLES, TYPE_IDENTIFIERS
from features.names import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KINDS: Final = ("base", "alola", "mega", "partner")
_METHODS: Final = ("level", "machine", "tutor", "gift")
_MULTIPLIERS: Final = (0.0, 0.5, 1.0, 2.0)
_STATS: Final = ("hp", "attack", "defense", "special_attack", "special_defense", "speed")
_NAMES: Final = ("name_en", "name_fr", "identifier")
_NAMED: Final = ("types", "forms", "moves")

_FOREIGN_KEYS: Final = (
    ("type_affinities", "attacking_type_id", "types"),
    ("type_affinities", "defending_type_id", "types"),
    ("forms", "type1_id", "types"),
    ("forms", "type2_id", "types"),
    ("moves", "type_id", "types"),
    ("learnset", "form_id", "forms"),
    ("learnset", "source_form_id", "forms"),
    ("learnset", "move_id", "moves"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule on the rows of one table; null from ``broken`` counts as kept."""

    table: str
    name: str
    column: str
    """The column whose value is shown where the rule is broken."""
    broken: pl.Expr


def rules(frames: Mapping[str, pl.DataFrame]) -> Iterator[Rule]:
    """Give every rule, those across tables for the tables given."""
    for table, columns in TABLES.items():
        for column in columns:
            if (table, column) not in NULLABLE:
                yield _rule(table, column, "required", pl.col(column).is_null())
        key = KEYS[table]
        yield Rule(table, "unique key", key[-1], pl.struct(key).is_duplicated())
    for table, column, target in _FOREIGN_KEYS:
        known = frames[target][KEYS[target][0]]
        yield _rule(table, column, f"known in {target}", ~pl.col(column).is_in(known.implode()))
    for table in _NAMED:
        yield from _name_rules(table, frames[table])
    yield from _type_rules(frames["type_affinities"])
    yield from _form_rules(frames["learnset"])
    for column, name, broken in MOVE_RULES:
        yield _rule("moves", column, name, broken)
    yield from _learnset_rules()


def _rule(table: str, column: str, name: str, broken: pl.Expr) -> Rule:
    return Rule(table, f"{column}: {name}", column, broken)


def _name_rules(table: str, frame: pl.DataFrame) -> Iterator[Rule]:
    """Give the rules that a name is unambiguous and, normalised, not empty."""
    key = KEYS[table][0]
    meanings: dict[str, set[int]] = {}
    for number, *names in frame.select(key, *_NAMES).iter_rows():
        for name in names:
            if name is not None:
                meanings.setdefault(normalise(name), set()).add(number)
    ambiguous = {name for name, ids in meanings.items() if len(ids) > 1 or not name}
    for column in _NAMES:
        bad = [name for name in frame[column].drop_nulls() if normalise(name) in ambiguous]
        yield _rule(table, column, "unambiguous", pl.col(column).is_in(bad))


def _type_rules(chart: pl.DataFrame) -> Iterator[Rule]:
    count = len(TYPE_IDENTIFIERS)
    numbers = list(range(1, count + 1))
    right = pl.col("type_id").replace_strict(
        numbers, TYPE_IDENTIFIERS, default=None, return_dtype=pl.String
    )
    yield _rule("types", "identifier", "PokeAPI's", ~right.eq_missing(pl.col("identifier")))
    for side in ("attacking_type_id", "defending_type_id"):
        entries = chart.group_by(side).len()
        complete = entries.filter(pl.col("len") == count)[side].implode()
        yield Rule(
            "types", f"{side}: chart complete", "type_id", ~pl.col("type_id").is_in(complete)
        )
    words = ~pl.col("multiplier").is_in(_MULTIPLIERS)
    yield _rule("type_affinities", "multiplier", "0, 0.5, 1 or 2", words)


def _form_rules(learnset: pl.DataFrame) -> Iterator[Rule]:
    learners = learnset["form_id"].unique().implode()
    yield _rule("forms", "form_id", "learns a move", ~pl.col("form_id").is_in(learners))
    yield _rule("forms", "form_id", "positive", pl.col("form_id") < 1)
    yield _rule("forms", "species_id", "positive", pl.col("species_id") < 1)
    yield _rule("forms", "showdown", "unique", pl.col("showdown").is_duplicated())
    yield _rule("forms", "kind", "known word", ~pl.col("kind").is_in(_KINDS))
    own_id = (pl.col("kind") == "base") != (pl.col("form_id") == pl.col("species_id"))
    yield _rule("forms", "kind", "base has the species' id, others their own", own_id)
    yield _rule("forms", "type2_id", "not the first", pl.col("type1_id") == pl.col("type2_id"))
    for stat in _STATS:
        yield _rule("forms", stat, "1 to 255", ~pl.col(stat).is_between(1, 255))
    yield _rule("forms", "weight_hg", "1 to 9999", ~pl.col("weight_hg").is_between(1, 9999))


def _learnset_rules() -> Iterator[Rule]:
    method, level = pl.col("method"), pl.col("level")
    yield _rule("learnset", "method", "known word", ~method.is_in(_METHODS))
    by_level = (method == "level") != level.is_not_null()
    yield _rule("learnset", "level", "stated for method level alone", by_level)
    yield _rule("learnset", "level", "0 to 100", ~level.is_between(0, 100))
