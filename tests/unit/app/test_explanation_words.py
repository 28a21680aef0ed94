"""What explanations say."""

from __future__ import annotations

import pytest

from app.explanation_words import Facts, sentence, with_points
from app.language import Language
from features.contract import FEATURE_NAMES
from features.groups import Group

PLAIN = dict.fromkeys(FEATURE_NAMES, 0.0) | {"move_category": 1.0, "move_effectiveness": 1.0}


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
        "Earthquake puts to sleep Pikachu and hurts Bulbasaur too",
    ),
    (Group.EFFECTS, {"self_attack_stages": 2.0}, "Earthquake changes Bulbasaur's own stats"),
    (Group.EFFECTS, {}, "Earthquake has no side effect"),
    (
        Group.FOE,
        {"foe_first_expected": 0.5, "foe_first_effectiveness": 2.0},
        "Pikachu takes 50% of Bulbasaur's HP a turn, hitting Grass/Poison for double damage",
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


def test_facts_are_said_in_french() -> None:
    """The same in French, with its names and typography."""
    facts = _facts(Language.FRENCH, move_effectiveness=2.0, lands_burn=0.1)
    attack = sentence(Group.ATTACK, facts, Language.FRENCH)
    assert attack == "Séisme touche Électrik pour le double des dégâts"
    assert "brûle Pikachu (10" in sentence(Group.EFFECTS, facts, Language.FRENCH)


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
