"""What somebody is told who has made a mistake: one line, with what to do."""

from __future__ import annotations

import hashlib
import re
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.stand_in import answering

from cli.main import dexwatch
from config.settings import ModelSettings
from registry.cache import ModelCache
from registry.manifest import ModelManifest, TrainingData

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def _run(data_dir: Path, *words: str, **variables: str) -> Result:
    environment = {"DEXWATCH_DATA_DIR": str(data_dir), **variables}
    return CliRunner().invoke(dexwatch, words, env=environment)


def _assert_told(result: Result, *words: str) -> None:
    """See the command end with a line that holds the words, and by no exception of ours."""
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if line.startswith("Error: ")]
    for word in words:
        assert word in line


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    """Service and pages say which variable chooses another port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        served = _run(tmp_path, "serve", DEXWATCH_PORT=port)
        shown = _run(tmp_path, "ui", DEXWATCH_UI_PORT=port)
    _assert_told(served, f"127.0.0.1:{port}", "set DEXWATCH_PORT")
    _assert_told(shown, f"127.0.0.1:{port}", "set DEXWATCH_UI_PORT")


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_foreign_address_is_told(tmp_path: Path, host: str) -> None:
    """An address of no interface of ours is no matter of the port."""
    told = _run(tmp_path, "serve", DEXWATCH_HOST=host)
    _assert_told(told, host, "set DEXWATCH_HOST")


def test_a_misspelt_variable_is_told_with_what_was_meant(tmp_path: Path) -> None:
    """The nearest name is proposed, instead of all sixty."""
    _assert_told(_run(tmp_path, "doctor", DEXWATCH_PROT="1"), "did you mean DEXWATCH_PORT?")


def test_a_file_that_holds_no_labels_is_told(tmp_path: Path) -> None:
    """Whatever else is given for labels is refused by its name."""
    labels = tmp_path / "labels.csv"
    labels.write_text("a,b\n", encoding="utf-8")
    for command in (["train"], ["dataset", "card"]):
        told = _run(tmp_path, *command, "--labels", str(labels))
        _assert_told(told, str(labels), "does not hold labels")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder that is not there is named."""
    there = tmp_path / "no folder" / "card.md"
    _assert_told(_run(tmp_path, "dataset", "card", "--output", str(there)), str(there))


def test_doctor_says_what_an_empty_folder_lacks(tmp_path: Path) -> None:
    """Before the first start, each thing that is missing is named with what brings it."""
    told = _run(tmp_path, "doctor", DEXWATCH_PORT="1")
    assert told.exit_code == 1
    assert "`make run` registers the released one" in told.output
    assert "`make run` writes it anew" in told.output


def test_doctor_says_what_helps_a_model_of_another_contract(tmp_path: Path) -> None:
    """It leads past no gate: to the model that the code brings, or to the model's own code."""
    cache, model = ModelCache.of(ModelSettings(), tmp_path), tmp_path / "model.cbm"
    model.write_bytes(b"a model")
    manifest = ModelManifest(
        sha256=hashlib.sha256(b"a model").hexdigest(),
        contract_version="1-abcdef01",
        feature_names=["power"],
        metrics={},
        params={},
        training_data=TrainingData(sha256="0" * 64, rows=10, games=1000),
        trained_at=datetime(2026, 1, 30, tzinfo=UTC),
        name="dexwatch",
        version=1,
        alias="champion",
        run_id="run",
        source="runs:/run/model",
    )
    cache.store(model, manifest)
    cache.activate(1)
    told = _run(tmp_path, "doctor", DEXWATCH_PORT="1").output
    assert "run `dexwatch model release`, or deploy the code that belongs to it" in told
    assert "make train" not in told


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"components": {}}'])
def test_doctor_tells_of_another_program_on_the_port(tmp_path: Path, body: bytes) -> None:
    """Whatever else answers there is told, and everything else is looked at."""
    with answering(200, body, {}) as other:
        told = _run(tmp_path, "doctor", DEXWATCH_PORT=other.url.rpartition(":")[2])
    assert "is another program" in told.output.splitlines()[0]
    assert "`make run` registers the released one" in told.output


def test_doctor_looks_at_the_stream_where_workers_may_be_on_other_machines(tmp_path: Path) -> None:
    """With Redis a missing lock proves nothing, and the stream is judged; without, none runs."""
    there = {"DEXWATCH_PORT": "1", "DEXWATCH_REDIS_URL": "redis://127.0.0.1:1"}
    told = _run(tmp_path, "doctor", **there).output
    assert re.search(r"^ok +worker +none runs here", told, re.MULTILINE)
    assert re.search(r"^FAIL +stream +Redis is away", told, re.MULTILINE)
    told = _run(tmp_path, "doctor", DEXWATCH_PORT="1").output
    assert re.search(r"^FAIL +worker +none runs", told, re.MULTILINE)


def test_doctor_tells_who_hangs_from_who_is_not_there(tmp_path: Path) -> None:
    """A service that takes connections and says nothing is not to be started a second time."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = _run(tmp_path, "doctor", DEXWATCH_PORT=str(silent.getsockname()[1]))
    assert "it hangs" in told.output
    assert "start it with" not in told.output.splitlines()[0]
