"""What the simulator itself says of an attack, to hold our damage formula against."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Literal

import msgspec

from battles.errors import SimulatorError
from battles.node import ended, program

if TYPE_CHECKING:
    from collections.abc import Iterable

Status = Literal["", "brn", "par", "psn", "tox", "slp", "frz"]
"""The simulator's short names: burn, paralysis, poison, bad poison, sleep, freeze."""


class Stages(msgspec.Struct, frozen=True, omit_defaults=True):
    """Stat stages, -6 to 6."""

    atk: int = 0
    def_: int = msgspec.field(default=0, name="def")
    spa: int = 0
    spd: int = 0
    spe: int = 0
    accuracy: int = 0
    evasion: int = 0


class Stats(msgspec.Struct, frozen=True):
    """Stats at level 50 before stages; ``hp`` is the full HP."""

    hp: int
    atk: int
    def_: int = msgspec.field(name="def")
    spa: int
    spd: int
    spe: int


class Attack(msgspec.Struct, frozen=True, kw_only=True):
    """A move used by one form on another, as simulator ids, and the state they are in."""

    attacker: str
    defender: str
    move: str
    attacker_stages: Stages = Stages()
    defender_stages: Stages = Stages()
    attacker_status: Status = ""
    defender_status: Status = ""
    defender_hp: int | None = None
    """Present HP; ``None``: full."""
    reflect: bool = False
    """On the defender's side, as is ``light_screen``."""
    light_screen: bool = False
    crit: bool | None = None
    """``None``: a critical hit only where it is certain."""
    moves: tuple[str, ...] = ()
    """What the policy may choose from; empty: ``move`` alone."""
    disabled: tuple[str, ...] = ()
    """Those of them that are not usable."""
    turns_taken: int = 0
    """How many turns the attacker has had."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulator deals."""

    damage: list[int]
    """Damage in HP of one hit at each of the 16 rolls, 100 % first, 85 % last; 0 when immune."""
    expected: float
    """Expected damage of the move by the policy that labels are played by."""
    chosen: str
    """The move that the policy chooses."""
    attacker_stats: Stats
    defender_stats: Stats


class _Refused(msgspec.Struct, frozen=True):
    error: str


def ask(attacks: Iterable[Attack]) -> list[Answer]:
    """Ask the simulator about attacks, all in one process; about 1,000 a second.

    Raises:
        BattleError: Node or the simulator is missing, or it knows no such form or move.

    """
    lines = b"".join(msgspec.json.encode(attack) + b"\n" for attack in attacks)
    # The command is Node and a file of this package; the attacks go in as data.
    said = subprocess.run(program("oracle"), input=lines, capture_output=True, check=False)
    if said.returncode:
        raise ended(said.returncode, said.stderr.decode(errors="replace"))
    return [_answer(line) for line in said.stdout.splitlines()]


def _answer(line: bytes) -> Answer:
    try:
        return msgspec.json.decode(line, type=Answer)
    except msgspec.ValidationError:
        refused = msgspec.json.decode(line, type=_Refused)
        raise SimulatorError(refused.error) from None
