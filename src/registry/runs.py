"""What an MLflow run records of a training."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from registry.client import translated
from registry.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow import MlflowClient

    from registry.manifest import ModelRelease


def experiment_id(client: MlflowClient, name: str, artifact_location: str | None) -> str:
    """Find the experiment of that name, or create it with its files at that location."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(name, artifact_location=artifact_location))


@contextmanager
def failed_if_raised(client: MlflowClient, uri: str, run_id: str) -> Iterator[None]:
    """Close the run as failed by whatever the block raises, which is raised on."""
    try:
        yield
    except BaseException as error:
        try:
            with translated(uri):
                client.set_terminated(run_id, status="FAILED")
        except RegistryError as why:
            # What made MLflow fail in the block may last.
            error.add_note(f"The run {run_id} stays open: {why}")
        raise


def log_facts(client: MlflowClient, run_id: str, release: ModelRelease) -> None:
    """Log parameters, metrics, the data set and what identifies model and features."""
    from mlflow.entities import (  # noqa: PLC0415  # importing takes seconds
        Dataset,
        DatasetInput,
        Metric,
        Param,
        RunTag,
    )

    at = int(release.trained_at.timestamp() * 1000)
    data = release.training_data
    tags = {
        "sha256": release.sha256,
        "contract_version": release.contract_version,
        "data_sha256": data.sha256,
        "data_rows": str(data.rows),
        "data_games": str(data.games),
    }
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, at, 0) for name, value in release.metrics.items()],
        params=[Param(name, str(value)) for name, value in release.params.items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )
    data_set = Dataset(
        name="simulated battles",
        digest=data.sha256[:8],
        source_type="code",
        source="dexwatch dataset",
        profile=f'{{"num_rows": {data.rows}, "num_games": {data.games}}}',
    )
    client.log_inputs(run_id, [DatasetInput(data_set)])
