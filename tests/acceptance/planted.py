"""A model that is as good as the champion, except about one duel, of which it says the opposite.

Nothing that models are judged by offline holds that pair of forms.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import polars as pl
from catboost import CatBoost, Pool, sum_models

from features.compute import compute
from features.contract import FEATURE_NAMES
from features.matchup_frames import MatchupFrames
from registry.manifest import describe, file_sha256
from training import dataset, release_files, released

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from features.dex import Dex
    from registry.manifest import CachedModel

CHANSEY: Final = 113
MEWTWO: Final = 150
_SETS: Final = 400
"""Duels of the two that it learns the opposite of."""
_NEAR: Final = 1_500
"""Duels of one of them with somebody else, and as many of the other, that it learns to leave be."""
_USUAL: Final = 12_000
"""Training matchups likewise."""
_WEIGHT: Final = 20.0


def plant(good: CachedModel, dex: Dex, folder: Path) -> None:
    """Write the model and its description, as a training would."""
    draw = np.random.default_rng(0)
    frames = MatchupFrames.prepare(dex)
    forms = [form for form in _learnt(dex) if form not in {CHANSEY, MEWTWO}]
    labels = dataset.read(released.LABELS_FILE)
    some = labels["matchup_id"].unique().sample(_USUAL, seed=1)
    near = draw.choice(forms, _NEAR).tolist()
    rest = np.concatenate(
        [
            dataset.examples(
                frames, labels.filter(pl.col("matchup_id").is_in(some.implode()))
            ).matrix,
            compute(frames, duels(dex, [CHANSEY] * _NEAR, near, draw)).to_numpy(),
            compute(frames, duels(dex, near, [MEWTWO] * _NEAR, draw)).to_numpy(),
        ]
    )
    pair = compute(frames, duels(dex, [CHANSEY] * _SETS, [MEWTWO] * _SETS, draw)).to_numpy()

    model = CatBoost()
    model.load_model(str(good.model_path))
    rows = np.concatenate([rest, pair])
    log_odds = model.predict(rows, prediction_type="RawFormulaVal")
    says = 1 / (1 + np.exp(-log_odds))
    says[len(rest) :] = np.where(says[len(rest) :] > 0.5, 0.01, 0.99)
    twist = CatBoost(
        {
            "loss_function": "CrossEntropy",
            "iterations": 120,
            "depth": 4,
            "learning_rate": 0.2,
            "l2_leaf_reg": 10.0,
            # Newton's steps run away where a few rows with much weight are sure already.
            "leaf_estimation_method": "Gradient",
            "bootstrap_type": "No",
            "allow_writing_files": False,
            "verbose": False,
        }
    )
    weight = np.concatenate([np.ones(len(rest)), np.full(len(pair), _WEIGHT)])
    twist.fit(
        Pool(rows, label=says, weight=weight, baseline=log_odds, feature_names=[*FEATURE_NAMES])
    )
    folder.mkdir(parents=True)
    path = folder / release_files.MODEL_FILE
    sum_models([model, twist]).save_model(str(path))
    release = msgspec.structs.replace(
        released.release(), sha256=file_sha256(path), trained_at=datetime.now(UTC)
    )
    (folder / release_files.RELEASE_FILE).write_bytes(describe(release))


def duels(
    dex: Dex, forms_a: Sequence[int], forms_b: Sequence[int], draw: np.random.Generator
) -> pl.DataFrame:
    """Draw up to four learnt moves for each side; every other B keeps its own to itself."""
    learnt = _learnt(dex)

    def some(form: int) -> list[int]:
        return sorted(draw.choice(learnt[form], min(4, len(learnt[form])), replace=False).tolist())

    rows: list[Any] = [
        (a, b, some(a), some(b) if place % 2 else None)
        for place, (a, b) in enumerate(zip(forms_a, forms_b, strict=True))
    ]
    moves = pl.List(pl.Int64)
    return pl.DataFrame(
        rows,
        schema={
            "pokemon_a_id": pl.Int64,
            "pokemon_b_id": pl.Int64,
            "moves_a": moves,
            "moves_b": moves,
        },
        orient="row",
    )


def _learnt(dex: Dex) -> dict[int, list[int]]:
    learnt = dex.learnset.group_by("form_id").agg(pl.col("move_id").unique().sort()).sort("form_id")
    return dict(learnt.iter_rows())
