"""Promotions and rollbacks in a real registry."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.integration.lifecycle.conftest import begin

from lifecycle import by_hand
from lifecycle.promotion import let_go, promote
from registry.cache import ModelCache
from registry.errors import UnknownModelError

if TYPE_CHECKING:
    from lifecycle.challenger import Workshop
    from registry.tracking import ModelRegistry
    from storage.cycle_store import Cycle
    from storage.embedded import DatabaseUrls

pytestmark = pytest.mark.filterwarnings(
    # MLflow 3.17 still declares a loader strategy that SQLAlchemy 2.1 deprecates.
    "ignore:The ``noload`` loader strategy:DeprecationWarning:mlflow",
)


def _served(shop: Workshop) -> str | None:
    return ModelCache.of(shop.settings.model, shop.settings.data_dir).current_label()


def _now(shop: Workshop, cycle: Cycle) -> Cycle:
    now = shop.record.wait(shop.record.cycles.get(cycle.id))
    assert now is not None
    return now


def _steps(shop: Workshop, cycle: Cycle) -> list[tuple[str, str]]:
    return [(row.step, row.outcome) for row in shop.record.steps(cycle)][1:]


def test_the_command_rolls_back_to_a_model_that_is_not_cached_any_more(
    shop: Workshop, registry: ModelRegistry, database_urls: DatabaseUrls
) -> None:
    """It is fetched, serves, and the record says so; there is one step back only."""
    cycle = begin(shop, "shadowing")
    promote(shop.settings, shop.record, cycle)
    let_go(shop.settings, shop.record, _now(shop, cycle), "kept", "v2 stays")
    assert _served(shop) == "v2"
    cache = ModelCache.of(shop.settings.model, shop.settings.data_dir)
    shutil.rmtree(cache.folder / "v1")
    told = subprocess.run(
        [sys.executable, "-m", "cli", "rollback", "--reason", "players complain"],
        env={
            **os.environ,
            "DEXWATCH_DATA_DIR": str(shop.settings.data_dir),
            "DEXWATCH_DATABASE_URL": database_urls.owner,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert "rolled_back, v2 for v1 (players complain)" in told.stdout
    assert _served(shop) == "v1"
    assert cache.read(1).manifest.version == 1
    assert registry.aliases() == {"champion": 1}
    (back, before) = shop.record.wait(shop.record.cycles.recent("dexwatch", 9))
    assert (back.outcome, before.outcome) == ("rolled_back", "kept")
    assert _steps(shop, back) == [("rollback", "done")]
    with pytest.raises(UnknownModelError, match="nothing to go back to"):
        by_hand.back(shop, "again")
