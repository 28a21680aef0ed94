from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from capture.folder import CaptureFolder
from capture.publishing import ABANDONED_SECONDS, remove_abandoned

AT = datetime(2026, 1, 30, 12, 47, 17, 999_999, tzinfo=UTC)


def _names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


def test_name_says_the_second(tmp_path: Path) -> None:
    """A file is named after the UTC second in which it was written and holds what was given."""
    written = CaptureFolder(tmp_path / "made" / "anew", now=lambda: AT).add(b"rows")

    assert written.name == "production_data_20260130_124717.parquet"
    assert written.read_bytes() == b"rows"
    assert _names(written.parent) == [written.name]


def test_taken_name_gets_a_number(tmp_path: Path) -> None:
    """Files of one second get _1, _2, ..., and none overwrites another."""
    folder = CaptureFolder(tmp_path, now=lambda: AT)
    foreign = tmp_path / "production_data_20260130_124717_1.parquet"
    foreign.write_bytes(b"not ours")

    written = [folder.add(str(i).encode()) for i in range(3)]

    assert [path.name for path in written] == [
        "production_data_20260130_124717.parquet",
        "production_data_20260130_124717_2.parquet",
        "production_data_20260130_124717_3.parquet",
    ]
    assert [path.read_bytes() for path in written] == [b"0", b"1", b"2"]
    assert foreign.read_bytes() == b"not ours"


def test_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that the disk fails to confirm is an error and leaves no file of any name."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        CaptureFolder(tmp_path).add(b"rows")

    assert _names(tmp_path) == []


def test_content_is_on_disk_before_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content is synced before any visible name exists, and the folder after it."""
    seen: list[tuple[bool, list[str]]] = []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        target = Path(f"/dev/fd/{descriptor}").resolve()
        # Hidden entries aside, as `ls` and globs see the folder.
        seen.append((target.is_dir(), [name for name in _names(tmp_path) if name[0] != "."]))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)

    written = CaptureFolder(tmp_path).add(b"rows")

    assert seen == [(False, []), (True, [written.name])]


def test_temporary_files_of_a_crash_are_removed(tmp_path: Path) -> None:
    """A start removes temporary files without a writer and leaves the young and the foreign."""
    abandoned = tmp_path / ".production_data_1.tmp"
    young = tmp_path / ".production_data_2.tmp"
    foreign = tmp_path / ".gitkeep"
    for path in (abandoned, young, foreign):
        path.touch()
    long_ago = time.time() - ABANDONED_SECONDS - 1
    os.utime(abandoned, (long_ago, long_ago))
    os.utime(foreign, (long_ago, long_ago))

    remove_abandoned(tmp_path)

    assert _names(tmp_path) == [".gitkeep", ".production_data_2.tmp"]
    assert list(tmp_path.glob("*.parquet")) == []


def test_the_documented_folder_is_linked() -> None:
    """The committed link leads, relatively, from the guide's path to the folder of the files."""
    link = Path(__file__).parents[3] / "api_pokemon" / "monitoring" / "drift_data"

    assert link.is_symlink()
    assert link.readlink() == Path("../../data/production")
