"""What explanations say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from app.explanations import english, french
from app.explanations.facts import Facts
from app.explanations.words import details, sentence, with_points
from app.language import Language
from features.compute import compute
from features.contract import FEATURE_NAMES
from features.groups import Group

if TYPE_CHECKING:
    from features.dex import Dex
    from features.matchup_frames import MatchupFrames

PLAIN = dict.fromkeys(FEATURE_NAMES, 0.0) | {
    "move_category": 1.0,
    "move_effectiveness": 1.0,
    "move_effective_power": 100.0,
}


def _facts(language: Language, **row: float) -> Facts:
    french = language is Language.FRENCH
    return Facts(
        a="Bulbizarre" if french else "Bulbasaur",
        b="Pikachu",
        move="Séisme" if french else "Earthquake",
        types_a="Plante/Poison" if french else "Grass/Poison",
        types_b="Électrik" if french else "Electric",
        row=PLAIN | row,
    )


SAID = [
    (Group.ATTACK, {"move_effectiveness": 2.0}, "Earthquake hits Electric for double damage"),
    (Group.ATTACK, {"move_effectiveness": 0.0}, "Earthquake does not affect Electric"),
    (Group.ATTACK, {"move_category": 0.0}, "Earthquake does no damage itself"),
    (Group.ATTACK, {"move_expected": 0.41}, "Earthquake takes 41% of Pikachu's HP on average"),
    (Group.ORDER, {"first": 1.0}, "Bulbasaur acts first"),
    (Group.ORDER, {"first": 0.0}, "Pikachu acts first"),
    (Group.EFFECTS, {"lands_burn": 0.1}, "Earthquake burns Pikachu (10%)"),
    (
        Group.EFFECTS,
        {"lands_sleep": 1.0, "move_recoil": 0.33},
        "Earthquake puts Pikachu to sleep and hurts Bulbasaur too",
    ),
    (Group.EFFECTS, {"self_attack_stages": 2.0}, "Earthquake changes Bulbasaur's own stats"),
    (Group.EFFECTS, {}, "Earthquake has no side effect"),
    (
        Group.FOE,
        {
            "foe_first_expected": 0.5,
            "foe_first_least": 0.46,
            "foe_first_most": 0.54,
            "foe_first_effectiveness": 2.0,
        },
        "Pikachu takes 50% of Bulbasaur's HP a turn, hitting Grass/Poison for double damage",
    ),
    (
        Group.FOLLOW_UP,
        {"reply_expected": 0.2},
        "After that Bulbasaur takes 20% of Pikachu's HP a turn",
    ),
    (
        Group.FOLLOW_UP,
        {"reply_expected": 0.2, "move_self_destructs": 1.0},
        "After that Bulbasaur has fainted",
    ),
    (Group.KNOWLEDGE, {"b_moves": 14.0}, "Pikachu may have any of 14 attacks"),
    (
        Group.GAMES,
        {"games_win_rate": 0.75, "games_turns": 2.25},
        "Played out, 75% of a few quick games are won, in 2.2 turns",
    ),
]


@pytest.mark.parametrize(("subject", "row", "words"), SAID)
def test_facts_are_said_in_english(subject: Group, row: dict[str, float], words: str) -> None:
    """Each subject is worded from the features that it is about."""
    assert sentence(subject, _facts(Language.ENGLISH, **row), Language.ENGLISH) == words


TOLD = [
    (Group.ATTACK, {}, []),
    (
        Group.ATTACK,
        {"move_expected": 0.5, "move_effectiveness": 2.0, "move_stab": 1.5, "move_ko_chance": 0.1},
        [
            "On average it takes 50% of Pikachu's HP",
            "It has the same-type bonus",
            "One use knocks Pikachu out 10% of the time",
        ],
    ),
    (Group.ATTACK, {"move_expected": 2.0, "move_ko_chance": 1.0}, ["One use knocks Pikachu out"]),
    (Group.ACCURACY, {"move_crashes": 1.0}, ["A miss costs Bulbasaur half of its HP"]),
    (
        Group.ORDER,
        {"a_speed": 66.0, "b_speed": 112.0, "move_priority": 1.0, "first": 1.0},
        [
            "Speed 66 against 112",
            "Earthquake has priority +1",
            "On later turns Pikachu acts first",
        ],
    ),
    (
        Group.EFFECTS,
        {"self_attack_stages": 2.0, "foe_accuracy_stages": -0.3, "move_first_turn_only": 1.0},
        [
            "Bulbasaur's attack rises by 2 stages on average",
            "Pikachu's accuracy falls by 0.3 stages on average",
            "Earthquake works on the first turn only",
        ],
    ),
    (
        Group.FOLLOW_UP,
        {"reply_is_opening": 1.0, "expected_lost": 0.001},
        ["Bulbasaur goes on with Earthquake"],
    ),
    (
        Group.ORDER,
        {
            "a_speed": 66.0,
            "b_speed": 112.0,
            "move_priority": 1.0,
            "first": 1.0,
            "move_self_destructs": 1.0,
        },
        ["Speed 66 against 112", "Earthquake has priority +1"],
    ),
    (Group.FOLLOW_UP, {"reply_is_opening": 1.0, "move_self_destructs": 1.0}, []),
    (Group.FOLLOW_UP, {"reply_self_destructs": 1.0}, ["That makes Bulbasaur faint"]),
    (
        Group.FOE,
        {
            "foe_first_expected": 0.44,
            "foe_first_hits_to_ko": 3.0,
            "foe_first_self_destructs": 1.0,
        },
        ["That makes Pikachu faint"],
    ),
    (
        Group.FOE,
        {"foe_first_expected": 1.0, "foe_first_hits_to_ko": 1.0, "foe_first_lands_burn": 0.1},
        ["Pikachu's move burns Bulbasaur (10%)", "One use of it knocks Bulbasaur out"],
    ),
]


@pytest.mark.parametrize(("subject", "row", "lines"), TOLD)
def test_details_are_told_where_there_are_any(
    subject: Group, row: dict[str, float], lines: list[str]
) -> None:
    """Each is a fact of this duel, and nothing is told of what is not so."""
    assert [*details(subject, _facts(Language.ENGLISH, **row), Language.ENGLISH)] == lines


@pytest.mark.parametrize("language", Language)
def test_every_move_can_be_worded(frames: MatchupFrames, language: Language) -> None:
    """Whatever a move does, it is said whole, and both languages tell as many details."""
    moves = [*frames.move_index]
    duels = pl.DataFrame(
        {
            "pokemon_a_id": [6] * len(moves),
            "pokemon_b_id": [9] * len(moves),
            "moves_a": [[move] for move in moves],
            "moves_b": [None if move % 2 else [57, 58] for move in moves],
        },
        schema_overrides={"moves_b": pl.List(pl.Int64)},
    )
    for row in compute(frames, duels).iter_rows(named=True):
        facts = _facts(language, **row)
        for subject in Group:
            said = [sentence(subject, facts, language), *details(subject, facts, language)]
            assert all(line and "{" not in line and "nan" not in line for line in said)
            assert len(said) == 1 + len(details(subject, facts, Language.ENGLISH))


def test_a_multiplier_is_said_of_power_alone(dex: Dex, frames: MatchupFrames) -> None:
    """Of all moves, on either side, those have one whose damage is scaled, and no other has."""
    scaled = {
        move
        for move, rule in dex.moves.select("move_id", "damage_rule").iter_rows()
        if rule in {"standard", "weight"}
    }
    moves = sorted(frames.move_index)
    for foe in (65, 76, 94, 143):
        duels = pl.DataFrame(
            {
                "pokemon_a_id": [foe] * len(moves),
                "pokemon_b_id": [foe] * len(moves),
                "moves_a": [[move] for move in moves],
                "moves_b": [[move] for move in moves],
            }
        )
        for move, row in zip(moves, compute(frames, duels).iter_rows(named=True), strict=True):
            facts = _facts(Language.ENGLISH, **row)
            multiple = row["move_effectiveness"]
            known = multiple if move in scaled and multiple not in {0, 1} else None
            assert facts.multiple == known, move
            if row["foe_first_expected"]:
                assert facts.foe_multiple == known, move


def test_facts_are_said_in_french() -> None:
    """The same in French, with its names and typography."""
    facts = _facts(Language.FRENCH, move_effectiveness=2.0, lands_burn=0.1)
    attack = sentence(Group.ATTACK, facts, Language.FRENCH)
    assert attack == "Séisme touche Électrik avec une efficacité double"
    assert "brûle Pikachu (10" in sentence(Group.EFFECTS, facts, Language.FRENCH)


def test_both_languages_have_every_phrase() -> None:
    """What can be said in one language can be said in the other."""
    assert english.PHRASES.keys() == french.PHRASES.keys()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("subject", Group)
def test_every_subject_has_words(subject: Group, language: Language) -> None:
    """No subject is without a sentence in either language."""
    assert len(sentence(subject, _facts(language), language)) > 10


@pytest.mark.parametrize(
    ("points", "english", "french"),
    [
        (31.2, "So: +31 points", "So : +31 points"),
        (-7.9, "So: -8 points", "So : -8 points"),
        (1.2, "So: +1 point", "So : +1 point"),
        (0.2, "So: ±0 points", "So : ±0 point"),
    ],
)
def test_points_are_rounded_and_signed(points: float, english: str, french: str) -> None:
    """They close the sentence, as whole points."""
    assert with_points("So", points, Language.ENGLISH) == english
    assert with_points("So", points, Language.FRENCH).replace("\u00a0", " ") == french
