"""The plain facts of every species, move and type against the simulator's own data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from etl.snapshot import FOLDER, build
from features.dex import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from features.dex import Dex

KINDS = {"": "base", "Alola": "alola", "Starter": "partner"}


@pytest.fixture(scope="module")
def type_names(dex: Dex) -> dict[int | None, str]:
    """Give the English name of each type id."""
    return dict(dex.types.select("type_id", "name_en").iter_rows())


def test_species_are_the_simulators(
    dex: Dex, seen: dict[str, Any], type_names: dict[int | None, str]
) -> None:
    """Name, number, kind, types, base stats and weight of all forms."""
    for form in dex.forms.iter_rows(named=True):
        facts = seen["species"][form["showdown"]]
        types = [type_names[form[slot]] for slot in ("type1_id", "type2_id") if form[slot]]
        stats = [form["hp"], form["attack"], form["defense"]]
        stats += [form["special_attack"], form["special_defense"], form["speed"]]
        assert (form["name_en"], form["species_id"]) == (facts["name"], facts["num"])
        assert types == facts["types"]
        assert stats == list(facts["baseStats"].values())
        assert form["weight_hg"] == round(10 * facts["weightkg"])
        assert form["kind"] == KINDS.get(facts["forme"], "mega")


def test_moves_are_the_simulators(
    dex: Dex, seen: dict[str, Any], type_names: dict[int | None, str]
) -> None:
    """Name, number, type, category, power, accuracy, PP and priority of all moves."""
    for move in dex.moves.iter_rows(named=True):
        facts = seen["moves"][move["showdown"]]
        assert (move["name_en"], move["move_id"]) == (facts["name"], facts["num"])
        assert type_names[move["type_id"]] == facts["type"]
        assert move["category"] == facts["category"].lower()
        assert move["power"] == facts["basePower"]
        assert (move["accuracy"] or True) == facts["accuracy"]
        assert (move["pp"], move["priority"]) == (facts["pp"], facts["priority"])


def test_the_type_chart_is_the_battles(
    dex: Dex, seen: dict[str, Any], type_names: dict[int | None, str]
) -> None:
    """Each of the 324 multipliers is the one that a battle works out."""
    observed = {(attack, defend): multiplier for attack, defend, multiplier in seen["chart"]}
    stored = {
        (type_names[attack], type_names[defend]): multiplier
        for attack, defend, multiplier in dex.type_affinities.iter_rows()
    }
    assert len(stored) == 18 * 18
    assert {pair: observed[pair] for pair in stored} == stored


def test_the_snapshot_equals_a_fresh_build(tmp_path: Path) -> None:
    """Deriving the snapshot anew gives the reviewed files, byte for byte."""
    build(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{table}.csv" for table in TABLES}
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (FOLDER / path.name).read_bytes()
