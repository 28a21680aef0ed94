from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from config.settings import ModelSettings
from registry.cache import ModelCache
from registry.errors import CorruptModelError
from registry.manifest import ModelManifest, TrainingData

if TYPE_CHECKING:
    from pathlib import Path


class Shelf:
    """A cache and models to put in: version n's file holds ``model n``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = self.seen_through("champion")

    def seen_through(self, alias: str) -> ModelCache:
        """Give the cache as that alias sees it."""
        return ModelCache.of(ModelSettings(alias=alias), self.folder / "data")

    def manifest(self, version: int) -> ModelManifest:
        """Describe a version's model."""
        return ModelManifest(
            sha256=hashlib.sha256(f"model {version}".encode()).hexdigest(),
            contract_version="1-abcdef01",
            feature_names=["power", "speed"],
            metrics={"regret": 0.01},
            params={"depth": 6, "learning_rate": 0.1, "loss": "CrossEntropy"},
            training_data=TrainingData(sha256="0" * 64, rows=10, games=1000),
            trained_at=datetime(2026, 1, 30, tzinfo=UTC),
            name="dexwatch",
            version=version,
            alias="champion",
            run_id="run",
            source="runs:/run/model",
        )

    def put(self, version: int) -> None:
        """Store a version without making it current."""
        model = self.folder / "incoming.cbm"
        model.write_text(f"model {version}")
        self.cache.store(model, self.manifest(version))

    def versions(self) -> list[str]:
        """List the version folders there are."""
        return sorted(path.name for path in self.cache.folder.iterdir() if path.is_dir())


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Give a shelf on an empty folder."""
    return Shelf(tmp_path)


def test_an_empty_cache_has_no_model(shelf: Shelf) -> None:
    """Before the first model there is none, and no error."""
    assert shelf.cache.current_label() is None
    assert shelf.cache.read_current() is None


def test_the_activated_version_is_current(shelf: Shelf) -> None:
    """Of several stored versions the activated one is given, with all its manifest says."""
    shelf.put(1)
    shelf.put(2)
    assert shelf.cache.read_current() is None, "storing alone changes nothing for readers"

    shelf.cache.activate(1)
    current = shelf.cache.read_current()

    assert current is not None
    assert current.manifest == shelf.manifest(1)
    assert current.manifest.label == shelf.cache.current_label() == "v1"
    assert current.model_path.read_text() == "model 1"

    shelf.cache.activate(2)
    assert shelf.cache.current_label() == "v2"


def test_a_tampered_model_gives_way_to_an_older_one(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    """When the current file was altered that is said, and the newest older version is given."""
    for version in (1, 2, 3):
        shelf.put(version)
    shelf.cache.activate(2)
    (shelf.cache.folder / "v2" / "model.cbm").write_text("something else")

    current = shelf.cache.read_current()

    assert current is not None
    assert current.manifest.label == "v1", "v3 may have been rolled back"
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "v2 is not usable" in record.getMessage()
    assert "sha256" in record.getMessage()


@pytest.mark.parametrize("content", [b"", b"{", b'{"name": "dexwatch"}', b"\xff\xfe"])
def test_a_broken_manifest_is_a_corrupt_model(shelf: Shelf, content: bytes) -> None:
    """A manifest that is empty, cut, incomplete or no text at all counts as no model."""
    shelf.put(1)
    shelf.cache.activate(1)
    (shelf.cache.folder / "v1" / "manifest.json").write_bytes(content)

    with pytest.raises(CorruptModelError, match=r"manifest\.json"):
        shelf.cache.read(1)
    assert shelf.cache.read_current() is None


@pytest.mark.parametrize("content", ["", "v", "v0", "../v1", "v1/../v2", "champion"])
def test_a_broken_pointer_is_no_model(shelf: Shelf, content: str) -> None:
    """A pointer that names no version leads nowhere, least of all out of the folder."""
    shelf.put(1)
    shelf.cache.activate(1)
    (shelf.cache.folder / "champion").write_text(content)

    assert shelf.cache.current_label() is None
    assert shelf.cache.read_current() is None


def test_another_file_than_described_is_not_stored(shelf: Shelf) -> None:
    """A model that is not the manifest's is refused and the earlier copy stays."""
    shelf.put(1)
    wrong = shelf.folder / "wrong.cbm"
    wrong.write_text("model 2")

    with pytest.raises(CorruptModelError, match="its description says"):
        shelf.cache.store(wrong, shelf.manifest(1))

    assert shelf.cache.read(1).model_path.read_text() == "model 1"
    assert shelf.versions() == ["v1"]


def test_storing_again_mends_a_copy(shelf: Shelf) -> None:
    """A version stored anew replaces a damaged copy of itself."""
    shelf.put(1)
    (shelf.cache.folder / "v1" / "model.cbm").write_text("damaged")

    shelf.put(1)

    assert shelf.cache.read(1).manifest == shelf.manifest(1)
    assert shelf.versions() == ["v1"]


def test_three_versions_are_kept(shelf: Shelf) -> None:
    """Only the three newest stay, and any older one that an alias still points at."""
    challenger = shelf.seen_through("challenger")
    shelf.put(1)
    challenger.activate(1)
    for version in (2, 3, 9, 10, 11):
        shelf.put(version)
        shelf.cache.activate(version)

    assert shelf.versions() == ["v1", "v10", "v11", "v9"]
    through_challenger = challenger.read_current()
    assert through_challenger is not None
    assert through_challenger.manifest.alias == "challenger"
    assert shelf.cache.current_label() == "v11"


def test_reading_the_cache_needs_no_mlflow() -> None:
    """Neither the cache nor asking for a sync's module brings MLflow into a process."""
    script = (
        "import registry.cache, registry.sync, sys; "
        "print([name for name in ('mlflow', 'pandas', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run(  # runs the line above
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )

    assert done.stdout == "[]\n"
