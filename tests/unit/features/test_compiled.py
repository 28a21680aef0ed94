"""Where compiled kernels are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.duel.compiled import cache_folder, is_cached
from features.duel.openings import compile_ahead, is_compiled

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_kernels_stand_beside_the_code_where_that_can_be_written(tmp_path: Path) -> None:
    """An ordinary clone keeps everything under itself."""
    assert cache_folder(tmp_path / "code", "kernels-1") == tmp_path / "code" / "kernels-1"


def test_an_installation_that_cannot_be_written_lends_its_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was compiled with it is copied to the user's own cache and used from there."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    shipped = tmp_path / "code"
    (shipped / "kernels-1").mkdir(parents=True)
    (shipped / "kernels-1" / "code.nbc").write_bytes(b"machine code")

    def refuse(*_args: object, dir: Path, **_options: object) -> object:  # noqa: A002  # its name
        if dir == shipped:
            raise PermissionError(dir)
        return (dir / "probe").open("wb")

    monkeypatch.setattr("features.duel.compiled.tempfile.TemporaryFile", refuse)
    folder = cache_folder(shipped, "kernels-1")
    assert folder == tmp_path / "home" / ".cache" / "dexwatch" / "kernels-1"
    assert (folder / "code.nbc").read_bytes() == b"machine code"


def test_without_a_home_a_folder_of_its_own_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nowhere to write but the temporary folder: a new private one, which nobody else can fill."""
    file = tmp_path / "file"
    file.write_bytes(b"")
    monkeypatch.setenv("HOME", str(file))
    folder = cache_folder(file / "code", "kernels-1")
    assert folder.name == "kernels-1"
    assert folder.parent.stat().st_mode & 0o077 == 0


def test_compiling_ahead_leaves_nothing_to_compile() -> None:
    """After it the kernels are in the cache."""
    compile_ahead()
    assert is_compiled()
    assert not is_cached(cache_folder)
