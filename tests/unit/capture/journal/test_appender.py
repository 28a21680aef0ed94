"""Segments of a journal: appended to, bounded, and whole after a failure."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from capture.journal import appender as module
from capture.journal.appender import JournalFullError, Position, SegmentAppender
from capture.journal.framing import Record, frame, scan
from capture.journal.journal import Journal
from capture.journal.reader import JournalTail, SegmentReader
from capture.journal.segment import Header, NotASegmentError, segments
from capture.journal.set_aside import SetAside
from config.settings import CaptureSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from capture.counts import CountedEvents
    from capture.record import CapturedPrediction
    from config.settings import JournalSync

HEADER = Header(journal="j", contract="c1")


def make(folder: Path, *, segment_bytes: int = 900, max_bytes: int = 100_000) -> SegmentAppender:
    """Make an appender with small segments."""
    return SegmentAppender(
        folder,
        HEADER,
        segment_bytes=segment_bytes,
        max_bytes=max_bytes,
        synced_later=True,
    )


def payloads(path: Path) -> list[bytes]:
    """Read a segment that must be sound."""
    content = path.read_bytes()
    header, start = Header.decode(content)
    assert header == HEADER
    found = list(scan(content, start))
    assert all(isinstance(item, Record) for item in found)
    return [item.payload for item in found if isinstance(item, Record)]


@pytest.mark.parametrize("sync", [False, True])
def test_records_stand_in_segments_in_order(tmp_path: Path, *, sync: bool) -> None:
    """Records go to one segment until it is full, then to the next."""
    journal = make(tmp_path)
    written = [bytes([number]) * 300 for number in range(10)]
    for payload in written:
        journal.append([frame(payload)], sync=sync)
    journal.sync()

    files = segments(tmp_path)
    assert len(files) == 4
    assert [payload for file in files for payload in payloads(file)] == written
    assert journal.end == Position(4, files[-1].stat().st_size)
    assert journal.size == sum(file.stat().st_size for file in files)
    journal.close()


def test_shipped_segments_are_deleted(tmp_path: Path) -> None:
    """Segments before the given one go, and make room."""
    journal = make(tmp_path)
    for _ in range(10):
        journal.append([frame(b"x" * 300)], sync=False)

    journal.release(before=4)

    assert [file.name for file in segments(tmp_path)] == ["00000004.journal"]
    assert journal.size == segments(tmp_path)[0].stat().st_size
    journal.close()


@pytest.mark.parametrize("manner", ["commit", "interval", "never"])
def test_full_segments_are_let_go(tmp_path: Path, manner: JournalSync) -> None:
    """However the journal reaches the disk, what is released takes neither a file nor room."""
    settings = CaptureSettings(journal_sync=manner, journal_segment_bytes=900)
    journal = Journal(tmp_path, "c1", settings)
    for _ in range(10):
        journal.append([frame(b"x" * 300)])
    if manner == "interval":
        assert len(_open_segments(journal.folder)) == journal.end.segment
        journal.sync()
    journal.release(journal.end.segment)

    assert _open_segments(journal.folder) == [str(segments(journal.folder)[0])]
    journal.close()
    assert _open_segments(journal.folder) == []


def _open_segments(folder: Path) -> list[str]:
    """List the segments that this process has open, also deleted ones."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # what listed them
            found.append(str(link.readlink()))
    return [target for target in found if target.startswith(f"{folder}/0")]


def test_a_full_journal_refuses(tmp_path: Path) -> None:
    """Beyond its bound nothing is appended, and what is there stays sound."""
    journal = make(tmp_path, max_bytes=700)
    journal.append([frame(b"a" * 300)], sync=False)
    journal.append([frame(b"b" * 200)], sync=False)

    with pytest.raises(JournalFullError):
        journal.append([frame(b"c" * 300)], sync=False)

    assert payloads(segments(tmp_path)[0]) == [b"a" * 300, b"b" * 200]
    journal.close()


def test_a_failed_append_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refuses half way leaves nothing behind, and the next append goes on."""
    journal = make(tmp_path)
    journal.append([frame(b"a" * 100)], sync=False)
    whole = os.writev

    def half(file: int, parts: list[bytes]) -> int:
        whole(file, [parts[0][:40]])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "writev", half)
    with pytest.raises(OSError, match="No space"):
        journal.append([frame(b"b" * 100)], sync=False)
    monkeypatch.undo()
    journal.append([frame(b"c" * 100)], sync=False)

    assert payloads(segments(tmp_path)[0]) == [b"a" * 100, b"c" * 100]
    journal.close()


def test_what_cannot_be_cut_off_is_read_by_nobody(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    events: CountedEvents,
    make_predictions: Callable[..., list[CapturedPrediction]],
) -> None:
    """Records that a failed append has left, whole or in part, are passed over in any reading."""
    journal = make(tmp_path, segment_bytes=100_000)
    rows = make_predictions(5)
    frames = [frame(msgspec.msgpack.encode(row)) for row in rows]
    whole = os.writev

    def fail(left: int) -> None:
        def some(file: int, parts: list[bytes]) -> int:
            if not parts[0].startswith(b"{"):  # no header
                whole(file, [b"".join(parts)[:left]])
                raise OSError(errno.EIO, "Input/output error")
            return whole(file, parts)

        monkeypatch.setattr(module.os, "writev", some)
        monkeypatch.setattr(module.os, "ftruncate", _refuse)
        with pytest.raises(OSError, match="Input/output"):
            journal.append(frames[2:], sync=False)
        monkeypatch.undo()

    journal.append(frames[:2], sync=False)
    for left in (sum(map(len, frames[2:])), len(frames[2]) + 10):
        fail(left)
    journal.append(frames[2:], sync=False)

    aside = SetAside(tmp_path / "aside", events)
    reader = SegmentReader("c1", lambda _: True, aside)
    tail = JournalTail(tmp_path, reader)
    read = [row.prediction for path in segments(tmp_path) for row in reader.read(path)]
    assert len(segments(tmp_path)) == 3
    assert read == [row.prediction for row in tail.peek(100, journal.end)] == rows
    assert events.damage == {}
    journal.close()


def _refuse(file: int, size: int) -> None:
    """Refuse to cut a file off."""
    del file, size
    raise OSError(errno.EIO, "Input/output error")


def test_parts_taken_by_the_kernel_are_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that the kernel takes in part is finished."""
    journal = make(tmp_path)
    whole = os.writev
    monkeypatch.setattr(module.os, "writev", lambda file, parts: whole(file, [parts[0][:7]]))

    journal.append([frame(b"a" * 100), frame(b"b" * 100)], sync=False)

    assert payloads(segments(tmp_path)[0]) == [b"a" * 100, b"b" * 100]
    journal.close()


@pytest.mark.parametrize("content", [b"", b"no header\n", b'{"journal": "j"}\n', b"{" * 5000])
def test_another_file_is_no_segment(content: bytes) -> None:
    """What does not begin with our header is said to be no segment."""
    with pytest.raises(NotASegmentError):
        Header.decode(content)
