"""MLflow as the record of a search: one run for the whole, a nested run for each trial."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Final, Self

from registry.client import open_client, translated
from registry.location import artifact_uri, tracking_uri
from registry.runs import experiment_id, failed_if_raised

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from mlflow import MlflowClient

    from config.settings import ModelSettings

EXPERIMENT_SUFFIX: Final = "-tuning"
"""Searches have an experiment of their own, so that they do not bury the training runs."""

_PARENT: Final = "mlflow.parentRunId"
"""The tag by which MLflow's pages show one run below another."""


class SearchLog:
    """An open record. Every method blocks, and raises ``RegistryUnavailableError`` on failure."""

    def __init__(self, client: MlflowClient, uri: str, experiment: str, run_id: str) -> None:
        self._client = client
        self._uri = uri
        self._experiment = experiment
        self.run_id = run_id
        """Of the run that stands for the whole search."""

    @classmethod
    def begin(
        cls, settings: ModelSettings, data_dir: Path, name: str, facts: Mapping[str, object]
    ) -> Self:
        """Open the run of a search; ``facts`` are what its trials have in common."""
        client = open_client(settings, data_dir)
        uri = tracking_uri(settings, data_dir)
        with translated(uri):
            experiment = experiment_id(
                client, settings.name + EXPERIMENT_SUFFIX, artifact_uri(settings, data_dir)
            )
            run = client.create_run(experiment, run_name=name)
            log = cls(client, uri, experiment, run.info.run_id)
            with failed_if_raised(client, uri, log.run_id):
                log._write(log.run_id, {}, facts)
        return log

    def trial(
        self, name: str, parameters: Mapping[str, object], metrics: Mapping[str, float]
    ) -> str:
        """Record a finished trial; return its run's id."""
        with translated(self._uri):
            run = self._client.create_run(
                self._experiment, run_name=name, tags={_PARENT: self.run_id}
            )
            run_id: str = run.info.run_id
            with failed_if_raised(self._client, self._uri, run_id):
                self._write(run_id, metrics, parameters)
                self._client.set_terminated(run_id)
        return run_id

    def end(self, metrics: Mapping[str, float], artifacts: Iterable[Path] = ()) -> None:
        """Close the search with its outcome."""
        with (
            translated(self._uri),
            failed_if_raised(self._client, self._uri, self.run_id),
        ):
            self._write(self.run_id, metrics, {})
            for artifact in artifacts:
                self._client.log_artifact(self.run_id, str(artifact))
            self._client.set_terminated(self.run_id)

    def fail(self) -> None:
        """Close the search as one that did not come to its end; its trials stay."""
        with translated(self._uri):
            self._client.set_terminated(self.run_id, status="FAILED")

    def _write(
        self, run_id: str, metrics: Mapping[str, float], parameters: Mapping[str, object]
    ) -> None:
        from mlflow.entities import Metric, Param  # noqa: PLC0415  # importing takes seconds

        now = time_ns() // 1_000_000
        self._client.log_batch(
            run_id,
            metrics=[Metric(name, value, now, 0) for name, value in metrics.items()],
            params=[Param(name, str(value)) for name, value in parameters.items()],
        )
