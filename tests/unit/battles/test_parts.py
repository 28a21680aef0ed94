"""The folder that a simulation goes on from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from battles.errors import PlanMismatchError
from battles.parts import PartsFolder, describe, read_labels
from battles.tasks import LABELS, PLAN

if TYPE_CHECKING:
    from pathlib import Path

ROW = (0, "closed", 1, 2, [1], [2], True, [1])
LABEL = (0, "closed", 1, 2, [1], [2], True, 1, 8, 3, 1, 5)


@pytest.fixture
def plan() -> pl.DataFrame:
    """Give a plan of five matchups."""
    return pl.DataFrame([ROW] * 5, schema=PLAN, orient="row")


def test_finished_parts_are_not_missing(tmp_path: Path, plan: pl.DataFrame) -> None:
    """A saved part is there when the folder is opened again, and its labels can be read."""
    labels = pl.DataFrame([LABEL], schema=LABELS, orient="row")
    description = describe(plan, 8, 0, 2)
    folder = PartsFolder(tmp_path, description)
    assert folder.missing() == [0, 1, 2]
    assert [folder.slice(plan, number).height for number in range(3)] == [2, 2, 1]
    folder.save(1, labels)
    assert PartsFolder(tmp_path, description).missing() == [0, 2]
    assert read_labels(tmp_path).equals(labels)


def test_a_half_written_part_does_not_count(tmp_path: Path, plan: pl.DataFrame) -> None:
    """What a crash left behind under a temporary name is neither read nor taken as finished."""
    folder = PartsFolder(tmp_path, describe(plan, 8, 0, 2))
    (tmp_path / "part-00000.partial").write_bytes(b"PAR1 half")
    assert 0 in folder.missing()
    assert read_labels(tmp_path).is_empty()
    assert read_labels(tmp_path).schema == LABELS


def test_another_plan_is_refused(tmp_path: Path, plan: pl.DataFrame) -> None:
    """Parts of another plan, seed, size or number of games never mix."""
    PartsFolder(tmp_path, describe(plan, 8, 0, 2))
    others = [
        describe(plan.head(4), 8, 0, 2),
        describe(plan, 9, 0, 2),
        describe(plan, 8, 1, 2),
        describe(plan, 8, 0, 3),
    ]
    for other in others:
        with pytest.raises(PlanMismatchError, match="another plan"):
            PartsFolder(tmp_path, other)
