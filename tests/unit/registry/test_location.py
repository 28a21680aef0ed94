from __future__ import annotations

from pathlib import Path

from config.settings import ModelSettings
from registry.location import artifact_uri, tracking_uri


def test_by_default_all_is_under_the_data_folder() -> None:
    """Without a server, records are a SQLite file and artifacts a folder, spaces or not."""
    data_dir = Path("/srv/my data")

    assert tracking_uri(ModelSettings(), data_dir) == "sqlite:////srv/my data/mlflow/mlflow.db"
    assert artifact_uri(ModelSettings(), data_dir) == "file:///srv/my%20data/mlflow/artifacts"


def test_a_server_keeps_its_own_files() -> None:
    """A tracking server that was set is used as it is and decides on the place of artifacts."""
    settings = ModelSettings(tracking_uri="http://mlflow:5000")

    assert tracking_uri(settings, Path("data")) == "http://mlflow:5000"
    assert artifact_uri(settings, Path("data")) is None


def test_a_database_has_no_files() -> None:
    """With a database as the tracking store artifacts still go under the data folder."""
    settings = ModelSettings(tracking_uri="postgresql://db/mlflow")

    assert artifact_uri(settings, Path("/data")) == "file:///data/mlflow/artifacts"
