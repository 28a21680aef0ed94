"""What changes under a running service, and what fails under it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
from tests import patient
from tests.acceptance.service import environment, running
from tests.waiting import wait_for

from etl.snapshot import FOLDER
from features.contract import CONTRACT_VERSION
from storage.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.service import Service

SURF = {"pokemon_a_id": 9, "pokemon_b_id": 6, "available_moves": ["Surf"]}


def _power(service: Service) -> int:
    answer = patient.post(
        f"{service.url}/predict/best-move", json=SURF, timeout=patient.AT_ONCE_SECONDS
    )
    power: int = answer.raise_for_status().json()["all_moves"][0]["move_power"]
    return power


def test_a_changed_base_power_reaches_the_next_answers(data_dir: Path, tmp_path: Path) -> None:
    """`dexwatch etl load` of an altered snapshot changes the features without a restart."""
    altered = tmp_path / "altered"
    altered.mkdir()
    for source in FOLDER.glob("*.csv"):
        (altered / source.name).write_bytes(source.read_bytes())
    moves = pl.read_csv(altered / "moves.csv", infer_schema=False)
    moves.with_columns(
        pl.when(pl.col("showdown") == "surf").then(pl.lit("95")).otherwise("power").alias("power")
    ).write_csv(altered / "moves.csv")
    with running(data_dir) as service:
        assert _power(service) == 90
        service.command("etl", "load", "--snapshot", str(altered))
        wait_for(lambda: _power(service) == 95, 30)
        service.command("etl", "load")
        wait_for(lambda: _power(service) == 90, 30)


OLD_CHAMPION = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from catboost import CatBoost, Pool
from config.settings import ModelSettings
from registry.manifest import ModelRelease, TrainingData, file_sha256
from registry.sync import sync
from registry.tracking import ModelRegistry

data_dir = Path(sys.argv[1])
model = CatBoost({"iterations": 1, "allow_writing_files": False})
model.fit(Pool([[0.0], [1.0]], label=[0.0, 1.0], feature_names=["old"]), verbose=False)
path = data_dir / "old.cbm"
model.save_model(str(path))
sha256 = file_sha256(path)
release = ModelRelease(
    sha256=sha256, contract_version="0-01d", feature_names=["old"], metrics={}, params={},
    training_data=TrainingData(sha256=sha256, rows=1, games=1), trained_at=datetime.now(UTC),
)
registry = ModelRegistry.open(ModelSettings(), data_dir)
registry.promote(registry.register(path, release), "champion")
sync(ModelSettings(), data_dir)
"""


def test_a_champion_of_an_older_contract_gives_way(data_dir: Path) -> None:
    """After an upgrade whose features differ, the released champion takes over by itself."""
    subprocess.run(
        [sys.executable, "-c", OLD_CHAMPION, str(data_dir)],
        check=True,
        env=environment(data_dir),
        capture_output=True,
    )
    with running(data_dir) as service:
        assert _power(service) == 90
        info = patient.get(f"{service.url}/predict/model-info").json()
        assert info["features_contract"] == CONTRACT_VERSION


def test_predictions_go_on_without_the_database(data_dir: Path, tmp_path: Path) -> None:
    """PostgreSQL stops: answers go on, health and metrics say so; it starts: all is well again."""
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    variables = {"DEXWATCH_DATABASE_POLL_SECONDS": "0.5"}

    def state(service: Service) -> str:
        health = patient.get(f"{service.url}/health/ready").json()
        word: str = health["components"]["database"]["state"]
        return word

    def up(service: Service) -> str:
        lines = patient.get(f"{service.url}/metrics").text.splitlines()
        return next(line for line in lines if line.startswith("database_up")).split()[-1]

    with server.started() as urls:
        variables["DEXWATCH_DATABASE_URL"] = urls.owner
        started = running(data_dir, variables=variables)
        service = started.__enter__()
        assert (state(service), up(service)) == ("ok", "1.0")
    try:
        wait_for(lambda: state(service) == "unavailable" and up(service) == "0.0", 30)
        for _ in range(20):
            assert _power(service) == 90
        with server.started() as again:
            assert again.owner == urls.owner
            wait_for(lambda: state(service) == "ok" and up(service) == "1.0", 30)
            assert _power(service) == 90
    finally:
        started.__exit__(None, None, None)
