"""``dexwatch dataset`` from the plan to the file that training reads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from training import data_manifest, dataset

if TYPE_CHECKING:
    from pathlib import Path

SMALL = ("--matchups", "30", "--games", "6", "--further", "6", "--close", "10")


def _dexwatch(data_dir: Path, *arguments: str) -> str:
    said = subprocess.run(
        [sys.executable, "-m", "cli", "dataset", *arguments],
        env=os.environ | {"DEXWATCH_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return said.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a small data set."""
    folder = tmp_path_factory.mktemp("data")
    _dexwatch(folder, *SMALL)
    return folder


def test_the_command_makes_what_training_reads(made: Path) -> None:
    """Labels in three stages beside a manifest that states them and their rules of play."""
    path = made / "datasets" / "labels.parquet"
    labels, manifest = dataset.read(path), data_manifest.read(path)
    assert set(labels["games"]) <= {6, 12, 22}
    assert labels["games"].n_unique() == 3
    stages = (manifest.first_games, manifest.further_games, manifest.close_games)
    assert stages == (6, 6, 10)
    assert (manifest.matchups, manifest.games) == (30, labels["games"].sum())
    assert len(manifest.rules) == 64


def test_the_same_command_gives_the_same_file(made: Path, tmp_path: Path) -> None:
    """Elsewhere, all is played anew and the file is the same to the byte."""
    _dexwatch(tmp_path, *SMALL, "--output", str(tmp_path / "again.parquet"))
    first = data_manifest.read(made / "datasets" / "labels.parquet")
    assert data_manifest.read(tmp_path / "again.parquet").sha256 == first.sha256


def test_stopped_between_stages_it_goes_on_there(made: Path, tmp_path: Path) -> None:
    """What an earlier start finished is not played again, and the file is the same to the byte."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    parts = tmp_path / "datasets" / "parts" / "labels-30"
    first, further, close = (
        parts / stage / "part-00000.parquet" for stage in ("first-6", "further-6-6", "close-6-10")
    )
    written = tmp_path / "datasets" / "labels.parquet"
    for path in (further, close, written, data_manifest.path_of(written)):
        path.unlink()
    finished_at = first.stat().st_mtime_ns
    _dexwatch(tmp_path, *SMALL)
    assert first.stat().st_mtime_ns == finished_at
    assert further.exists()
    assert close.exists()
    whole = data_manifest.read(made / "datasets" / "labels.parquet")
    assert data_manifest.read(written).sha256 == whole.sha256


def test_a_data_set_of_any_size_has_a_card(made: Path, tmp_path: Path) -> None:
    """The card tells how this one was made, and of a damaged one there is none."""
    path = made / "datasets" / "labels.parquet"
    words = _dexwatch(made, "card", "--labels", str(path))
    assert "dexwatch dataset --matchups 30 --games 6 --further 6 --close 10\n" in words
    assert "yet 10 times more where 25% to 75% of them were won" in words
    damaged = tmp_path / path.name
    damaged.write_bytes(path.read_bytes() + b"?")
    data_manifest.path_of(damaged).write_bytes(data_manifest.path_of(path).read_bytes())
    said = subprocess.run(
        [sys.executable, "-m", "cli", "dataset", "card", "--labels", str(damaged)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert "make it again with `make dataset`" in said.stderr
