"""The command lines of what runs beside the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.stack.addresses import Ports
from cli.stack.programs import Stack

if TYPE_CHECKING:
    from pathlib import Path


def test_mlflows_store_is_in_no_command_line(tmp_path: Path) -> None:
    """Its address, which may hold a password, goes by the environment, which others cannot read."""
    uri = "postgresql://user:secret@db/mlflow"
    mlflow = Stack(tmp_path, tmp_path, Ports()).mlflow(uri)
    assert not [word for word in mlflow.command if "secret" in word]
    assert mlflow.environment["MLFLOW_BACKEND_STORE_URI"] == uri


def test_mlflow_keeps_nothing_for_jobs(tmp_path: Path) -> None:
    """It is told to start none of the processes that would wait for some."""
    told = Stack(tmp_path, tmp_path, Ports()).mlflow("sqlite:///mlflow.db").environment
    assert told["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
