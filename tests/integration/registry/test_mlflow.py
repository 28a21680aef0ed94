"""The registry on a real MLflow: SQLite and files, in a folder with a space in its name."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING

import catboost
import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from tests.acceptance.service import free_port
from tests.waiting import ALLOWANCE_SECONDS

from cli.main import dexwatch
from config.settings import ModelSettings
from registry.cache import ModelCache
from registry.client import open_client
from registry.errors import CorruptModelError, RegistryUnavailableError, UnknownModelError
from registry.manifest import file_sha256
from registry.runs import failed_if_raised
from registry.sync import sync
from registry.tracking import ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from registry.manifest import ModelRelease

pytestmark = pytest.mark.filterwarnings(
    # MLflow 3.17 still declares a loader strategy that SQLAlchemy 2.1 deprecates.
    "ignore:The ``noload`` loader strategy:DeprecationWarning:mlflow",
)

SETTINGS = ModelSettings()
NAMES = ["power", "speed", "accuracy"]


@pytest.fixture
def data_dir(tmp_path: Path, fresh_mlflow: Path) -> Path:
    """Give a data folder whose path needs quoting, with an MLflow of its own."""
    path = tmp_path / "my données 100%"
    shutil.copytree(fresh_mlflow, path)
    return path


@pytest.fixture
def registry(data_dir: Path) -> ModelRegistry:
    """Give the registry of the data folder."""
    return ModelRegistry.open(SETTINGS, data_dir)


def test_run_records_what_training_did(
    data_dir: Path, registry: ModelRegistry, train: Callable[[int], tuple[Path, ModelRelease]]
) -> None:
    """A run holds parameters, metrics, data hash, contract version, model and further files."""
    model, release = train(1)
    table = data_dir / "evaluation.txt"
    table.write_text("model | regret")

    run_id = registry.log_training_run(model, release, artifacts=[table])

    client = open_client(SETTINGS, data_dir)
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params == {"iterations": "2", "random_seed": "1"}
    assert run.data.metrics == {"regret": 0.01, "hit": 0.9}
    assert run.data.tags["contract_version"] == "1-abcdef01"
    assert run.data.tags["data_sha256"] == "0" * 64
    assert run.inputs.dataset_inputs[0].dataset.digest == "00000000"
    assert {file.path for file in client.list_artifacts(run_id)} == {"evaluation.txt", "model"}


def test_a_run_that_is_broken_off_has_failed(
    data_dir: Path, registry: ModelRegistry, train: Callable[[int], tuple[Path, ModelRelease]]
) -> None:
    """A run does not go on for ever because a file that was to be uploaded is missing."""
    client = open_client(SETTINGS, data_dir)

    with pytest.raises(RegistryUnavailableError, match=r"missing\.txt"):
        registry.register(*train(1), "champion", artifacts=[data_dir / "missing.txt"])

    experiment = client.get_experiment_by_name("dexwatch").experiment_id
    (run,) = client.search_runs([experiment])
    assert run.info.status == "FAILED"
    with pytest.raises(UnknownModelError):
        registry.resolve("champion")


def test_what_breaks_a_run_off_is_raised_in_any_case(data_dir: Path) -> None:
    """Where MLflow cannot be told that a run has failed, that is noted beside the reason."""
    client = open_client(SETTINGS, data_dir)
    unknown = "0" * 32

    with (
        pytest.raises(KeyboardInterrupt) as raised,
        failed_if_raised(client, "sqlite://", unknown),
    ):
        raise KeyboardInterrupt

    (note,) = raised.value.__notes__
    assert note.startswith(f"The run {unknown} stays open: MLflow at sqlite://")


def test_mlflow_itself_loads_what_was_registered(
    data_dir: Path, registry: ModelRegistry, train: Callable[[int], tuple[Path, ModelRelease]]
) -> None:
    """MLflow's own loader finds the model by alias, with its signature, and it predicts alike."""
    import mlflow  # noqa: PLC0415  # importing takes seconds

    path, release = train(1)
    registry.register(path, release, "champion")
    client = open_client(SETTINGS, data_dir)
    rows = np.random.default_rng(5).random((10, 3))

    source = client.get_model_version_by_alias("dexwatch", "champion").source
    folder = client.download_artifacts(source.split("/")[1], "model", str(data_dir))
    loaded = mlflow.catboost.load_model(folder)
    signature = mlflow.models.Model.load(folder).signature

    assert (loaded.predict(rows) == catboost.CatBoost().load_model(str(path)).predict(rows)).all()
    assert signature.inputs.input_names() == NAMES


