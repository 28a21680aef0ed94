"""The way to MLflow: imported late, bounded in time, its errors translated.

Importing MLflow takes seconds and some hundred megabytes, so it happens in the functions that
need it, and the process that serves calls none of them.
"""

from __future__ import annotations

import contextlib
import logging
import os
from typing import TYPE_CHECKING, Final

from registry.errors import RegistryError, RegistryUnavailableError, UnknownModelError
from registry.location import tracking_uri, without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlflow import MlflowClient

    from config.settings import ModelSettings

REQUEST_SECONDS: Final = 5
REQUEST_RETRIES: Final = 1

_SWITCHES: Final = {
    # MLflow reports its use to its makers unless told otherwise; nobody was asked.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # By default a dead server is tried for minutes before anyone hears of it.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": str(REQUEST_SECONDS),
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": str(REQUEST_RETRIES),
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


def open_client(settings: ModelSettings, data_dir: Path) -> MlflowClient:
    """Connect to the registry; the first use of a SQLite file creates its tables.

    Raises:
        RegistryUnavailableError: the store cannot be opened.

    """
    for variable, value in _SWITCHES.items():
        # MLflow takes these from the environment alone; who set one of them is obeyed.
        os.environ.setdefault(variable, value)
    from mlflow import MlflowClient  # noqa: PLC0415  # takes seconds, see above

    # Its progress lines on creating tables and versions are not for our users, and what is tried
    # again is told once it has failed.
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    uri = tracking_uri(settings, data_dir)
    if settings.tracking_uri is None:
        (data_dir / "mlflow").mkdir(parents=True, exist_ok=True)
    with translated(uri):
        return MlflowClient(tracking_uri=uri, registry_uri=uri)


@contextlib.contextmanager
def translated(uri: str) -> Iterator[None]:
    """Turn what MLflow and the libraries below it raise into errors of this package.

    These are stored and shown, so they hold no password of the URI.
    """
    from mlflow.exceptions import MlflowException  # noqa: PLC0415  # takes seconds
    from requests import RequestException  # noqa: PLC0415  # only with MLflow
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415  # only with MLflow

    place = without_credentials(uri)
    try:
        yield
    except RegistryError:
        raise
    except (MlflowException, RequestException, SQLAlchemyError, OSError) as error:
        message = without_credentials(str(error).partition("\n")[0])
        # A traceback tells the words of the cause as well, which may quote the URI.
        cause = error if place == uri else None
        if isinstance(error, MlflowException) and error.error_code == "RESOURCE_DOES_NOT_EXIST":
            raise UnknownModelError(f"MLflow at {place}: {message}") from cause
        raise RegistryUnavailableError(f"MLflow at {place} failed: {message}") from cause
