from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import ModelSettings
from registry.location import artifact_uri, tracking_uri, without_credentials


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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("postgresql://user:secret@db/mlflow", "postgresql://***@db/mlflow"),
        ("postgresql://user:se/c r@e?t@db:5432/mlflow", "postgresql://***@db:5432/mlflow"),
        ("https://secret@mlflow", "https://***@mlflow"),
        (
            "postgresql://db/mlflow?user=u&password=secret&sslmode=disable",
            "postgresql://db/mlflow?user=u&password=***&sslmode=disable",
        ),
        (
            "API request to http://user:secret@mlflow/api failed with exception no route",
            "API request to http://***@mlflow/api failed with exception no route",
        ),
        ("http://mlflow:5000", "http://mlflow:5000"),
        ("sqlite:////srv/my data/mlflow.db", "sqlite:////srv/my data/mlflow.db"),
    ],
)
def test_a_password_is_hidden(text: str, told: str) -> None:
    """Of an address with a login only the place is told, of any other all."""
    assert without_credentials(text) == told
