"""Train a model and judge it: the steps between a data set and a registered version."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from battles.publishing import to_disk, whole
from features.contract import CONTRACT_VERSION, FEATURE_NAMES
from inference.predictor import Predictor
from registry.manifest import ModelRelease, TrainingData, describe, file_sha256
from training import ablation, dataset, plots, reference, released, report, report_files
from training.card import card
from training.fit import fit
from training.judged import Judged
from training.release_files import (
    ARTIFACTS,
    CARD_FILE,
    EFFECTS_PICTURE,
    MODEL_FILE,
    RELEASE_FILE,
    RELIABILITY_PICTURE,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from features.matchup_frames import MatchupFrames
    from training.fit import Parameters
    from training.reference import Reference
    from training.report import Report

UNREGISTERED: Final = "candidate"
"""Stands for the version of a model that no registry has seen yet."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trained model, what it learnt from, and how good it is."""

    predictor: Predictor
    labels: pl.DataFrame
    """What it was trained on."""
    reference: Reference
    """What it recommends over some of that."""
    report: Report
    release: ModelRelease
    card: str
    """The model card with links to its pictures."""
    model: bytes


def train(  # noqa: PLR0913  # what a candidate is made of
    frames: MatchupFrames,
    moves: pl.DataFrame,
    labels_path: Path,
    parameters: Parameters,
    *,
    further: Sequence[Path] = (),
    asked: pl.DataFrame | None = None,
) -> Candidate:
    """Train on every label whose pair of forms is not held out; judge on those that are.

    Args:
        frames: the prepared dex.
        moves: the dex's moves, by whose effects errors are grouped.
        labels_path: the data set.
        parameters: of the fit.
        further: more labels to learn from.
        asked: a plan of what production asks, of which the baseline is made; without one, it is
            made of the labels.

    Raises:
        ValueError: a file does not hold labels, or all of them are held out.

    """
    paths = (labels_path, *further)
    labels = dataset.together(paths).filter(~dataset.held_out())
    if labels.is_empty():
        raise ValueError(f"{labels_path} holds nothing to train on")
    model = fit(dataset.examples(frames, labels), parameters)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / MODEL_FILE
        model.save_model(str(path))
        content, sha256 = path.read_bytes(), file_sha256(path)
    release = ModelRelease(
        sha256=sha256,
        contract_version=CONTRACT_VERSION,
        feature_names=list(FEATURE_NAMES),
        metrics={},
        params=asdict(parameters),
        training_data=TrainingData(
            sha256=_sha256(paths), rows=labels.height, games=int(labels["games"].sum())
        ),
        trained_at=datetime.now(UTC),
    )
    predictor = Predictor(model=model, version=UNREGISTERED)
    return judge(frames, moves, predictor, labels, release, content, asked)


def _sha256(paths: Sequence[Path]) -> str:
    """Give the checksum of a data set: of its file, or of the checksums of its files."""
    sums = [file_sha256(path) for path in paths]
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()


def judge(  # noqa: PLR0913, PLR0917  # what a candidate is made of
    frames: MatchupFrames,
    moves: pl.DataFrame,
    predictor: Predictor,
    labels: pl.DataFrame,
    release: ModelRelease,
    model: bytes,
    asked: pl.DataFrame | None = None,
) -> Candidate:
    """Judge a trained model on the released truth, and state the outcome in its release.

    Raises:
        ValueError: the released truth and its repetition are not of the same matchups.

    """
    recommended = reference.build(frames, predictor, labels)
    seen = None
    if asked is not None:
        seen = reference.build(frames, predictor, reference.unplayed(asked)).baseline
    judged = Judged.of(frames, dataset.read(released.TRUTH_FILE), dataset.read(released.AGAIN_FILE))
    judgement = report.judge(judged, predictor.predict(judged.examples.matrix), moves)
    release = msgspec.structs.replace(
        release,
        metrics=report.metrics(judgement),
        calibration=report.calibration(judgement),
        baseline=reference.baseline(recommended.baseline, seen),
    )
    words, shown = (
        card(
            release,
            judgement,
            labels,
            judged_games=int(judged.games.sum()),
            ablation=ablation.read(released.ABLATION_FILE),
            images=images,
        )
        for images in (None, (RELIABILITY_PICTURE, EFFECTS_PICTURE))
    )
    release = msgspec.structs.replace(release, card=words)
    return Candidate(predictor, labels, recommended, judgement, release, shown, model)


def write(candidate: Candidate, folder: Path) -> Path:
    """Write the model, its evaluation, its card and its description; give the model's path.

    The files are those of :mod:`training.release_files`. Where the description is, the others are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(candidate.model)
    (folder / CARD_FILE).write_text(candidate.card, encoding="utf-8")
    reliability = plots.reliability_png(candidate.report.reliabilities)
    (folder / RELIABILITY_PICTURE).write_bytes(reliability)
    (folder / EFFECTS_PICTURE).write_bytes(plots.effects_png(candidate.report.effects))
    report_files.write_csv(candidate.report, folder)
    for name in (MODEL_FILE, *ARTIFACTS):
        to_disk(folder / name)
    with whole(folder / RELEASE_FILE) as partial:
        partial.write_bytes(describe(candidate.release))
    return folder / MODEL_FILE
