"""MLflow as the record of training runs and the registry of models."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import msgspec

from registry.aliases import PREVIOUS
from registry.client import open_client, translated
from registry.errors import UnknownModelError
from registry.location import artifact_uri, tracking_uri, without_credentials
from registry.package import read_package, write_package
from registry.runs import experiment_id, failed_if_raised, log_facts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion
    from mlflow.entities.model_registry import RegisteredModel as MlflowModel

    from config.settings import ModelSettings
    from registry.manifest import ModelRelease

PACKAGE: Final = "model"
"""The artifact path of the model within its run."""


class RegisteredModel(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the model as MLflow knows it."""

    version: int
    run_id: str
    sha256: str
    """Of the model file."""
    source: str
    """URI of its package."""


class ModelRegistry:
    """The model called ``settings.name`` in one MLflow.

    Every method blocks, and raises ``RegistryUnavailableError`` when MLflow fails.
    """

    def __init__(
        self, client: MlflowClient, uri: str, name: str, artifact_location: str | None
    ) -> None:
        self._client = client
        self._uri = uri
        self._name = name
        self._artifact_location = artifact_location

    @classmethod
    def open(cls, settings: ModelSettings, data_dir: Path) -> Self:
        """Connect to the MLflow of the settings, by default the one under the data folder.

        Raises:
            RegistryUnavailableError: it cannot be opened.

        """
        client = open_client(settings, data_dir)
        uri = tracking_uri(settings, data_dir)
        return cls(client, uri, settings.name, artifact_uri(settings, data_dir))

    def log_training_run(
        self, model_path: Path, release: ModelRelease, artifacts: Iterable[Path] = ()
    ) -> str:
        """Record a training run with its model package and further files; return the run's id.

        Raises:
            CorruptModelError: the file is not the one that the release describes.

        """
        with tempfile.TemporaryDirectory(prefix="dexwatch-model-") as scratch:
            package = Path(scratch) / PACKAGE
            with translated(self._uri):
                write_package(package, model_path, release)
                run = self._client.create_run(
                    self._experiment(), run_name=f"train {release.trained_at:%Y-%m-%d %H:%M}"
                )
                run_id: str = run.info.run_id
                with failed_if_raised(self._client, self._uri, run_id):
                    log_facts(self._client, run_id, release)
                    self._client.log_artifacts(run_id, str(package), PACKAGE)
                    for artifact in artifacts:
                        self._client.log_artifact(run_id, str(artifact))
                    self._client.set_terminated(run_id)
                return run_id

    def register(
        self,
        model_path: Path,
        release: ModelRelease,
        alias: str | None = None,
        *,
        run_id: str | None = None,
        artifacts: Iterable[Path] = (),
    ) -> int:
        """Register a model and point ``alias`` at it; return its version.

        A file that is registered already keeps its version, and an alias that has moved on since
        stays where it is. Without ``run_id`` (from :meth:`log_training_run`) the run is recorded
        as well, with ``artifacts``.

        Raises:
            CorruptModelError: the file is not the one that the release describes.

        """
        known = self._find(release.sha256)
        if known is not None:
            if alias is not None and alias not in self._aliases():
                self.promote(known, alias)
            return known
        if run_id is None:
            run_id = self.log_training_run(model_path, release, artifacts)
        with translated(self._uri):
            if self._registered_model() is None:
                self._client.create_registered_model(self._name)
            created = self._client.create_model_version(
                self._name,
                source=f"runs:/{run_id}/{PACKAGE}",
                run_id=run_id,
                tags={"sha256": release.sha256, "contract_version": release.contract_version},
            )
        version = int(created.version)
        if alias is not None:
            self.promote(version, alias)
        return version

    def promote(self, version: int, alias: str) -> None:
        """Point ``alias`` at ``version``.

        Raises:
            UnknownModelError: there is no such version.

        """
        with translated(self._uri):
            self._client.set_registered_model_alias(self._name, alias, str(version))

    def succeed(self, version: int, alias: str) -> None:
        """Point ``alias`` at ``version``; what it stood for becomes the one before.

        Raises:
            UnknownModelError: there is no such version.

        """
        before = self.aliases().get(alias)
        if before is not None and before != version:
            self.promote(before, PREVIOUS)
        self.promote(version, alias)

    def withdraw(self, alias: str) -> None:
        """Let ``alias`` stand for nothing."""
        if alias in self._aliases():
            with translated(self._uri):
                self._client.delete_registered_model_alias(self._name, alias)

    def aliases(self) -> dict[str, int]:
        """Give the version of each alias."""
        return {alias: int(version) for alias, version in self._aliases().items()}

    def version(self, number: int) -> RegisteredModel:
        """Find a version.

        Raises:
            UnknownModelError: there is none of that number.

        """
        with translated(self._uri):
            return _registered(self._client.get_model_version(self._name, str(number)))

    def resolve(self, alias: str) -> RegisteredModel:
        """Find the version that ``alias`` points at.

        Raises:
            UnknownModelError: there is no such model or alias.

        """
        version = self._aliases().get(alias)
        if version is None:
            raise UnknownModelError(
                f"MLflow at {without_credentials(self._uri)} has no model {self._name!r} with the "
                f"alias {alias!r}; run `make train`, or `dexwatch promote` when a version is "
                "registered"
            )
        return self.version(int(version))

    def download(self, model: RegisteredModel, folder: Path) -> tuple[Path, ModelRelease]:
        """Fetch a version's package into ``folder``; return its model file and release.

        Raises:
            CorruptModelError: what was registered is no package, or was altered.

        """
        with translated(self._uri):
            path = self._client.download_artifacts(model.run_id, PACKAGE, str(folder))
        return read_package(Path(path))

    def _experiment(self) -> str:
        return experiment_id(self._client, self._name, self._artifact_location)

    def _find(self, sha256: str) -> int | None:
        with translated(self._uri):
            found = self._client.search_model_versions(
                f"name = '{self._name}' and tags.sha256 = '{sha256}'"
            )
        return max((int(version.version) for version in found), default=None)

    def _aliases(self) -> dict[str, str]:
        found = self._registered_model()
        return {} if found is None else dict(found.aliases)

    def _registered_model(self) -> MlflowModel | None:
        try:
            with translated(self._uri):
                return self._client.get_registered_model(self._name)
        except UnknownModelError:
            return None


def _registered(version: ModelVersion) -> RegisteredModel:
    return RegisteredModel(
        version=int(version.version),
        run_id=version.run_id or "",
        sha256=version.tags.get("sha256", ""),
        source=version.source or "",
    )
