"""The checksum that a data set is read by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from training import data_manifest, dataset, released
from training.data_manifest import DamagedDataError
from training.labelling import Stages

if TYPE_CHECKING:
    from pathlib import Path

STAGES = Stages(games=32, further=16, seed=1)


def test_the_released_data_set_is_the_one_described() -> None:
    """Its checksum, rows and games are those of its manifest."""
    manifest = data_manifest.read(released.LABELS_FILE)
    labels = dataset.read(released.LABELS_FILE)
    assert (manifest.rows, manifest.games) == (labels.height, labels["games"].sum())


def test_a_damaged_file_is_not_read(tmp_path: Path) -> None:
    """One byte more, and reading says so; without a manifest nothing is promised."""
    path = tmp_path / "labels.parquet"
    labels = dataset.read(released.LABELS_FILE).head(100)
    dataset.write(labels, path)
    data_manifest.write(path, rules="r", dex_version="d", matchups=20, stages=STAGES)
    assert dataset.read(path).equals(labels)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(DamagedDataError, match="make dataset"):
        dataset.read(path)


def test_an_unreadable_manifest_is_said_to_be_one(tmp_path: Path) -> None:
    """A broken description is an error, not a reason to read on."""
    path = tmp_path / "labels.parquet"
    dataset.write(dataset.read(released.LABELS_FILE).head(3), path)
    data_manifest.path_of(path).write_text("{", encoding="ascii")
    with pytest.raises(DamagedDataError, match="cannot be read"):
        dataset.read(path)
