"""Rows as production captures them, really computed: duels drawn anew, answered by the champion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from battles.matchups import sample
from capture.tally import Tally
from drift.judge import judge
from drift.report import Volume
from drift.window import Window
from etl.snapshot import load_dex
from features.compute import compute
from features.counting import count
from features.matchup_frames import MatchupFrames
from inference.predictor import Predictor
from training import dataset, reference, released
from training.choosers import as_answered
from training.plans import LABELLED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from drift.report import DriftReport
    from features.counts import Counts
    from features.dex import Dex

SEED: Final = 7_001
"""Training drew with 1, 2 and 3."""
PART_ROWS: Final = 50_000
"""Drawn at once, to bound what is held in memory."""
SHIFTED_ROWS: Final = 6_000
"""Of each shifted mix, at most."""
FIRE: Final = 10
PIKACHU: Final = 25


@dataclass(frozen=True, slots=True)
class Rows:
    """Recommended moves."""

    features: NDArray[np.float32]
    probabilities: NDArray[np.float64]
    forms: NDArray[np.int32]
    """Of A and of B: shape (2, rows)."""

    def __len__(self) -> int:
        return len(self.features)

    def take(self, places: NDArray[np.int64] | slice) -> Rows:
        """Give some of the rows."""
        return Rows(self.features[places], self.probabilities[places], self.forms[:, places])

    def counts(self) -> Counts:
        """Count them."""
        return count(self.features, self.probabilities, *self.forms)

    @staticmethod
    def together(parts: list[Rows]) -> Rows:
        """Put rows after one another."""
        return Rows(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.probabilities for part in parts]),
            np.concatenate([part.forms for part in parts], axis=1),
        )


class Service:
    """Answers plans of matchups as the service does."""

    def __init__(self) -> None:
        self.dex: Dex = load_dex()
        self.release = released.release()
        self._frames = MatchupFrames.prepare(self.dex)
        self._predictor = Predictor.load(
            released.MODEL_FILE, version="v1", contract_version=self.release.contract_version
        )

    def reference(self) -> NDArray[np.float32]:
        """Give the rows that the baseline counts."""
        labels = dataset.read(released.LABELS_FILE)
        return reference.build(self._frames, self._predictor, labels).features.to_numpy()

    def answer(self, plan: pl.DataFrame, seed: int) -> Rows:
        """Give the rows of the recommended moves, in random order."""
        duels = plan.sample(fraction=1, shuffle=True, seed=seed).with_columns(
            pl.col("moves_a").list.sort(),
            pl.when("b_known").then(pl.col("moves_b").list.sort()).alias("moves_b"),
        )
        features = compute(self._frames, duels)
        matrix = features.to_numpy()
        predicted = self._predictor.predict(matrix)
        moves = duels["moves_a"].list.len().to_numpy().astype(np.int64)
        duel = np.repeat(np.arange(len(moves)), moves)
        best = np.lexsort((-as_answered(predicted, features), duel))[np.cumsum(moves) - moves]
        forms = duels.select("pokemon_a_id", "pokemon_b_id").to_numpy().T
        return Rows(matrix[best], predicted[best], forms)

    def undrifted(self, rows: int, first: int = 0) -> Iterator[Rows]:
        """Ask about the mix of training, part after part, each with a seed of its own."""
        for number in range(first, first + rows // PART_ROWS):
            counts = {name: round(share * PART_ROWS) for name, share in LABELLED.items()}
            yield self.answer(sample(self.dex, counts, SEED + number), number)

    def shifted(self) -> Mapping[str, Rows]:
        """Ask about something else."""
        mix = sample(
            self.dex, {name: round(share * 200_000) for name, share in LABELLED.items()}, SEED - 1
        )
        fire = self.dex.forms.filter(pl.col("type1_id") == FIRE)["form_id"].implode()
        plans = {
            "A is of type fire": mix.filter(pl.col("pokemon_a_id").is_in(fire)),
            "B is Pikachu": mix.filter(pl.col("pokemon_b_id") == PIKACHU),
            "A is Pikachu": mix.filter(pl.col("pokemon_a_id") == PIKACHU),
            **{
                words: sample(self.dex, {population: SHIFTED_ROWS}, SEED - 2)
                for words, population in (
                    ("B's moves never known", "open"),
                    ("B's moves always known", "closed"),
                    ("mega forms", "mega"),
                    ("moves by level only", "level_up"),
                    ("two status moves or more", "status"),
                    ("one to three moves", "few"),
                )
            },
        }
        return {
            words: self.answer(plan.sample(min(SHIFTED_ROWS, len(plan)), seed=1), 1)
            for words, plan in plans.items()
        }


def report_of(counts: Counts, baseline: Counts) -> DriftReport:
    """Judge a window as the worker does."""
    now = datetime.now(UTC)
    return judge(
        Window(Tally(first=now, last=now, slots={}, counts=counts), skipped=0),
        baseline,
        {},
        Volume(last_hour=0, usual=None),
        model_version="v1",
        now=now,
        began=monotonic(),
    )
