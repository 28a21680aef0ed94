"""A search in a real MLflow: SQLite and files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config.settings import ModelSettings
from registry.client import open_client
from registry.errors import RegistryUnavailableError
from registry.search_log import SearchLog

pytestmark = pytest.mark.filterwarnings(
    # MLflow 3.17 still declares a loader strategy that SQLAlchemy 2.1 deprecates.
    "ignore:The ``noload`` loader strategy:DeprecationWarning:mlflow",
)

SETTINGS = ModelSettings()


@pytest.fixture
def data_dir(tmp_path: Path, fresh_mlflow: Path) -> Path:
    """Give a data folder with an MLflow of its own."""
    return Path(shutil.copytree(fresh_mlflow, tmp_path / "data"))


def test_trials_are_nested_in_their_search(data_dir: Path) -> None:
    """Each trial is a finished run below the search's, with its parameters and metrics."""
    log = SearchLog.begin(SETTINGS, data_dir, "search", {"seed": 1})
    trial = log.trial("trial 0", {"depth": 6, "fact_trees": 60}, {"log_loss": 0.2})
    table = data_dir / "search.csv"
    table.write_text("trial\n")
    log.end({"log_loss": 0.2}, [table])

    client = open_client(SETTINGS, data_dir)
    whole, nested = client.get_run(log.run_id), client.get_run(trial)
    assert nested.data.tags["mlflow.parentRunId"] == log.run_id
    assert nested.data.params == {"depth": "6", "fact_trees": "60"}
    assert nested.data.metrics == whole.data.metrics == {"log_loss": 0.2}
    assert whole.data.params == {"seed": "1"}
    assert {nested.info.status, whole.info.status} == {"FINISHED"}
    assert [file.path for file in client.list_artifacts(log.run_id)] == ["search.csv"]
    experiment = client.get_experiment(whole.info.experiment_id)
    assert experiment.name == "dexwatch-tuning"


def test_a_broken_search_keeps_its_trials(data_dir: Path) -> None:
    """A search that did not come to its end is marked as failed; its trials stay."""
    log = SearchLog.begin(SETTINGS, data_dir, "search", {})
    trial = log.trial("trial 0", {}, {"log_loss": 0.2})
    log.fail()
    client = open_client(SETTINGS, data_dir)
    assert client.get_run(log.run_id).info.status == "FAILED"
    assert client.get_run(trial).info.status == "FINISHED"


def test_what_cannot_be_recorded_has_failed(data_dir: Path) -> None:
    """Neither a search nor a trial goes on for ever because MLflow does not take what it holds."""
    client = open_client(SETTINGS, data_dir)
    log = SearchLog.begin(SETTINGS, data_dir, "search", {})
    refused = {"a name = of no parameter": 1}
    with pytest.raises(RegistryUnavailableError):
        SearchLog.begin(SETTINGS, data_dir, "another", refused)
    with pytest.raises(RegistryUnavailableError):
        log.trial("trial 0", refused, {})
    with pytest.raises(RegistryUnavailableError):
        log.end({}, [data_dir / "missing.csv"])

    experiment = client.get_run(log.run_id).info.experiment_id
    runs = client.search_runs([experiment])
    assert [run.info.status for run in runs] == ["FAILED"] * 3
