"""What benchmarks ask: many different duels, always the same ones, so that no cache can flatter."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from etl.snapshot import load_dex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POOL: Final = 5_000
FORMS: Final = 151
MOVES: Final = 4
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of a service, again and again."""

    path: str
    bodies: Path | None = None
    """A file with one body a line, asked in turn; without one it is a GET."""
    header: str | None = None


def drawn(number: int, moves: int = MOVES) -> Iterator[dict[str, Any]]:
    """Draw questions: any two forms, and so many of the damaging moves."""
    names = load_dex().moves.filter(pl.col("power") > 0)["name_en"].sort().to_list()
    draw = random.Random(_SEED)  # noqa: S311  # no secret
    for _ in range(number):
        yield {
            "pokemon_a_id": draw.randint(1, FORMS),
            "pokemon_b_id": draw.randint(1, FORMS),
            "available_moves": draw.sample(names, moves),
        }


def best_move(folder: Path, moves: int = MOVES, number: int = POOL) -> Asking:
    """Ask for the best of so many moves."""
    path = "/predict/best-move"
    return Asking(path, _written(folder / f"{number}-of-{moves}.jsonl", drawn(number, moves)))


def explain(folder: Path) -> Asking:
    """Ask why."""
    return Asking("/predict/explain", best_move(folder).bodies)


def batch(folder: Path, elements: int) -> Asking:
    """Ask for so many at once."""
    questions = list(drawn(POOL))
    bodies = (
        {"predictions": questions[start : start + elements]}
        for start in range(0, POOL - elements + 1, elements)
    )
    path = "/predict/best-move/batch"
    return Asking(path, _written(folder / f"batches-of-{elements}.jsonl", bodies))


def _written(file: Path, bodies: Iterator[dict[str, Any]]) -> Path:
    if not file.exists():
        file.write_text("".join(f"{json.dumps(body)}\n" for body in bodies), encoding="utf-8")
    return file
