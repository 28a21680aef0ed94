"""The code that the record is of, measured again.

Ratios of the same code move by a third from one machine to another, and from one hour to the next
where others use it too: only what the recorded code gives here and now tells a change from that.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Final

from benchmarks.service import page
from benchmarks.service.bench import ROOT
from benchmarks.side_by_side import Spread

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

BUILT: Final = ("otel-collector/build", "build/tools")
"""Programs that are not in the repository."""
_ROW: Final = re.compile(r"^\| (?P<name>[^|]+) \| (?P<middle>[\d.]+) \| [^|]+ \|$", re.MULTILINE)


class NoRecordedCodeError(Exception):
    """The checkout does not go back to the recorded code, or that measures something else."""


def unpacked(folder: Path, root: Path = ROOT) -> Path:
    """Put the code of the commit that brought the record into a folder; give that.

    Raises:
        NoRecordedCodeError: there is no such commit here.

    """
    record = page.RECORD.relative_to(ROOT)
    try:
        # Its oldest commit would pass for the one that brought the record.
        if _git(root, "rev-parse", "--is-shallow-repository").strip() != b"false":
            raise NoRecordedCodeError("the checkout has a part of its history only")
        commit = _git(root, "log", "-1", "--format=%H", "--", str(record)).decode().strip()
        packed = _git(root, "archive", commit)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoRecordedCodeError(f"git does not give it: {error}") from error
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    for built in BUILT:
        (folder / built).parent.mkdir(parents=True, exist_ok=True)
        (folder / built).symlink_to(root / built)
    return folder


def measured_again(folder: Path, names: Collection[str]) -> dict[str, Spread]:
    """Measure ratios of the gate with the code that :func:`unpacked` has put into a folder.

    Raises:
        NoRecordedCodeError: it prints other ratios.
        subprocess.CalledProcessError: it does not run with the packages of today.

    """
    run(folder, "cli", "compile")
    found = ratios_in(run(folder, "benchmarks.service", "--only", "gate"))
    if missing := sorted(set(names) - set(found)):
        # Nothing would be lost beside nothing.
        raise NoRecordedCodeError(f"it says nothing of {', '.join(missing)}")
    return found


def run(folder: Path, module: str, *words: str) -> str:
    """Run a module of the code in a folder; give what it printed.

    Raises:
        subprocess.CalledProcessError: it failed.

    """
    where = os.pathsep.join((str(folder / "src"), str(folder)))
    process = subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-m", module, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": where},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said, _ = process.communicate()
    finally:
        # Asked, not killed: it ends the services that it has started.
        process.terminate()
        process.wait()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return said


def ratios_in(said: str) -> dict[str, Spread]:
    """Read the ratios' medians from the section that ``--only gate`` prints."""
    return {row["name"]: Spread.of([float(row["middle"])]) for row in _ROW.finditer(said)}


def _git(root: Path, *words: str) -> bytes:
    return subprocess.run(  # noqa: S603  # our own words
        ["git", *words],  # noqa: S607  # whichever one is used here
        cwd=root,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ).stdout
