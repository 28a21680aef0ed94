"""Train a model and judge it: the steps between a data set and a registered version."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from features.contract import CONTRACT_VERSION, FEATURE_NAMES
from inference.predictor import Predictor
from registry.manifest import ModelRelease, TrainingData, describe, file_sha256
from training import dataset, released, report
from training.fit import fit

if TYPE_CHECKING:
    from features.matchup_frames import MatchupFrames
    from training.evaluation import Quality
    from training.fit import Parameters

MODEL_FILE: Final = "model.cbm"
RELEASE_FILE: Final = "release.json"
EVALUATION_FILE: Final = "evaluation.csv"

UNREGISTERED: Final = "candidate"
"""Stands for the version of a model that no registry has seen yet."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trained model, what it learnt from, and how good it is."""

    predictor: Predictor
    labels: pl.DataFrame
    """What it was trained on."""
    qualities: list[Quality]
    release: ModelRelease
    model: bytes


def train(frames: MatchupFrames, labels_path: Path, parameters: Parameters) -> Candidate:
    """Train on every label whose pair of forms is not held out; judge on those that are.

    Raises:
        ValueError: the file does not hold labels, or all of them are held out.

    """
    labels = dataset.read(labels_path).filter(~dataset.held_out())
    if labels.is_empty():
        raise ValueError(f"{labels_path} holds nothing to train on")
    model = fit(dataset.examples(frames, labels), parameters)
    predictor = Predictor(model=model, version=UNREGISTERED)
    qualities = report.compare(
        frames,
        predictor,
        dataset.read(released.TRUTH_FILE),
        dataset.read(released.AGAIN_FILE),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / MODEL_FILE
        model.save_model(str(path))
        content, sha256 = path.read_bytes(), file_sha256(path)
    release = ModelRelease(
        sha256=sha256,
        contract_version=CONTRACT_VERSION,
        feature_names=list(FEATURE_NAMES),
        metrics=report.metrics(qualities),
        params=asdict(parameters),
        training_data=TrainingData(
            sha256=file_sha256(labels_path), rows=labels.height, games=int(labels["games"].sum())
        ),
        trained_at=datetime.now(UTC),
    )
    return Candidate(predictor, labels, qualities, release, content)


def write(candidate: Candidate, folder: Path) -> Path:
    """Write the model, its description and its evaluation; give the model's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(candidate.model)
    (folder / RELEASE_FILE).write_bytes(describe(candidate.release))
    pl.DataFrame(candidate.qualities).write_csv(folder / EVALUATION_FILE)
    return folder / MODEL_FILE