def test_registering_twice_is_registering_once(
    registry: ModelRegistry, train: Callable[[int], tuple[Path, ModelRelease]]
) -> None:
    """The same file keeps its version, and an alias that has moved on is not moved back."""
    first, second = train(1), train(2)

    assert registry.register(*first, "champion") == 1
    assert registry.register(*second, "champion") == 2
    assert registry.register(*first, "champion") == 1
    assert registry.resolve("champion").version == 2

    assert registry.register(*first, "challenger") == 1
    assert registry.resolve("challenger").version == 1


def test_unknown_names_are_said(
    registry: ModelRegistry, train: Callable[[int], tuple[Path, ModelRelease]]
) -> None:
    """A missing model, alias or version is an error of its own that names it."""
    with pytest.raises(UnknownModelError, match=r"'dexwatch'.*'champion'.*make train"):
        registry.resolve("champion")
    registry.register(*train(1), "champion")
    with pytest.raises(UnknownModelError, match="'challenger'"):
        registry.resolve("challenger")
    with pytest.raises(UnknownModelError):
        registry.promote(7, "champion")


def test_another_file_than_released_is_not_registered(
    registry: ModelRegistry, train: Callable[[int], tuple[Path, ModelRelease]]
) -> None:
    """A model file that is not the released one is refused before anything is recorded."""
    (path, _), (_, release) = train(1), train(2)

    with pytest.raises(CorruptModelError, match="its description says"):
        registry.register(path, release, "champion")
    with pytest.raises(UnknownModelError):
        registry.resolve("champion")


def test_sync_follows_the_alias(
    data_dir: Path,
    registry: ModelRegistry,
    train: Callable[[int], tuple[Path, ModelRelease]],
) -> None:
    """When the alias moves, forward or back, the next sync makes that version current."""
    first, second = train(1), train(2)
    cache = ModelCache.of(SETTINGS, data_dir)

    registry.register(*first, "champion")
    synced = sync(SETTINGS, data_dir)
    assert synced == cache.read_current()
    assert synced.manifest.label == "v1"
    assert synced.model_path.read_bytes() == first[0].read_bytes()
    assert synced.manifest.contract_version == "1-abcdef01"
    assert synced.manifest.feature_names == NAMES
    assert synced.manifest.training_data == first[1].training_data

    registry.register(*second, "champion")
    assert sync(SETTINGS, data_dir).model_path.read_bytes() == second[0].read_bytes()
    assert cache.current_label() == "v2"

    registry.promote(1, "champion")
    assert sync(SETTINGS, data_dir).manifest.label == cache.current_label() == "v1"


def test_sync_mends_a_damaged_copy(
    data_dir: Path, registry: ModelRegistry, train: Callable[[int], tuple[Path, ModelRelease]]
) -> None:
    """A cached file that was altered is fetched anew."""
    path, release = train(1)
    registry.register(path, release, "champion")
    cached = sync(SETTINGS, data_dir)
    cached.model_path.write_bytes(b"altered")

    assert sync(SETTINGS, data_dir).model_path.read_bytes() == path.read_bytes()


def test_a_tampered_artifact_is_refused(
    data_dir: Path,
    registry: ModelRegistry,
    train: Callable[[int], tuple[Path, ModelRelease]],
) -> None:
    """An artifact altered after its registration does not get into the cache.

    Neither when the file alone was altered, nor with a release that was altered to match.
    """
    registry.register(*train(1), "champion")
    sync(SETTINGS, data_dir)
    cache = ModelCache.of(SETTINGS, data_dir)
    path, release = train(2)
    registry.register(path, release, "champion")
    (artifact,) = (
        found
        for found in (data_dir / "mlflow" / "artifacts").rglob("model.cbm")
        if found.read_bytes() == path.read_bytes()
    )
    artifact.write_bytes(b"tampered")

    with pytest.raises(CorruptModelError, match="its description says"):
        sync(SETTINGS, data_dir)

    forged = msgspec.structs.replace(release, sha256=file_sha256(artifact))
    artifact.with_name("release.json").write_bytes(msgspec.json.encode(forged))
    with pytest.raises(CorruptModelError, match="was registered with sha256"):
        sync(SETTINGS, data_dir)
    assert cache.current_label() == "v1"


