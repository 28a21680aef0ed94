"""Play these matchups, return rows: the unit of work, on this machine or another.

A task is what the Node worker reads in a line. Which process plays it, and beside which
others, makes no difference to its result: the seed is its own.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl

from battles.errors import PlanError, SimulatorError
from battles.node import ended, program

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from features.dex import Dex

PLAN: Final = pl.Schema(
    {
        "matchup_id": pl.Int64(),
        "population": pl.String(),
        "pokemon_a_id": pl.Int32(),
        "pokemon_b_id": pl.Int32(),
        "moves_a": pl.List(pl.Int32()),
        "moves_b": pl.List(pl.Int32()),
        "b_known": pl.Boolean(),
        "openings": pl.List(pl.Int32()),
    }
)
"""A plan of matchups. Ids are PokeAPI's; openings are some of ``moves_a``."""

LABELS: Final = pl.Schema(
    {
        "matchup_id": pl.Int64(),
        "population": pl.String(),
        "pokemon_a_id": pl.Int32(),
        "pokemon_b_id": pl.Int32(),
        "moves_a": pl.List(pl.Int32()),
        "moves_b": pl.List(pl.Int32()),
        "b_known": pl.Boolean(),
        "opening": pl.Int32(),
        "games": pl.Int32(),
        "wins": pl.Int32(),
        "draws": pl.Int32(),
        "seed": pl.Int64(),
    }
)
"""What comes of it: a row a matchup and opening. Wins and draws are A's."""

_SEED_BITS: Final = 53
_WORD: Final = (1 << 64) - 1


class Task(msgspec.Struct, frozen=True):
    """A matchup in the simulator's names."""

    id: int
    a: str
    b: str
    moves_a: list[str]
    moves_b: list[str]
    openings: list[str]
    games: int
    seed: int


class Tally(msgspec.Struct, frozen=True):
    """What became of an opening."""

    wins: int
    draws: int
    games: int
    turns: float


class Outcome(msgspec.Struct, frozen=True):
    """What became of a matchup: a tally an opening, or the reason why it was not played."""

    id: int
    openings: dict[str, Tally] = {}
    error: str | None = None


def matchup_seed(seed: int, matchup_id: int) -> int:
    """Give a matchup its seed, 53 bits, well mixed (SplitMix64's finalizer)."""
    mixed = ((seed + 1) * 0x9E3779B97F4A7C15 + matchup_id * 0xD1B54A32D192ED03) & _WORD
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = ((mixed ^ (mixed >> shift)) * factor) & _WORD
    return (mixed ^ (mixed >> 31)) >> (64 - _SEED_BITS)


def tasks(plan: pl.DataFrame, dex: Dex, games: int, seed: int) -> list[Task]:
    """Turn a plan into tasks.

    Raises:
        PlanError: it does not have the columns of :data:`PLAN`, or names a form or move that the
            dex does not know.

    """
    if plan.schema != PLAN:
        raise PlanError(f"a plan has the columns {dict(PLAN)}, not {dict(plan.schema)}")
    forms = dict(dex.forms.select("form_id", "showdown").iter_rows())
    moves = dict(dex.moves.select("move_id", "showdown").iter_rows())
    made = []
    for row in plan.iter_rows(named=True):
        try:
            made.append(
                Task(
                    id=row["matchup_id"],
                    a=forms[row["pokemon_a_id"]],
                    b=forms[row["pokemon_b_id"]],
                    moves_a=[moves[move] for move in row["moves_a"]],
                    moves_b=[moves[move] for move in row["moves_b"]],
                    openings=[moves[move] for move in row["openings"]],
                    games=games,
                    seed=matchup_seed(seed, row["matchup_id"]),
                )
            )
        except KeyError as error:
            raise PlanError(f"matchup {row['matchup_id']}: the dex has no id {error}") from error
    return made


def encode(task: Task) -> bytes:
    """Write a task as the worker reads it."""
    return msgspec.json.encode(task) + b"\n"


def decode(line: bytes) -> Outcome:
    """Read the worker's answer.

    Raises:
        SimulatorError: the worker could not play the matchup.

    """
    outcome = msgspec.json.decode(line, type=Outcome)
    if outcome.error is not None:
        raise SimulatorError(f"matchup {outcome.id}: {outcome.error}")
    return outcome


def rows(plan: pl.DataFrame, played: Sequence[Task], outcomes: Iterable[Outcome]) -> pl.DataFrame:
    """Lay out outcomes as :data:`LABELS`, in the order of the plan and its openings."""
    results = {outcome.id: outcome.openings for outcome in outcomes}
    tallies = [results[task.id][opening] for task in played for opening in task.openings]
    seeds = pl.Series("seed", [task.seed for task in played], dtype=pl.Int64)
    columns = {"games": "games", "wins": "wins", "draws": "draws"}
    return (
        plan.with_columns(seeds)
        .explode("openings")
        .rename({"openings": "opening"})
        .with_columns(
            pl.Series(name, [getattr(tally, field) for tally in tallies], dtype=pl.Int32)
            for name, field in columns.items()
        )
        .select(LABELS.names())
    )


def play(plan: pl.DataFrame, dex: Dex, games: int, seed: int) -> pl.DataFrame:
    """Play a plan in one process of its own and give its :data:`LABELS`; for remote workers.

    Raises:
        BattleError: Node or the simulator is missing, or refused a matchup.

    """
    given = tasks(plan, dex, games, seed)
    # The command is Node and a file of this package; what the plan holds goes in as data.
    answer = subprocess.run(  # noqa: S603
        program("worker"), input=b"".join(map(encode, given)), capture_output=True, check=False
    )
    if answer.returncode:
        raise ended(answer.returncode, answer.stderr.decode(errors="replace"))
    return rows(plan, given, map(decode, answer.stdout.splitlines()))
