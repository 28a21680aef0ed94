"""The fast battle plays the very games of an untouched one."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from battles.node import program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.dex import Dex

GAMES = 600
LARGEST_SET = 8

# fmt: off
INTERTWINED = (
    "bide", "conversion", "counter", "dig", "disable", "encore", "fly", "focusenergy", "haze",
    "hyperbeam", "leechseed", "lightscreen", "metronome", "mimic", "minimize", "mirrormove",
    "mist", "outrage", "protect", "rage", "recover", "reflect", "rest", "roost", "sleeppowder",
    "substitute", "superfang", "taunt", "thrash", "toxic", "transform", "wrap", "yawn",
)
# fmt: on
"""Moves whose conditions lock, copy, replace or survive one another."""


class Matchups:
    """Lines for the comparison, one game each."""

    def __init__(self, dex: Dex, choose: str, seed: int) -> None:
        self._draw = np.random.default_rng(seed)
        self._forms = dex.forms["showdown"].to_list()
        self._choose = choose
        self.lines: list[dict[str, Any]] = []

    def _set(self, moves: Sequence[str], first: str | None = None) -> list[str]:
        size = int(self._draw.integers(1, LARGEST_SET, endpoint=True))
        drawn = [str(move) for move in self._draw.choice(moves, size=size, replace=False)]
        return drawn if first is None else [first, *(move for move in drawn if move != first)]

    def add(self, opening: str, moves: Sequence[str]) -> None:
        """Let any form open with a move, both with sets drawn from these moves."""
        self.add_sets(self._set(moves, opening), self._set(moves))

    def add_sets(self, moves_a: list[str], moves_b: list[str]) -> None:
        """Let any two forms fight with these sets, opening with A's first move."""
        number = len(self.lines)
        self.lines.append(
            {
                "id": number,
                "a": str(self._draw.choice(self._forms)),
                "b": str(self._draw.choice(self._forms)),
                "moves_a": moves_a,
                "moves_b": moves_b,
                "openings": moves_a[:1],
                "games": 1,
                "seed": number,
                "choose": self._choose,
            }
        )


def _matchups(dex: Dex, choose: str) -> list[dict[str, Any]]:
    moves = dex.moves["showdown"].to_list()
    matchups = Matchups(dex, choose, seed=11)
    for number in range(GAMES):
        matchups.add(moves[number % len(moves)], moves)
        if choose == "random":
            matchups.add(INTERTWINED[number % len(INTERTWINED)], INTERTWINED)
    for quiet in ("splash", "growl", "recover"):  # until nothing but Struggle is left
        matchups.add_sets([quiet], ["splash"])
    return matchups.lines


@pytest.mark.parametrize("choose", ["policy", "random"])
def test_fast_and_untouched_battles_are_the_same(dex: Dex, choose: str) -> None:
    """Winner, turns, HP, PP, conditions and random numbers drawn agree after every turn."""
    matchups = _matchups(dex, choose)
    assert {line["openings"][0] for line in matchups} == set(dex.moves["showdown"])
    said = subprocess.run(  # a program of ours
        program("compare"),
        input=b"".join(msgspec.json.encode(line) + b"\n" for line in matchups),
        capture_output=True,
        check=True,
    )
    answers = [msgspec.json.decode(line) for line in said.stdout.splitlines()]
    assert [answer for answer in answers if answer.get("difference", "none given")] == []
    assert sum(answer["games"] for answer in answers) == len(matchups) > GAMES
    assert max(answer["turns"] for answer in answers) > 64  # the PP of Splash
