"""Journals that others hold for a while are recovered once they are let go, a batch at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capture.journal.place import HeldJournal
from capture.recovery import LOOK_SECONDS, LateRecovery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest


class Recovered:
    """Journals of two batches each, and what became of them."""

    def __init__(self) -> None:
        self.batches: list[str] = []
        self.forgotten: list[str] = []

    def recovering(self, held: HeldJournal) -> Iterator[None]:
        """Recover two batches."""
        for _ in range(2):
            self.batches.append(held.name)
            yield


def _is_free(path: Path) -> bool:
    held = HeldJournal.take_over(path)
    if held is not None:
        held.release()
    return held is not None


def test_a_journal_is_recovered_in_steps_once_it_is_free(tmp_path: Path) -> None:
    """Between looks there is rest, between batches none, and at last there is nothing to do."""
    found = Recovered()
    first, second = (HeldJournal.create(tmp_path) for _ in range(2))
    late = LateRecovery([first.path, second.path], found.recovering, found.forgotten.append)
    assert [late.step() for _ in range(2)] == [LOOK_SECONDS, LOOK_SECONDS]

    second.release()
    assert [late.step() for _ in range(3)] == [0.0, 0.0, LOOK_SECONDS]
    assert (found.batches, found.forgotten) == ([second.name] * 2, [second.name])
    assert not second.path.exists()

    first.release()
    assert [late.step() for _ in range(4)] == [0.0, 0.0, None, None]
    assert found.forgotten == [second.name, first.name]


def test_a_journal_that_is_being_recovered_is_let_go_at_the_end(tmp_path: Path) -> None:
    """Who stops in the middle of it leaves it, with what is in it, to whoever starts next."""
    found = Recovered()
    left = HeldJournal.create(tmp_path)
    (left.path / "00000001.journal").write_bytes(b"rows")
    left.release()
    late = LateRecovery([left.path], found.recovering, found.forgotten.append)
    assert [late.step() for _ in range(2)] == [LOOK_SECONDS, 0.0]
    assert not _is_free(left.path)

    late.close()

    assert _is_free(left.path)
    assert found.forgotten == []


def test_a_journal_of_another_account_is_not_named_at_every_look(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has it from the start; it is looked at again, should it be handed over."""
    found = Recovered()
    closed = tmp_path / "closed"
    (closed / "lock").mkdir(parents=True)
    late = LateRecovery([closed], found.recovering, found.forgotten.append)
    assert [late.step() for _ in range(3)] == [LOOK_SECONDS] * 3
    assert caplog.records == []
