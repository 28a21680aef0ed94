"""Batches beside the model alone: the same rows, on as many threads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from benchmarks.service.bench import OBSERVED, WARM_SECONDS
from benchmarks.service.closed import FEW_CONNECTIONS
from benchmarks.service.page import Section, Table, ends, number
from benchmarks.side_by_side import Spread, in_turn
from catboost import CatBoost

from benchmarks import questions
from etl.snapshot import load_dex
from features.compute import compute
from features.matchup_frames import MatchupFrames
from training import released

if TYPE_CHECKING:
    from benchmarks.service.bench import Bench
    from numpy.typing import NDArray

SIZES: Final = (1, 10, 100, 1000)
THREADS: Final = 1
"""The service scores a batch in chunks, each on one thread."""
ELEMENTS_A_SECOND: Final = 125
"""Large batches are asked for longer, so that the last ones, which end too late, do not count."""


@dataclass(frozen=True, slots=True)
class Rows:
    """How fast rows were scored."""

    rate: float
    """Rows a second."""
    cpu_us: float
    """Processor time of a row, in microseconds."""
    p99: float = 0.0
    """Of a batch, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Model:
    """The released champion, without anything around it."""

    model: CatBoost
    matrix: NDArray[np.float32]
    """Feature rows of the questions that batches are made of, in their order."""

    @classmethod
    def load(cls) -> Model:
        """Load it, and compute the features of the questions once."""
        model = CatBoost()
        model.load_model(str(released.MODEL_FILE))
        dex = load_dex()
        id_of = dict(zip(dex.moves["name_en"], dex.moves["move_id"], strict=True))
        rows = [
            {
                "pokemon_a_id": one["pokemon_a_id"],
                "pokemon_b_id": one["pokemon_b_id"],
                "moves_a": sorted(id_of[name] for name in one["available_moves"]),
                "moves_b": None,
            }
            for one in questions.drawn(questions.POOL)
        ]
        duels = pl.DataFrame(rows, schema_overrides={"moves_b": pl.List(pl.Int64)})
        matrix = compute(MatchupFrames.prepare(dex), duels).to_numpy()
        return cls(model, np.ascontiguousarray(matrix))

    def score(self, elements: int, seconds: float) -> Rows:
        """Score as many rows as such a batch has, again and again."""
        size = elements * questions.MOVES
        scored, start = 0, 0
        began, busy = perf_counter(), process_time()
        while perf_counter() - began < seconds:
            rows = self.matrix[start : start + size]
            self.model.predict(rows, prediction_type="RawFormulaVal", thread_count=THREADS)
            scored += size
            start = (start + size) % (len(self.matrix) - size + 1)
        return Rows(scored / (perf_counter() - began), (process_time() - busy) / scored * 1e6)


def serve(bench: Bench, elements: int, seconds: int) -> Rows:
    """Ask the fully observed service for such batches."""
    asking = questions.batch(bench.folder, elements)
    seen = bench.ask(OBSERVED, asking, FEW_CONNECTIONS, seconds)
    if seen.outcome.failed:
        raise RuntimeError(f"{seen.outcome.failed} batches of {elements} failed")
    rows = elements * questions.MOVES
    return Rows(seen.outcome.rate * rows, seen.cpu_us / rows, seen.outcome.p99)


def batches(bench: Bench, findings: dict[str, Spread]) -> Section:
    """Compare batches of each size with the model alone."""
    model = Model.load()
    table, costs = [], []
    for elements in SIZES:
        seconds = max(bench.pace.seconds, elements // ELEMENTS_A_SECOND)
        serve(bench, elements, WARM_SECONDS)
        seen = in_turn(
            bench.pace.rounds,
            {
                "model": partial(model.score, elements, bench.pace.seconds / 4),
                "service": partial(serve, bench, elements, seconds),
            },
            f"batches of {elements}",
        )
        served, alone = seen["service"], seen["model"]
        ratio = Spread.of_ratios((one.rate for one in served), (one.rate for one in alone))
        findings["batch / CatBoost"] = ratio  # the largest comes last
        cost = Spread.of(one.cpu_us for one in served).middle * elements * questions.MOVES
        costs.append(cost)
        table.append(
            (
                f"{elements:,}",
                number(Spread.of(one.rate for one in served).middle),
                number(Spread.of(one.rate for one in alone).middle),
                number(ratio.middle),
                ends(ratio),
                number(Spread.of(one.p99 for one in served).middle),
                number(cost),
            )
        )
    # Relative errors: otherwise the largest batch alone would decide.
    each, base = np.polyfit(SIZES, costs, 1, w=1 / np.array(costs))
    return Section(
        "Batches",
        (
            (
                f"Fully observed, {FEW_CONNECTIONS} connections, {questions.MOVES} moves an "
                "element, so many rows. CatBoost alone scores the same rows, as many in a call, "
                f"in this process on {THREADS} thread, like the service."
            ),
            Table(
                (
                    *("elements", "rows/s", "CatBoost rows/s", "ratio", "lowest to highest"),
                    *("p99 ms", "CPU us a batch"),
                ),
                tuple(table),
            ),
            f"A batch costs {base:.0f} us and {each:.0f} us an element (least squares, relative).",
        ),
    )
