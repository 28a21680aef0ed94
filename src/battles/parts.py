"""A folder of finished parts, so that a simulation goes on where it stopped."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl

from battles.errors import PlanMismatchError
from battles.node import rules_digest
from battles.publishing import whole
from battles.tasks import LABELS

if TYPE_CHECKING:
    from pathlib import Path

_DESCRIPTION: Final = "plan.json"


class Description(msgspec.Struct, frozen=True):
    """What the parts of a folder have in common."""

    digest: str
    matchups: int
    games: int
    seed: int
    part_size: int


def describe(plan: pl.DataFrame, games: int, seed: int, part_size: int) -> Description:
    """Describe a simulation; the digest covers the plan, its games and the rules of play."""
    digest = hashlib.sha256(plan.write_ndjson().encode())
    digest.update(f"{games} {seed} {part_size} {rules_digest()}".encode())
    return Description(digest.hexdigest(), plan.height, games, seed, part_size)


class PartsFolder:
    """Parts of one plan under a folder: ``part-00000.parquet`` and so on."""

    def __init__(self, folder: Path, description: Description) -> None:
        """Open the folder, or start it.

        Raises:
            PlanMismatchError: it holds parts of something else.

        """
        self._folder = folder
        self._size = description.part_size
        self._count = -(-description.matchups // description.part_size)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / _DESCRIPTION
        written = msgspec.json.encode(description)
        if not path.exists():
            with whole(path) as partial:
                partial.write_bytes(written)
        elif path.read_bytes() != written:
            raise PlanMismatchError(
                f"{folder} holds parts of another plan, number of games, seed or rules of play;"
                " remove it or name another folder"
            )

    def missing(self) -> list[int]:
        """List the numbers of the parts that are not finished."""
        return [number for number in range(self._count) if not self._path(number).exists()]

    def slice(self, plan: pl.DataFrame, number: int) -> pl.DataFrame:
        """Cut a part out of the plan."""
        return plan.slice(number * self._size, self._size)

    def save(self, number: int, labels: pl.DataFrame) -> None:
        """Keep a finished part; a crash leaves either all of it or nothing."""
        with whole(self._path(number)) as partial:
            labels.write_parquet(partial)

    def _path(self, number: int) -> Path:
        return self._folder / f"part-{number:05}.parquet"


def read_labels(folder: Path) -> pl.DataFrame:
    """Put the finished parts of a folder together: :data:`~battles.tasks.LABELS`, plan order."""
    paths = sorted(folder.glob("part-*.parquet"))
    if not paths:
        return LABELS.to_frame()
    return pl.concat([pl.read_parquet(path) for path in paths])
