"""``dexwatch drift report`` on real files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from tests.captured import captured

from capture.archive.history import CaptureHistory
from capture.columns import to_parquet
from cli.main import dexwatch
from config.settings import ModelSettings
from features.contract import FEATURE_NAMES
from registry.cache import ModelCache
from registry.manifest import ModelManifest
from training import released

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Give a data folder with the released champion, and nothing else."""
    release = msgspec.structs.asdict(released.release())
    manifest = ModelManifest(
        **release, name="dexwatch", version=1, alias="champion", run_id="r", source="s"
    )
    cache = ModelCache.of(ModelSettings(), tmp_path)
    cache.store(released.MODEL_FILE, manifest)
    cache.activate(1)
    return tmp_path


def _capture(data_dir: Path, count: int, moment: datetime) -> None:
    features = np.ones(len(FEATURE_NAMES), "<f4").tobytes()
    rows = [captured(features=features, predicted_at=moment) for _ in range(count)]
    content = to_parquet(rows, FEATURE_NAMES)
    CaptureHistory.of(data_dir).small.add(content)


def _run(data_dir: Path, *arguments: str) -> Result:
    environment = {"DEXWATCH_DATA_DIR": str(data_dir)}
    return CliRunner().invoke(dexwatch, ["drift", "report", *arguments], env=environment)


def test_the_status_tells_the_verdict(data_dir: Path, tmp_path: Path) -> None:
    """4 without one, 3 for drift; the page and the JSON say the same."""
    nothing = _run(data_dir)
    assert nothing.exit_code == 4
    assert "no_data" in nothing.stdout
    now = datetime.now(UTC)
    _capture(data_dir, 150, now)
    assert "too_few" in _run(data_dir).stdout
    _capture(data_dir, 150, now)

    output = tmp_path / "report.html"
    found = _run(data_dir, "--output", str(output))
    as_json = _run(data_dir, "--json")

    assert (found.exit_code, as_json.exit_code) == (3, 3)
    assert "300 predictions" in found.stdout
    assert "without feedback: the embedded PostgreSQL does not run" in found.stderr
    assert json.loads(as_json.stdout)["verdict"] == "drifted"
    assert "<svg" in output.read_text("utf-8")


def test_a_span_and_a_number_of_rows_choose_files(data_dir: Path) -> None:
    """Whole files, by when their predictions were made."""
    now = datetime.now(UTC)
    _capture(data_dir, 10, now - timedelta(days=2))
    _capture(data_dir, 20, now)

    def rows(*arguments: str) -> int:
        counted: int = json.loads(_run(data_dir, "--json", *arguments).stdout)["rows"]
        return counted

    yesterday = f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%S}"
    assert rows() == 30
    assert rows("--rows", "5") == 20
    assert rows("--since", yesterday) == 20
    assert rows("--until", yesterday) == 10
    assert _run(data_dir, "--rows", "5", "--since", yesterday).exit_code == 2


def test_without_a_model_it_says_what_to_do(tmp_path: Path) -> None:
    """There is nothing to compare with."""
    found = _run(tmp_path)
    assert found.exit_code == 1
    assert "there is no champion yet" in found.stderr
