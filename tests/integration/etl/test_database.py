"""Loading a snapshot into a real PostgreSQL."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from config.settings import DatabaseSettings
from etl.contract import DataQualityError
from etl.load import load
from etl.snapshot import FOLDER
from storage.database import Database
from storage.dex_store import DexStore

if TYPE_CHECKING:
    from pathlib import Path

    from storage.embedded import DatabaseUrls


async def test_a_load_replaces_all_or_nothing(database_urls: DatabaseUrls, tmp_path: Path) -> None:
    """A load is idempotent, a broken row leaves the old data, an altered power gets through."""
    folder = shutil.copytree(FOLDER, tmp_path / "snapshot")
    moves = folder / "moves.csv"
    sound = moves.read_text(encoding="utf-8")
    absorb = ",special,40,100,15,"
    assert sound.count(absorb) == 1
    async with Database.open(DatabaseSettings(), database_urls.owner, read_only=False) as database:
        store = DexStore(database)
        first = await load(folder, store)
        assert first.changed
        assert not (await load(folder, store)).changed

        moves.write_text(sound.replace(absorb, ",special,999,100,15,"), encoding="utf-8")
        with pytest.raises(DataQualityError, match="move_id=71"):
            await load(folder, store)
        assert await store.version() == first.version

        moves.write_text(sound.replace(absorb, ",special,20,100,15,"), encoding="utf-8")
        assert (await load(folder, store)).changed
        stored = await store.load()
    assert stored is not None
    assert stored.moves.filter(move_id=71)["power"].item() == 20
