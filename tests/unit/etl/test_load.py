"""Loading a snapshot into a store."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from etl.contract import DataQualityError
from etl.load import load
from etl.snapshot import FOLDER
from features.dex import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from etl.contract import RuleOutcome
    from features.dex import Dex


POUND = "1,pound,pound,Pound,Écras’Face,1,physical,"  # noqa: RUF001  # French typography
BULBASAUR = "1,bulbasaur,bulbasaur,Bulbasaur,Bulbizarre,1,base,"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What the store did."""

    changed: bool
    rows: Mapping[str, int]


@dataclass(slots=True)
class MemoryStore:
    """Keeps a dex in memory."""

    stored: Dex | None = None
    writes: list[str] = field(default_factory=list)

    async def replace(self, dex: Dex) -> Replacement:
        """Keep the dex."""
        changed = self.stored is None or self.stored.version != dex.version
        if changed:
            self.stored = dex
            self.writes.append(dex.version)
        return Replacement(changed, {table: getattr(dex, table).height for table in TABLES})


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of the snapshot that a test may spoil."""
    return shutil.copytree(FOLDER, tmp_path / "snapshot")


def _spoil(folder: Path, table: str, old: str, new: str) -> None:
    file = folder / f"{table}.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


async def test_a_sound_snapshot_is_loaded_whole(dex: Dex) -> None:
    """The store gets the very dex of the snapshot, and the result tells its rows."""
    store = MemoryStore()
    loaded = await load(FOLDER, store)
    assert loaded.changed
    assert loaded.version == dex.version
    assert loaded.rows["moves"] == 223
    assert store.stored is not None
    assert store.stored.learnset.equals(dex.learnset)


async def test_loading_again_changes_nothing() -> None:
    """The same snapshot a second time writes nothing."""
    store = MemoryStore()
    await load(FOLDER, store)
    assert not (await load(FOLDER, store)).changed
    assert len(store.writes) == 1


async def test_an_altered_power_is_a_new_version(copy: Path) -> None:
    """One changed value reaches the store under another version."""
    store = MemoryStore()
    before = await load(copy, store)
    _spoil(copy, "moves", "special,40,100,15,", "special,20,100,15,")
    after = await load(copy, store)
    assert after.changed
    assert after.version != before.version


@pytest.mark.parametrize(
    ("table", "old", "new", "named"),
    [
        ("moves", POUND + "40,", POUND + "4e9,", "moves (move_id=1): power = '4e9' breaks"),
        ("moves", POUND + "40,", POUND + "-40,", "moves (move_id=1): power = -40 breaks 'power: 0"),
        ("forms", BULBASAUR + "12,", BULBASAUR + "19,", "forms (form_id=1): type1_id = 19 breaks"),
        ("learnset", "1,22,level,5,1", "1,22,level,,1", "learnset (form_id=1, move_id=22): level"),
        ("types", "Fighting,Combat", "Fighting,", "types (type_id=2): name_fr = None breaks"),
    ],
)
async def test_a_broken_row_stops_the_load(
    copy: Path, table: str, old: str, new: str, named: str
) -> None:
    """The error names table, key, column, value and rule, and the store keeps what it had."""
    store = MemoryStore()
    before = await load(copy, store)
    _spoil(copy, table, old, new)
    with pytest.raises(DataQualityError, match=re.escape(named)):
        await load(copy, store)
    assert store.writes == [before.version]


async def test_every_rule_is_told_even_when_one_is_broken(copy: Path) -> None:
    """A caller that counts hears of each rule before the load stops."""
    heard: list[RuleOutcome] = []
    _spoil(copy, "learnset", "1,22,level,5,1", "1,22,level,,1")
    with pytest.raises(DataQualityError):
        await load(copy, MemoryStore(), on_checked=heard.extend)
    assert {outcome.table for outcome in heard} == set(TABLES)
    assert {outcome.rule: outcome.failures for outcome in heard if outcome.failures} == {
        "level: stated for method level alone": 1
    }
