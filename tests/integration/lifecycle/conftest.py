"""A workshop with a real database, a real registry and a folder of captured questions."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
import pytest

from capture.archive.history import SMALL_FOLDER
from capture.folder import PREFIX
from config.settings import DatabaseSettings, LifecycleSettings, ModelSettings, Settings
from lifecycle.challenger import Workshop
from lifecycle.promotion import bring
from lifecycle.record import Record
from registry.client import open_client
from registry.manifest import file_sha256
from registry.tracking import ModelRegistry
from telemetry.setup import start
from training import released

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from features.dex import Dex
    from features.matchup_frames import MatchupFrames
    from storage.cycle_store import Cycle, State
    from storage.embedded import DatabaseUrls


@contextmanager
def recording(urls: DatabaseUrls) -> Iterator[Record]:
    """Open the record, as a command does."""
    telemetry = start({})
    try:
        with Record.open(DatabaseSettings(), urls.owner, telemetry, "test") as record:
            yield record
    finally:
        telemetry.shutdown()


@pytest.fixture
def shop(
    database_urls: DatabaseUrls, tmp_path: Path, dex: Dex, frames: MatchupFrames
) -> Iterator[Workshop]:
    """Give a workshop that learns from few questions with few trees."""
    settings = Settings(
        data_dir=tmp_path / "data",
        lifecycle=LifecycleSettings(retrain_matchups=120, retrain_trees=5, shadow_predictions=10),
    )
    with recording(database_urls) as record:
        yield Workshop(settings, dex, frames, record)


@pytest.fixture
def ask(shop: Workshop) -> Callable[[Iterable[tuple[int, int]]], None]:
    """Give ``ask(pairs)``: a file of captured questions about pairs of forms."""
    folder = shop.settings.data_dir / SMALL_FOLDER

    def _ask(pairs: Iterable[tuple[int, int]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.iterdir()))
        name = f"{PREFIX}{datetime.now(UTC):%Y%m%d_%H%M%S}_{number}.parquet"
        pl.DataFrame(
            [(a, b, ["tackle"], ["tackle"]) for a, b in pairs],
            schema={
                "pokemon_a_id": pl.Int32,
                "pokemon_b_id": pl.Int32,
                "available_moves": pl.List(pl.String),
                "available_moves_b": pl.List(pl.String),
            },
            orient="row",
        ).write_parquet(folder / name)

    return _ask


def begin(shop: Workshop, state: State, champion: int = 1, challenger: int = 2) -> Cycle:
    """Begin a cycle in a state."""
    versions = {} if state == "requested" else {"champion": champion, "challenger": challenger}
    requests = shop.record.requests(shop.settings.model.name)
    cycle = shop.record.wait(requests.begin("a test", state=state, **versions))
    assert cycle is not None
    return cycle


def register(registry: ModelRegistry, folder: Path, number: int, **changed: Any) -> None:
    """Register the released model as the version that comes next, its statement changed."""
    path = folder / f"{number}.cbm"
    path.write_bytes(released.MODEL_FILE.read_bytes() + bytes([number]))
    release = msgspec.structs.replace(released.release(), sha256=file_sha256(path), **changed)
    assert registry.register(path, release) == number


@pytest.fixture(scope="session")
def fresh_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder with an MLflow that has made its tables and holds nothing."""
    data_dir = tmp_path_factory.mktemp("fresh")
    open_client(ModelSettings(), data_dir).search_experiments()
    return data_dir


@pytest.fixture
def registry(shop: Workshop, fresh_mlflow: Path, tmp_path: Path) -> ModelRegistry:
    """Give a registry with two models, of which the first serves; nobody asks them anything."""
    settings = shop.settings
    shutil.copytree(fresh_mlflow, settings.data_dir)
    opened = ModelRegistry.open(settings.model, settings.data_dir)
    for number in (1, 2):
        register(opened, tmp_path, number)
    opened.promote(1, settings.model.alias)
    bring(settings)
    return opened
