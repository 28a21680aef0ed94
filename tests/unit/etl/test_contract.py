"""What the contract of the dex catches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl
import pytest

from etl.contract import DataQualityError, check
from etl.snapshot import FOLDER, read_text
from features.dex import KEYS, NULLABLE, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

GOOD = read_text(FOLDER)
REQUIRED = [
    (table, column)
    for table, columns in TABLES.items()
    for column in columns
    if (table, column) not in NULLABLE
]
MISTYPED = [
    (table, column, value)
    for table, columns in TABLES.items()
    for column, dtype in columns.items()
    for value in ("many", "9" * 20)
    if dtype != pl.String and not (dtype == pl.Float32 and value.isdigit())
]
RANGES = [
    (outcome.table, outcome.rule, *map(int, bounds.groups()))
    for outcome in check(GOOD).outcomes
    if (bounds := re.search(r": (-?\d+) to (-?\d+)$", outcome.rule))
]
OTHERS: Mapping[tuple[str, str], Mapping[str, str | None]] = {
    ("types", "identifier: PokeAPI's"): {"identifier": "stone"},
    ("types", "name_en: unambiguous"): {"name_en": "Feu"},
    ("types", "name_fr: unambiguous"): {"name_fr": "- '"},
    ("types", "identifier: unambiguous"): {"identifier": "fire"},
    ("type_affinities", "attacking_type_id: known in types"): {"attacking_type_id": "19"},
    ("type_affinities", "defending_type_id: known in types"): {"defending_type_id": "0"},
    ("type_affinities", "multiplier: 0, 0.5, 1 or 2"): {"multiplier": "1.5"},
    ("forms", "type1_id: known in types"): {"type1_id": "19"},
    ("forms", "type2_id: known in types"): {"type2_id": "19"},
    ("forms", "type2_id: not the first"): {"type1_id": "4", "type2_id": "4"},
    ("forms", "form_id: learns a move"): {"form_id": "900"},
    ("forms", "form_id: positive"): {"form_id": "0"},
    ("forms", "species_id: positive"): {"species_id": "0"},
    ("forms", "showdown: unique"): {"showdown": "mew"},
    ("forms", "kind: known word"): {"kind": "giga"},
    ("forms", "kind: base has the species' id, others their own"): {"kind": "mega"},
    ("forms", "name_en: unambiguous"): {"name_en": "ivy saur"},
    ("forms", "name_fr: unambiguous"): {"name_fr": "HERBIZARRÉ"},
    ("forms", "identifier: unambiguous"): {"identifier": "ivysaur"},
    ("moves", "type_id: known in types"): {"type_id": "19"},
    ("moves", "name_en: unambiguous"): {"name_en": "Tackle"},
    ("moves", "name_fr: unambiguous"): {"name_fr": "Tackle"},
    ("moves", "identifier: unambiguous"): {"identifier": "tackle"},
    ("moves", "showdown: unique"): {"showdown": "tackle"},
    ("moves", "category: known word"): {"category": "contest"},
    ("moves", "damage_rule: known word"): {"damage_rule": "guess"},
    ("moves", "ailment: known word"): {"ailment": "cold", "ailment_chance": "10"},
    ("moves", "boost_target: known word"): {"boost_target": "ally"},
    ("moves", "special_effect: known word"): {"special_effect": "magic"},
    ("moves", "damage_rule: none for status moves alone"): {"category": "status"},
    ("moves", "power: positive under the standard rule alone"): {"power": "0"},
    ("moves", "fixed_damage: positive under the fixed rule alone"): {"fixed_damage": "20"},
    ("moves", "ailment_chance: positive with an ailment alone"): {"ailment_chance": "10"},
    ("moves", "boost_chance: positive with a target alone"): {"boost_chance": "10"},
    ("moves", "boost_target: with a stage alone"): {"boost_speed": "1"},
    ("moves", "min_hits: at most max_hits"): {"min_hits": "2"},
    ("moves", "vanishes: only while charging"): {"vanishes": "true"},
    ("moves", "recharges: not after charging"): {"charges": "true", "recharges": "true"},
    ("moves", "always_crits: not with a stage"): {"always_crits": "true", "crit_stage": "1"},
    ("moves", "drain_percent: only of damage"): {"category": "status", "drain_percent": "50"},
    ("moves", "recoil_percent: only of damage"): {"category": "status", "recoil_percent": "25"},
    ("learnset", "form_id: known in forms"): {"form_id": "900"},
    ("learnset", "source_form_id: known in forms"): {"source_form_id": "900"},
    ("learnset", "move_id: known in moves"): {"move_id": "900"},
    ("learnset", "method: known word"): {"method": "wish"},
    ("learnset", "level: stated for method level alone"): {"level": None},
}
"""By table and rule: what to change in the first row so that it breaks the rule."""
WHOLE = {
    ("types", "attacking_type_id: chart complete"),
    ("types", "defending_type_id: chart complete"),
}


def _with_first_row(table: str, change: Mapping[str, str | None]) -> dict[str, pl.DataFrame]:
    first = (
        GOOD[table]
        .head(1)
        .with_columns(**{column: pl.lit(value, pl.String) for column, value in change.items()})
    )
    return GOOD | {table: pl.concat([first, GOOD[table].slice(1)])}


def _broken(tables: Mapping[str, pl.DataFrame]) -> dict[tuple[str, str], int]:
    return {(outcome.table, outcome.rule): outcome.failures for outcome in check(tables).broken}


def test_the_snapshot_keeps_every_rule() -> None:
    """The released snapshot breaks nothing, and all of its rows are good."""
    checked = check(GOOD)
    assert checked.broken == ()
    assert {table: frame.height for table, frame in checked.sound().items()} == {
        table: frame.height for table, frame in GOOD.items()
    }


@pytest.mark.parametrize(("rule", "change"), OTHERS.items(), ids=lambda value: str(value)[:60])
def test_a_violation_is_caught(rule: tuple[str, str], change: Mapping[str, str | None]) -> None:
    """A row that breaks a rule is counted under that rule and is not among the good rows."""
    table, _ = rule
    spoilt = _with_first_row(table, change)
    assert rule in _broken(spoilt)
    assert check(spoilt).good[table].height < GOOD[table].height


@pytest.mark.parametrize(("table", "column"), REQUIRED)
def test_a_missing_value_is_caught(table: str, column: str) -> None:
    """An empty field of a column that may not be empty is one failure of its rule."""
    assert _broken(_with_first_row(table, {column: None}))[table, f"{column}: required"] == 1


@pytest.mark.parametrize(("table", "column", "value"), MISTYPED)
def test_a_value_of_another_type_is_caught(table: str, column: str, value: str) -> None:
    """Text in a column of numbers, or a number beyond its type, is told as it was written."""
    checked = check(_with_first_row(table, {column: value}))
    outcome = next(one for one in checked.broken if one.rule == f"{column}: type")
    assert (outcome.table, outcome.failures, outcome.examples[0].value) == (table, 1, value)


@pytest.mark.parametrize(("table", "rule", "low", "high"), RANGES)
def test_a_value_out_of_range_is_caught(table: str, rule: str, low: int, high: int) -> None:
    """One less than the least and one more than the most break the rule."""
    column = rule.partition(":")[0]
    for value in (low - 1, high + 1):
        assert _broken(_with_first_row(table, {column: str(value)}))[table, rule] == 1


@pytest.mark.parametrize("table", TABLES)
def test_a_repeated_key_is_caught(table: str) -> None:
    """Both rows that share a key are told."""
    doubled = GOOD | {table: pl.concat([GOOD[table], GOOD[table].head(1)])}
    assert _broken(doubled)[table, "unique key"] == 2


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_table_is_caught(table: str) -> None:
    """A table without rows is refused, so that nothing is emptied by mistake."""
    assert _broken(GOOD | {table: GOOD[table].clear()})[table, "not empty"] == 1


def test_a_hole_in_the_type_chart_is_caught() -> None:
    """A pair that the chart lacks is told for the attacking and for the defending type."""
    broken = check(GOOD | {"type_affinities": GOOD["type_affinities"].slice(1)}).broken
    assert {(one.table, one.rule, one.examples[0].key) for one in broken} == {
        (table, rule, "type_id=1") for table, rule in WHOLE
    }


def test_every_rule_has_a_test() -> None:
    """No rule can be added without a row here that breaks it."""
    tested = {
        *OTHERS,
        *WHOLE,
        *((table, f"{column}: required") for table, column in REQUIRED),
        *((table, f"{column}: type") for table, columns in TABLES.items() for column in columns),
        *((table, rule) for table, rule, *_ in RANGES),
        *((table, name) for table in TABLES for name in ("unique key", "not empty")),
    }
    assert {(outcome.table, outcome.rule) for outcome in check(GOOD).outcomes} == tested


def test_the_error_names_the_first_rows_and_counts_the_rest() -> None:
    """Table, key, column, value and rule of the first rows are told, and how many follow."""
    spoilt = GOOD | {"moves": GOOD["moves"].with_columns(power=pl.lit("900"))}
    with pytest.raises(DataQualityError) as raised:
        check(spoilt).sound()
    message = str(raised.value)
    assert message.startswith("moves (move_id=1): power = 900 breaks 'power: 0 to 250'; moves (")
    assert re.search(r"; and \d{3} more$", message)


@pytest.mark.parametrize("table", KEYS)
def test_typed_frames_are_checked_alike(table: str) -> None:
    """Frames that have the contract's types already pass, and come out as they were."""
    typed = check(GOOD).sound()
    assert check(typed).sound()[table].equals(typed[table])
