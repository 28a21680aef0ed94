"""A journal is its process's alone until that process is gone."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from capture.journal.place import HeldJournal, journals, left_behind

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from capture.journal.place import HeldJournal
held = HeldJournal.create(Path(sys.argv[1]))
print(held.name, flush=True)
time.sleep(60)
"""


def test_a_held_journal_is_left_alone(tmp_path: Path) -> None:
    """Nobody takes over what is held; once released it is there for one."""
    held = HeldJournal.create(tmp_path)
    assert list(left_behind(tmp_path)) == []

    held.release()
    (taken,) = left_behind(tmp_path)
    assert taken.path == held.path
    assert list(left_behind(tmp_path)) == []
    taken.remove()
    assert journals(tmp_path) == []


def test_a_journal_with_segments_outlives_its_removal(tmp_path: Path) -> None:
    """What is not shipped is not deleted."""
    held = HeldJournal.create(tmp_path)
    (held.path / "00000001.journal").write_bytes(b"rows")

    held.remove()

    assert journals(tmp_path) == [held.path]


def test_a_journal_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    """Neither a folder nor an open file; what a process was killed over goes with the next."""
    killed = tmp_path / ".making-killed"
    killed.mkdir()
    os.utime(killed, (0, 0))
    free = os.dup(0)
    os.close(free)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            HeldJournal.create(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert list(tmp_path.iterdir()) in ([], [killed])

    held = HeldJournal.create(tmp_path)

    assert list(tmp_path.iterdir()) == [held.path]
    assert held.lock == free
    held.remove()


def test_what_is_no_segment_is_not_deleted_unseen(tmp_path: Path) -> None:
    """A journal with a file that somebody put there stays for the next start, which keeps it."""
    held = HeldJournal.create(tmp_path)
    (held.path / "notes.journal").write_bytes(b"of somebody")

    held.remove()

    assert journals(tmp_path) == [held.path]


def test_a_journal_that_cannot_be_taken_over_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It stops nobody from taking over the others, and the log names it."""
    (tmp_path / "1-closed" / "lock").mkdir(parents=True)
    held = HeldJournal.create(tmp_path)
    held.release()

    (taken,) = left_behind(tmp_path)
    assert taken.path == held.path
    taken.remove()
    assert "1-closed" in caplog.text


def test_a_killed_process_leaves_its_journal(tmp_path: Path) -> None:
    """Kill -9 gives the journal of its process to whoever looks next, and not before."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        name = process.stdout.readline().strip()
        assert list(left_behind(tmp_path)) == []
        os.kill(process.pid, signal.SIGKILL)

    (taken,) = left_behind(tmp_path)
    assert taken.name == name
    taken.remove()


def test_no_folder_is_no_journals(tmp_path: Path) -> None:
    """Before the first start there is nothing to look at."""
    assert journals(tmp_path / "none") == []
