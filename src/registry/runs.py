"""What an MLflow run records of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from registry.manifest import ModelRelease


def experiment_id(client: MlflowClient, name: str, artifact_location: str | None) -> str:
    """Find the experiment of that name, or create it with its files at that location."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(name, artifact_location=artifact_location))


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
