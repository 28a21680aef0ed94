"""The folder in which a model travels to and from MLflow.

It is an MLflow model of the ``catboost`` flavour, so ``mlflow.catboost.load_model`` and the
MLflow pages read it. It is laid out here rather than by ``mlflow.catboost.save_model`` because
that writes the model anew, and the file would no longer be the one that was trained, evaluated
and checksummed.
"""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from registry.cache import MODEL_FILE
from registry.manifest import ModelRelease, describe, read_description, verify

if TYPE_CHECKING:
    from pathlib import Path

RELEASE_FILE: Final = "release.json"
_REQUIREMENTS_FILE: Final = "requirements.txt"


def write_package(folder: Path, model_path: Path, release: ModelRelease) -> None:
    """Lay out the model, its release and MLflow's description with the signature.

    Loaded through MLflow it answers the raw formula value.

    Raises:
        CorruptModelError: the file is not the one that the release describes.

    """
    from mlflow.models import Model, ModelSignature  # noqa: PLC0415  # importing takes seconds
    from mlflow.types import ColSpec, DataType, Schema  # noqa: PLC0415  # likewise

    verify(model_path, release.sha256)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model_path, folder / MODEL_FILE)
    (folder / RELEASE_FILE).write_bytes(describe(release))
    catboost_version = version("catboost")
    (folder / _REQUIREMENTS_FILE).write_text(f"catboost=={catboost_version}\n", encoding="utf-8")
    model = Model(
        signature=ModelSignature(
            inputs=Schema([ColSpec(DataType.float, name) for name in release.feature_names]),
            outputs=Schema([ColSpec(DataType.double)]),
        ),
        metadata={"contract_version": release.contract_version, "sha256": release.sha256},
    )
    model.add_flavor(
        "python_function",
        loader_module="mlflow.catboost",
        python_version=platform.python_version(),
        data=MODEL_FILE,
    )
    model.add_flavor(
        "catboost",
        catboost_version=catboost_version,
        model_type="CatBoost",
        save_format="cbm",
        data=MODEL_FILE,
    )
    model.save(folder / "MLmodel")


def read_package(folder: Path) -> tuple[Path, ModelRelease]:
    """Find the model file of a package and its release, the checksum verified.

    Raises:
        CorruptModelError: it is incomplete or altered.

    """
    release = read_description(folder / RELEASE_FILE, ModelRelease)
    verify(folder / MODEL_FILE, release.sha256)
    return folder / MODEL_FILE, release
