"""The Dockerfile, built without an engine: its own lines, run one by one in a sandbox."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.compose.composition import ROOT
from tests.compose.sandbox import FOLDERS, Container

if TYPE_CHECKING:
    from collections.abc import Sequence

PYTHON_IMAGE: Final = "python:3.11"
PATH: Final = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
BYTECODE: Final = "UV_COMPILE_BYTECODE"
"""Left out here: it takes half a minute, and decides only how fast a program starts."""


@dataclass(frozen=True)
class Image:
    """What a stage comes to."""

    folders: Path
    environment: dict[str, str]
    user: str = "0:0"
    directory: str = "/"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


class Builder:
    """Builds stages, each once, below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._images: dict[str, Image] = {}
        self._stages = stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))
        lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        self._sent = [line[1:] for line in lines if line.startswith("!")]

    def build(self, target: str) -> Image:
        """Give the image of a stage."""
        if target not in self._images:
            base, steps = self._stages[target]
            image = self._begin(target, base)
            for word, rest in steps:
                image = self._step(image, word, rest)
            self._images[target] = image
        return self._images[target]

    def _begin(self, target: str, base: str) -> Image:
        folders = self._folder / target
        if base in self._stages:
            image = self.build(base)
            folders.mkdir()
            for name in FOLDERS:
                # Programs and data are shared; what is changed in place is not.
                how = "--link" if name in {"app", "opt"} else "--no-preserve=links"
                _copy(how, image.folders / name, folders)
            return replace(image, folders=folders)
        assert base.startswith(PYTHON_IMAGE)
        for name in FOLDERS:
            (folders / name).mkdir(parents=True)
        _copy("--no-preserve=links", Path("/etc"), folders)
        # This Python may look for its own library where it was installed.
        return Image(folders, {"PATH": PATH, "LD_LIBRARY_PATH": "/usr/local/lib"})

    def _step(self, image: Image, word: str, rest: str) -> Image:  # an instruction each
        match word:
            case "ENV":
                pairs = (pair.partition("=") for pair in shlex.split(rest))
                told = {
                    name: value.replace("$PATH", image.environment["PATH"])
                    for name, _, value in pairs
                    if name != BYTECODE
                }
                return replace(image, environment=image.environment | told)
            case "WORKDIR":
                _at(image, rest).mkdir(parents=True, exist_ok=True)
                return replace(image, directory=rest)
            case "USER":
                return replace(image, user=rest)
            case "ENTRYPOINT":
                return replace(image, entrypoint=tuple(json.loads(rest)))
            case "CMD":
                return replace(image, command=tuple(json.loads(rest)))
            case "COPY":
                self._copy_in(image, shlex.split(rest))
            case "RUN" if rest.startswith("apt-get"):
                pass  # Debian's packages and the system's Python are this machine's
            case "RUN":
                _run(image, rest)
            case "EXPOSE":
                pass
            case _:
                raise AssertionError(f"{word} is not known here")
        return image

    def _copy_in(self, image: Image, words: Sequence[str]) -> None:
        options = [word for word in words if word.startswith("--")]
        *sources, target = words[len(options) :]
        place = _at(image, target)
        if options:
            ((_, _, stage),) = (option.partition("--from=") for option in options)
            (source,) = (_at(self.build(stage), source) for source in sources)
            if source.is_file():
                place.parent.mkdir(parents=True, exist_ok=True)
                _copy("--link", source, place)
            else:
                place.mkdir(parents=True, exist_ok=True)
                _copy("--link", f"{source}/.", place)
            return
        for source in sources:
            assert (ROOT / source).exists(), source
            self._take(source, place / source if target.endswith("/") else place)

    def _take(self, source: str, place: Path) -> None:
        """Copy a path of the context, if it is sent at all."""
        top, path = source.split("/", maxsplit=1)[0], ROOT / source
        assert any(fnmatch(top, sent) for sent in self._sent), source
        if path.is_dir():
            shutil.copytree(path, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(path, place)


def stages(text: str) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """Read base and instructions of each stage."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    steps: list[tuple[str, str]] = []
    for line in re.sub(r"\\\n\s*", " ", lines).splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.split()
            found[name] = (base, steps := [])
        elif word:
            steps.append((word, rest.strip()))
    return found


def _at(image: Image, place: str) -> Path:
    """Give where a place of the image is on this machine."""
    path = os.path.normpath(Path(image.directory) / place)
    assert path.split("/")[1] in FOLDERS, path
    return image.folders / path[1:]


def _copy(how: str, source: Path | str, target: Path) -> None:
    subprocess.run(["cp", "--archive", how, source, target], check=True)


def _run(image: Image, line: str) -> None:
    """Run a line as root, with the network and the settings that packages are fetched with."""
    home = Path.home()
    building = Container(
        folders=image.folders,
        environment=os.environ | image.environment | {"HOME": str(home)},
        directory=image.directory,
        mounts={str(home): (home, True)},
    )
    building.run("sh", "-c", line)
