"""Where MLflow keeps its records and files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from config.settings import ModelSettings

_CREDENTIALS: Final = re.compile(r"(?<=://).*(?=@)|(?<=password=)[^\s&]+")


def tracking_uri(settings: ModelSettings, data_dir: Path) -> str:
    """Name the tracking server that was set, else a SQLite file under the data folder.

    The path stands in the URI as it is: SQLAlchemy does not decode it.
    """
    if settings.tracking_uri is not None:
        return settings.tracking_uri
    return f"sqlite:///{data_dir.resolve() / 'mlflow' / 'mlflow.db'}"


def artifact_uri(settings: ModelSettings, data_dir: Path) -> str | None:
    """Say where a new experiment's files go; None leaves it to a tracking server.

    A database has no place for files of its own, so they go under the data folder.
    """
    if tracking_uri(settings, data_dir).startswith(("http://", "https://")):
        return None
    return (data_dir.resolve() / "mlflow" / "artifacts").as_uri()


def without_credentials(text: str) -> str:
    """Hide user and password in an address, or in a line that quotes one.

    All up to the last ``@`` is hidden, since a password may hold one itself.
    """
    return _CREDENTIALS.sub("***", text)
