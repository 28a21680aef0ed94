"""What is said to stand on the disk is what stands there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from capture.inventory import CapturedFiles, Journals, PartsSetAside
from capture.journal.framing import frame
from capture.journal.place import HeldJournal
from capture.journal.segment import Header, segment_path

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.capture.archive.conftest import ArchiveBench

DAY = timedelta(days=1)


def test_files_are_counted_by_what_became_of_them(bench: ArchiveBench, noon: datetime) -> None:
    """Small and daily files, their days and bytes, and what waits for a compaction."""
    assert CapturedFiles.of(bench.root, noon) == CapturedFiles(0, 0, 0, 0, 0, None)
    bench.add(noon, [0])
    bench.add(noon, [1])
    bench.archive().keep(noon + DAY)
    bench.add(noon + DAY, [2])
    bench.add(noon + 2 * DAY, [3])

    found = CapturedFiles.of(bench.root, noon + 2 * DAY)

    (part,) = bench.history.daily.parts()
    size = sum(path.stat().st_size for path in [part, *bench.history.small.files()])
    written = datetime.fromtimestamp(part.stat().st_mtime, UTC)
    assert found == CapturedFiles(4, 1, 3, size, 1, written)


def _fill(journal: HeldJournal, bench: ArchiveBench, rows: int) -> Path:
    path = segment_path(journal.path, 1)
    records = [frame(msgspec.msgpack.encode(row)) for row in bench.predictions(rows)]
    path.write_bytes(Header(journal=journal.name, contract="1").encode() + b"".join(records))
    return path


def test_a_journal_that_nobody_holds_is_left_behind(bench: ArchiveBench) -> None:
    """Its rows are counted, and looking takes it from nobody."""
    assert Journals.of(bench.root) == Journals(0, 0, 0, 0)
    held, left = (HeldJournal.create(bench.root / "journal") for _ in range(2))
    paths = [_fill(held, bench, 1), _fill(left, bench, 3)]
    left.release()

    found = Journals.of(bench.root)

    assert found == Journals(1, sum(path.stat().st_size for path in paths), 1, 3)
    assert Journals.of(bench.root) == found
    assert HeldJournal.take_over(held.path) is None
    again = HeldJournal.take_over(left.path)
    assert again is not None
    again.release()
    held.release()


def test_what_was_set_aside_is_counted_by_damage(bench: ArchiveBench) -> None:
    """How many parts of which damage, how large, and since when."""
    assert PartsSetAside.of(bench.root) == PartsSetAside({}, 0, None)
    folder = bench.root / "journal_set_aside"
    folder.mkdir()
    for name in ("a_1_0.torn", "b_1_0.corrupt", "b_1_9.corrupt"):
        (folder / name).write_bytes(b"12345")

    found = PartsSetAside.of(bench.root)

    assert found.parts == {"torn": 1, "corrupt": 2}
    assert found.bytes == 15
    assert found.oldest is not None
    assert datetime.now(UTC) - found.oldest < timedelta(minutes=1)
