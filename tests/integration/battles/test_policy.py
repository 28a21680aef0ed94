"""The policy that labels are played by, in the real simulator."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from tests.oracle import Answer, Attack, Stages, ask

from battles.errors import SimulatorError

if TYPE_CHECKING:
    from features.dex import Dex

ATTACKS = 1_000
HITS_OF_TWO_TO_FIVE = 3.1


def _standard(dex: Dex) -> pl.DataFrame:
    """List moves of ordinary damage not bound to a moment, with what multiplies it."""
    hits = pl.when(pl.col("max_hits") == 5).then(HITS_OF_TWO_TO_FIVE).otherwise(pl.col("max_hits"))
    waits = pl.col("charges") | pl.col("recharges")
    return dex.moves.filter(
        pl.col("damage_rule").is_in(["standard", "weight"]), ~pl.col("needs_sleeping_target")
    ).select(
        "showdown",
        factor=hits * pl.col("accuracy").fill_null(100) / 100 / pl.when(waits).then(2).otherwise(1),
    )


def test_expected_damage_is_the_simulators_mean(dex: Dex) -> None:
    """For random attacks it is the mean of the 16 rolls, times hits, accuracy and turns spent.

    The simulator rounds down after each step, before multiplying by two for a weakness, so its
    mean is lower by a few points at most.
    """
    draw = np.random.default_rng(2)
    forms = dex.forms["showdown"].to_list()
    moves = _standard(dex)
    drawn = [moves.row(index) for index in draw.integers(moves.height, size=ATTACKS)]
    attacks = [
        Attack(
            attacker=str(draw.choice(forms)),
            defender=str(draw.choice(forms)),
            move=move,
            attacker_stages=Stages(atk=int(draw.integers(-6, 7)), spa=int(draw.integers(-6, 7))),
            defender_stages=Stages(def_=int(draw.integers(-6, 7)), spd=int(draw.integers(-6, 7))),
            attacker_status="brn" if draw.integers(2) else "",
            reflect=bool(draw.integers(2)),
            light_screen=bool(draw.integers(2)),
        )
        for move, _ in drawn
        if move != "brickbreak"  # counts the screens it breaks as gone
    ]
    factors = dict(drawn)
    for attack, answer in zip(attacks, ask(attacks), strict=True):
        mean = fmean(answer.damage) * factors[attack.move]
        lost = 8 * factors[attack.move]
        assert mean - factors[attack.move] <= answer.expected <= 1.01 * mean + lost, attack
        assert (answer.expected == 0) == (max(answer.damage) == 0), attack


EXPECTED: dict[str, tuple[dict[str, Any], float]] = {
    "level": ({"move": "seismictoss"}, 50),
    "psywave is the level": ({"move": "psywave"}, 50),
    "fixed times accuracy": ({"move": "sonicboom"}, 0.9 * 20),
    "0.3 of the hp": ({"move": "guillotine"}, 0.3 * 235),
    "of the present hp": ({"move": "guillotine", "defender_hp": 100}, 30),
    "ko of the immune": ({"move": "guillotine", "defender": "gengar"}, 0),
    "half the hp": ({"move": "superfang"}, 0.9 * 117.5),
    "of what is left": ({"move": "superfang", "defender_hp": 9}, 0.9 * 4.5),
    "level of the immune": ({"move": "seismictoss", "defender": "gengar"}, 0),
    "stages": ({"move": "sonicboom", "attacker_stages": Stages(accuracy=-1)}, 0.67 * 20),
    "at most sure": ({"move": "sonicboom", "attacker_stages": Stages(accuracy=6)}, 20),
    "no stages": ({"move": "guillotine", "attacker_stages": Stages(accuracy=-6)}, 0.3 * 235),
    "counter": ({"move": "counter"}, 0),
    "mirror coat": ({"move": "mirrorcoat"}, 0),
    "bide": ({"move": "bide"}, 0),
    "status": ({"move": "toxic"}, 0),
    "waking target": ({"move": "dreameater"}, 0),
    "second turn": ({"move": "fakeout", "turns_taken": 1}, 0),
}
"""What an attack by Rattata on Snorlax counts."""

CHOSEN: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "most damage": (["pound", "strength"], {}, "strength"),
    "first of equals": (["pound", "scratch"], {}, "pound"),
    "first of equals, other way round": (["scratch", "pound"], {}, "scratch"),
    "recharging counts half": (["hyperbeam", "strength"], {}, "strength"),
    "charging counts half": (["solarbeam", "petaldance"], {}, "petaldance"),
    "self-KO is the last resort": (["explosion", "pound"], {}, "pound"),
    "the last resort": (["toxic", "explosion"], {}, "explosion"),
    "the better last resort": (["selfdestruct", "explosion"], {}, "explosion"),
    "nothing harms": (["explosion", "toxic", "pound"], {"defender": "gengar"}, "pound"),
    "harmless before status": (["growl", "counter"], {}, "counter"),
    "first status move": (["explosion", "growl", "leer"], {"defender": "gengar"}, "growl"),
    "nothing else": (["explosion"], {"defender": "gengar"}, "explosion"),
    "a waking target": (["dreameater", "pound"], {}, "pound"),
    "a sleeping one": (["dreameater", "pound"], {"defender_status": "slp"}, "dreameater"),
    "first turn": (["fakeout", "pound"], {}, "fakeout"),
    "later": (["fakeout", "pound"], {"turns_taken": 1}, "pound"),
    "full hp": (["superfang", "quickattack"], {}, "superfang"),
    "little hp": (["superfang", "quickattack"], {"defender_hp": 6}, "quickattack"),
    "disabled": (["strength", "pound"], {"disabled": ("strength",)}, "pound"),
    "an ailment": (["bodyslam", "facade"], {"attacker_status": "brn"}, "facade"),
    "no ailment": (["facade", "bodyslam"], {}, "bodyslam"),
    "a screen": (["bodyslam", "triattack"], {"reflect": True}, "triattack"),
    "broken": (["brickbreak", "strength"], {"reflect": True}, "brickbreak"),
    "accuracy": (["eggbomb", "strength"], {}, "strength"),
}
"""What Mew uses on Dragonair."""


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    """Ask about all cases at once: starting the simulator takes longer than answering."""
    attacks = {
        name: Attack(**{"attacker": "rattata", "defender": "snorlax", **attack})
        for name, (attack, _) in EXPECTED.items()
    }
    for name, (moves, state, _) in CHOSEN.items():
        usual = {"attacker": "mew", "defender": "dragonair", "move": moves[0]}
        attacks[name] = Attack(**{**usual, "moves": tuple(moves), **state})
    return dict(zip(attacks, ask(attacks.values()), strict=True))


@pytest.mark.parametrize("case", EXPECTED)
def test_expected_damage_of_what_is_not_ordinary(answers: dict[str, Answer], case: str) -> None:
    """The moves with a rule of their own count as the definition says."""
    assert answers[case].expected == pytest.approx(EXPECTED[case][1])


@pytest.mark.parametrize("case", CHOSEN)
def test_the_policy_chooses(answers: dict[str, Answer], case: str) -> None:
    """The usable move of highest expected damage is chosen, as the definition says."""
    assert answers[case].chosen == CHOSEN[case][2]


def test_an_unknown_form_is_named() -> None:
    """The oracle refuses what it does not know."""
    with pytest.raises(SimulatorError, match="unknown species missingno9"):
        ask([Attack(attacker="missingno9", defender="mew", move="pound")])
