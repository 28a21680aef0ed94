"""What the npm packages say, as they say it: the simulator's facts and oakdex's names."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import msgspec

from battles.node import SIMULATOR_MISSING_STATUS, node
from etl.errors import SnapshotError

PROGRAM: Final = Path(__file__).with_name("showdown_export.cjs")


class Species(msgspec.Struct, frozen=True):
    """A species or form of the simulator; ``base`` and ``prevo`` are simulator ids or empty."""

    id: str
    name: str
    num: int
    forme: str
    base: str
    prevo: str
    types: tuple[str, ...]
    stats: dict[str, int]
    weight_hg: int


class Secondary(msgspec.Struct, frozen=True):
    """An effect that follows a hit with a chance in percent."""

    chance: int
    status: str | None
    volatile: str | None
    boosts: dict[str, int] | None
    self_boosts: dict[str, int] | None
    functions: tuple[str, ...]


class Move(msgspec.Struct, frozen=True):
    """A move of the simulator; ``functions`` names what it does in code instead of data."""

    id: str
    name: str
    num: int
    nonstandard: str | None
    type: str
    category: str
    base_power: int
    accuracy: int | None
    pp: int
    priority: int
    target: str
    flags: frozenset[str]
    crit_ratio: int
    will_crit: bool
    multihit: tuple[int, ...]
    drain: tuple[int, int] | None
    recoil: tuple[int, int] | None
    heal: tuple[int, int] | None
    damage: int | str | None
    ohko: bool
    offensive_pokemon: str | None
    selfdestruct: bool
    crashes: bool
    status: str | None
    volatile: str | None
    side_condition: str | None
    boosts: dict[str, int] | None
    self_boosts: dict[str, int] | None
    self_volatile: str | None
    self_side_condition: str | None
    self_functions: tuple[str, ...]
    secondaries: tuple[Secondary, ...]
    force_switch: bool
    self_switch: bool
    breaks_protect: bool
    thaws_target: bool
    vanishes: bool
    functions: tuple[str, ...]


class Name(msgspec.Struct, frozen=True):
    """A name in English and, where oakdex knows it, in French."""

    num: int | None
    en: str
    fr: str | None


class Names(msgspec.Struct, frozen=True):
    """All names of oakdex-pokedex that the dex may need."""

    species: tuple[Name, ...]
    moves: tuple[Name, ...]
    types: tuple[Name, ...]


class Export(msgspec.Struct, frozen=True):
    """Everything that :data:`PROGRAM` writes."""

    species: tuple[Species, ...]
    moves: tuple[Move, ...]
    chart: dict[str, dict[str, float]]
    learnsets: dict[str, dict[str, tuple[str, ...]]]
    names: Names


def export(program: Path = PROGRAM) -> Export:
    """Ask the npm packages, which Node looks for in the folders above the program.

    Raises:
        SnapshotError: they are not installed, or their data has another shape than expected.
        NodeMissingError: there is no Node.

    """
    finished = subprocess.run(  # noqa: S603  # our own program
        [node(), program], capture_output=True, check=False
    )
    if finished.returncode:
        words = finished.stderr.decode(errors="replace").strip()
        remedy = " (run `make node`)" if finished.returncode == SIMULATOR_MISSING_STATUS else ""
        raise SnapshotError(f"{words[-500:] or 'the export ended without a word'}{remedy}")
    try:
        return msgspec.json.decode(finished.stdout, type=Export)
    except msgspec.ValidationError as error:
        raise SnapshotError(f"pokemon-showdown says something unexpected: {error}") from error