@pytest.fixture
def deaf_server() -> Iterator[str]:
    """Give the address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in held:
            connection.close()


def test_who_comes_after_a_champion_keeps_it_as_the_one_before(
    registry: ModelRegistry, train: Callable[[int], tuple[Path, ModelRelease]]
) -> None:
    """The first has none before it, and to say so again changes nothing."""
    for number in (1, 2):
        registry.register(*train(number))
    registry.succeed(1, "champion")
    assert registry.aliases() == {"champion": 1}
    for _ in range(2):
        registry.succeed(2, "champion")
        assert registry.aliases() == {"champion": 2, "previous": 1}


def test_evaluating_a_version_that_nobody_registered_is_told(data_dir: Path) -> None:
    """The command ends with a line that names it, and with no exception of ours."""
    words = ["evaluate", "--version", "7"]
    told = CliRunner().invoke(dexwatch, words, env={"DEXWATCH_DATA_DIR": str(data_dir)})
    assert told.exit_code == 1
    assert isinstance(told.exception, SystemExit)
    assert "version=7" in told.output.splitlines()[-1]


def test_the_cache_serves_while_mlflow_is_dead(
    data_dir: Path, registry: ModelRegistry, train: Callable[[int], tuple[Path, ModelRelease]]
) -> None:
    """With nobody at the address, sync fails within seconds and the cached model is untouched."""
    registry.register(*train(1), "champion")
    cached = sync(SETTINGS, data_dir)
    closed = free_port()
    away = ModelSettings(tracking_uri=f"http://127.0.0.1:{closed}")
    began = time.monotonic()

    with pytest.raises(RegistryUnavailableError, match=str(closed)):
        sync(away, data_dir)

    assert time.monotonic() - began < 15
    assert ModelCache.of(away, data_dir).read_current() == cached


@pytest.mark.parametrize(
    "uri",
    [
        "http://user:hunter@2@127.0.0.1:1",
        "https://hunter@2@127.0.0.1:1",
        "nothing://user:hunter@2@127.0.0.1/mlflow",
        "postgresql+nothing://user:hunter@2@127.0.0.1:1/mlflow",
    ],
)
def test_a_password_of_mlflow_is_not_told(data_dir: Path, uri: str) -> None:
    """An error, and the traceback that goes with it, name the place without its login."""
    with pytest.raises(RegistryUnavailableError, match=r"://\*\*\*@127\.0\.0\.1") as raised:
        sync(ModelSettings(tracking_uri=uri), data_dir)

    assert "hunter" not in "".join(traceback.format_exception(raised.value))


def test_a_password_of_a_deaf_mlflow_is_not_told(data_dir: Path, deaf_server: str) -> None:
    """A server that is given up is named without the login."""
    away = ModelSettings(tracking_uri=deaf_server.replace("://", "://user:secret@"))

    with pytest.raises(RegistryUnavailableError, match="within 2 s") as raised:
        sync(away, data_dir, deadline_seconds=2)

    assert "secret" not in str(raised.value)


def test_a_deaf_mlflow_is_given_up(data_dir: Path, deaf_server: str) -> None:
    """A server that never answers is given up at the deadline, whatever MLflow would wait."""
    away = ModelSettings(tracking_uri=deaf_server)
    began = time.monotonic()

    with pytest.raises(RegistryUnavailableError, match="within 2 s"):
        sync(away, data_dir, deadline_seconds=2)

    assert time.monotonic() - began < 2 + ALLOWANCE_SECONDS


def test_mlflow_reports_to_nobody(data_dir: Path) -> None:
    """MLflow's own usage reporting is off once our way to it has been taken."""
    script = (
        "import sys; from pathlib import Path; from config.settings import ModelSettings; "
        "from registry.client import open_client; open_client(ModelSettings(), Path(sys.argv[1])); "
        "from mlflow.telemetry import get_telemetry_client; print(get_telemetry_client())"
    )
    silenced = {"CI", "PYTEST_CURRENT_TEST", "DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY"}
    done = subprocess.run(  # runs the lines above
        [sys.executable, "-c", script, str(data_dir)],
        env={name: value for name, value in os.environ.items() if name not in silenced},
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout == "None\n"
    assert done.stderr == "", "nor does it talk on the terminal"
