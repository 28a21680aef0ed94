"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from battles.publishing import whole


def test_a_name_appears_once_the_content_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content is brought to the disk before the file has its name, the name after that."""
    path = tmp_path / "judge.parquet"
    brought: list[tuple[Path, bool]] = []

    def fsync(descriptor: int) -> None:
        brought.append((Path(f"/proc/self/fd/{descriptor}").readlink(), path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    with whole(path) as partial:
        partial.write_bytes(b"all of it")

    assert brought == [(partial, False), (tmp_path, True)]
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [
        ("judge.parquet", b"all of it")
    ]


def test_what_is_broken_off_leaves_what_was_there(tmp_path: Path) -> None:
    """A file that is written anew is the old one until all of the new one is there."""
    path = tmp_path / "plan.json"
    path.write_bytes(b"old")

    def cut_off() -> None:
        with whole(path) as partial:
            partial.write_bytes(b"half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert path.read_bytes() == b"old"
