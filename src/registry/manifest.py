"""What is known of a model, kept beside its file so that no server is needed to tell."""

from __future__ import annotations

import hashlib
from datetime import datetime  # noqa: TC003  # msgspec resolves field types when it decodes
from pathlib import Path  # noqa: TC003  # likewise
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from features.counts import Counts  # noqa: TC001  # likewise
from registry.errors import CorruptModelError

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class TrainingData(msgspec.Struct, frozen=True, kw_only=True):
    """What a model was trained on."""

    sha256: Sha256
    """Of the data set."""
    rows: int
    games: int
    """Simulated battles behind the labels."""


class CalibrationBin(msgspec.Struct, frozen=True, kw_only=True):
    """Judged openings that a model gave about the same chances."""

    rows: int
    predicted: float
    """Mean of the win probabilities."""
    won: float
    """Mean share of games that A won."""


class ModelRelease(msgspec.Struct, frozen=True, kw_only=True):
    """What training states about a model file, before any registry has seen it."""

    sha256: Sha256
    """Of the ``.cbm`` file."""
    contract_version: str
    """Of the feature contract it was trained under."""
    feature_names: list[str]
    """In the order of the model's columns."""
    metrics: dict[str, float]
    calibration: list[CalibrationBin] = []
    """Over all judged openings, the lowest bin first; empty of a model from before it was kept."""
    params: dict[str, str | int | float | bool | None]
    training_data: TrainingData
    trained_at: datetime
    card: str = ""
    """The model card in Markdown, without pictures; those are artifacts of the training run."""
    baseline: Counts | None = None
    """What its reference population comes to, for drift; None of a model from before there was."""


class ModelManifest(ModelRelease, frozen=True, kw_only=True):
    """A release together with its place in the registry."""

    name: str
    version: int
    alias: str
    """The alias by which it was found."""
    run_id: str
    source: str
    """URI of the folder it was downloaded from."""

    @property
    def label(self) -> str:
        """The version as it is shown everywhere: ``v<version>``."""
        return f"v{self.version}"


class CachedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model file whose checksum has just been found right."""

    manifest: ModelManifest
    model_path: Path


_Described = TypeVar("_Described", bound=ModelRelease)


def read_description(path: Path, kind: type[_Described]) -> _Described:
    """Decode a release or a manifest from its JSON file.

    Raises:
        CorruptModelError: the file is missing or is not such a description.

    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CorruptModelError(f"{path} does not describe a model: {error}") from error


def describe(description: ModelRelease) -> bytes:
    """Encode a release or a manifest as readable JSON."""
    return msgspec.json.format(msgspec.json.encode(description), indent=2) + b"\n"


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file.

    Raises:
        OSError: the file cannot be read.

    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(model_path: Path, expected_sha256: str) -> None:
    """Check that a model file is the one described.

    Raises:
        CorruptModelError: it is missing, unreadable or another.

    """
    try:
        actual = file_sha256(model_path)
    except OSError as error:
        raise CorruptModelError(f"{model_path} cannot be read: {error.strerror}") from error
    if actual != expected_sha256:
        raise CorruptModelError(
            f"{model_path} has sha256 {actual}, its description says {expected_sha256}"
        )
