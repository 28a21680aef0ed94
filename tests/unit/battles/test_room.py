"""How many processes may play at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from battles.room import fitting, memory_bytes, processes

if TYPE_CHECKING:
    from pathlib import Path

GIB = 2**30
MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize(
    ("cores", "gib", "expected"), [(2, 4, 2), (16, 4, 9), (64, 64, 64), (4, 1, 1), (1, 0, 1)]
)
def test_cores_are_used_as_far_as_memory_reaches(cores: int, gib: int, expected: int) -> None:
    """Many cores do not make a container play more than fits, and one process always plays."""
    assert fitting(cores, gib * GIB) == expected


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    """It is read from either kind of control group; no limit is the machine's memory."""
    first, second, nowhere = (tmp_path / name for name in ("max", "limit", "nowhere"))
    first.write_text("max\n", encoding="ascii")
    second.write_text("9223372036854771712\n", encoding="ascii")
    assert memory_bytes([first, second, nowhere]) == MACHINE
    first.write_text("1048576\n", encoding="ascii")
    assert memory_bytes([first, second]) == 1_048_576


def test_this_machine_has_room_for_one() -> None:
    """Whatever machine this is, games can be played on it."""
    assert 1 <= processes() <= (os.cpu_count() or 1)
