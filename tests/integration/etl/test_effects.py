"""The effects of every move against what the simulator was seen to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.dex import Dex

CRIT_DENOMINATORS = {0: 24, 1: 8, 2: 2}
STATUSES = {"brn": "burn", "par": "paralysis", "psn": "poison", "tox": "toxic", "slp": "sleep"}
STATUSES |= {"frz": "freeze"}
VOLATILES = {"confusion": "confusion", "flinch": "flinch", "partiallytrapped": "trap"}
VOLATILES |= {"leechseed": "leech_seed", "yawn": "yawn", "taunt": "taunt", "encore": "encore"}
VOLATILES |= {"disable": "disable"}
BOOSTS = {
    "atk": "attack",
    "def": "defense",
    "spa": "special_attack",
    "spd": "special_defense",
    "spe": "speed",
    "accuracy": "accuracy",
    "evasion": "evasion",
}
ROLLS = (9, 10, 19, 20, 29, 30, 39, 40, 99)


@pytest.fixture(scope="module")
def observed(seen: dict[str, Any]) -> dict[str, Any]:
    """Give what was seen of each move, by simulator id and situation."""
    moves: dict[str, Any] = seen["observed"]
    return moves


def _where(dex: Dex, condition: pl.Expr) -> set[str]:
    return set(dex.moves.filter(condition)["showdown"])


def _seen(observed: dict[str, Any], holds: Callable[[dict[str, Any]], bool]) -> set[str]:
    return {move for move, situations in observed.items() if holds(situations)}


def _attacks(dex: Dex) -> list[dict[str, Any]]:
    """Give the moves that do damage whenever they hit."""
    plain = (
        pl.col("damage_rule").is_in(["standard", "weight"])
        & ~pl.col("needs_sleeping_target")
        & ~pl.col("needs_attacking_target")
        & ~pl.col("first_turn_only")
    )
    return dex.moves.filter(plain).to_dicts()


def test_power_and_accuracy_in_battle(dex: Dex, observed: dict[str, Any]) -> None:
    """The power and the accuracy that a battle computes with are those of the tables."""
    for move in _attacks(dex):
        usual = observed[move["showdown"]]["usual"]
        if move["damage_rule"] == "standard":
            assert usual["power"] == move["power"], move["showdown"]
        assert usual.get("accuracy") == move["accuracy"], move["showdown"]


def test_priority_in_battle(dex: Dex, observed: dict[str, Any]) -> None:
    """The priority that a battle sorts by is that of the tables."""
    for move in dex.moves.iter_rows(named=True):
        assert observed[move["showdown"]]["usual"]["priority"] == move["priority"]


def test_numbers_of_hits(dex: Dex, observed: dict[str, Any]) -> None:
    """With least and most luck a move hits as often as the tables say."""
    for move in _attacks(dex):
        situations = observed[move["showdown"]]
        hits = [len(situations[luck]["damage"]) for luck in ("usual", "many")]
        assert hits == [move["min_hits"], move["max_hits"]], move["showdown"]


def test_critical_hits(dex: Dex, observed: dict[str, Any]) -> None:
    """Each stage has its chance, and what always crits does not roll at all."""
    for move in _attacks(dex):
        usual = observed[move["showdown"]]["usual"]
        if move["always_crits"]:
            assert usual["critical"]
            assert usual.get("crit", 1) == 1
        else:
            assert usual["crit"] == CRIT_DENOMINATORS[move["crit_stage"]], move["showdown"]


def test_how_damage_comes_about(dex: Dex, observed: dict[str, Any]) -> None:
    """Fixed, level, half, random and one-hit-KO damage is what it is called."""
    hp, level = 60_000, 50
    for move in dex.moves.filter(pl.col("category") != "status").iter_rows(named=True):
        situations = observed[move["showdown"]]
        least, most = (sum(situations[luck]["damage"]) for luck in ("usual", "many"))
        match move["damage_rule"]:
            case "fixed":
                assert least == most == move["fixed_damage"]
            case "level":
                assert least == level
            case "psywave":
                assert least == level // 2
            case "half_hp":
                assert least == hp // 2
            case "ohko":
                assert situations["usual"]["targetFainted"]
                assert least == hp
            case "counter":
                replies = [situations[reply] for reply in ("tackled", "squirted")]
                assert least == 0
                assert sum(max(sum(one["damage"]), 0) for one in replies) == 2 * max(
                    one["hurt"] for one in replies if one["damage"]
                )
            case "bide":
                assert "bide" in situations["usual"]["userAdded"]
            case "weight":
                assert (situations["usual"]["power"], situations["heavy"]["power"]) == (60, 120)
            case rule:
                assert rule == "standard"


def test_drain_recoil_and_healing(dex: Dex, observed: dict[str, Any]) -> None:
    """Shares of the damage, or of full HP, are won and lost as the tables say."""
    for move in dex.moves.iter_rows(named=True):
        luck = "asleep" if move["needs_sleeping_target"] else "usual"
        one = observed[move["showdown"]][luck]
        damage = sum(one["damage"])
        if move["ailment"] != "leech_seed":
            won = damage * move["drain_percent"] + 60_000 * move["heal_percent"]
            assert one["healed"] == pytest.approx(min(won / 100, 30_000), abs=1), move["showdown"]
        assert one["recoil"] == pytest.approx(damage * move["recoil_percent"] / 100, abs=1)


FLAGS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "self_destructs": lambda move: move["usual"]["fainted"],
    "crashes": lambda move: move["missed"]["fainted"] and not move["usual"]["fainted"],
    "charges": lambda move: move["usual"]["charged"],
    "vanishes": lambda move: move["usual"]["vanished"],
    "recharges": lambda move: "mustrecharge" in move["usual"]["userVolatiles"],
    "locks_in": lambda move: "lockedmove" in move["usual"]["userVolatiles"],
    "needs_sleeping_target": lambda move: (
        bool(move["asleep"]["damage"]) and not move["usual"]["damage"]
    ),
    "first_turn_only": lambda move: bool(move["cold"]["damage"]) and not move["usual"]["damage"],
    "needs_attacking_target": lambda move: (
        not move["usual"]["damage"]
        and bool(move["tackled"]["damage"] and move["squirted"]["damage"])
    ),
    "uses_target_attack": lambda move: (
        sum(move["strong"]["damage"]) > sum(move["usual"]["damage"]) > 0
    ),
    "thaws_user": lambda move: not move["frozen"]["userStatus"],
    "is_powder": lambda move: move["onGrass"]["noEffect"] and _took(move["usual"]),
}


def _took(one: dict[str, Any]) -> bool:
    return bool(one["status"])


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_holds_for_exactly_the_moves_that_show_it(
    dex: Dex, observed: dict[str, Any], flag: str
) -> None:
    """The moves with a flag are those that were seen to behave so, and no others."""
    assert _seen(observed, FLAGS[flag]) == _where(dex, pl.col(flag))


def test_sound_passes_a_substitute(dex: Dex, observed: dict[str, Any]) -> None:
    """An attack by sound reaches the target itself behind its substitute; no other attack does."""
    passing = _seen(observed, lambda move: bool(move["behindSubstitute"]["damage"]))
    attacks = {move["showdown"] for move in _attacks(dex)}
    assert passing & attacks == _where(dex, pl.col("is_sound")) & attacks


def _ailment(one: dict[str, Any]) -> str:
    words = [VOLATILES[word] for word in one["added"] if word in VOLATILES]
    return STATUSES.get(one["status"]) or (words[0] if words else "none")


def test_ailments(dex: Dex, observed: dict[str, Any]) -> None:
    """With all luck the target suffers what the tables say; Tri Attack gives one of three."""
    for move in dex.moves.iter_rows(named=True):
        luck = "tackled" if move["ailment"] in {"disable", "encore"} else "usual"
        if move["first_turn_only"]:
            luck = "cold"
        found = _ailment(observed[move["showdown"]][luck])
        if move["ailment"] == "tri_attack":
            assert found in {"burn", "paralysis", "freeze"}
        else:
            assert found == move["ailment"], move["showdown"]


def _changes(one: dict[str, Any]) -> tuple[str, dict[str, int]]:
    if one["userBoosts"]:
        return "self", one["userBoosts"]
    return ("foe", one["boosts"]) if one["boosts"] else ("none", {})


def test_boosts(dex: Dex, observed: dict[str, Any]) -> None:
    """With all luck the stages of the right side change by the right steps."""
    for move in dex.moves.iter_rows(named=True):
        target, stages = _changes(observed[move["showdown"]]["usual"])
        expected = {stat: move[f"boost_{name}"] for stat, name in BOOSTS.items()}
        assert target == move["boost_target"], move["showdown"]
        assert stages == {stat: steps for stat, steps in expected.items() if steps}


def test_chances_of_what_follows_a_hit(dex: Dex, observed: dict[str, Any]) -> None:
    """An effect comes with every roll below its chance and with none from there on."""
    tested = 0
    for move in _attacks(dex):
        chance = max(move["ailment_chance"], move["boost_chance"])
        for roll in ROLLS:
            one = observed[move["showdown"]]["rolls"][str(roll)]
            came = _ailment(one) != "none" or _changes(one)[0] != "none"
            assert came == (roll < chance), (move["showdown"], roll)
            tested += chance > 0
    assert tested > 500


SPECIAL: dict[str, Callable[[dict[str, Any]], bool]] = {
    "reflect": lambda move: "reflect" in move["usual"]["sides"],
    "light_screen": lambda move: "lightscreen" in move["usual"]["sides"],
    "mist": lambda move: "mist" in move["usual"]["sides"],
    "stealth_rock": lambda move: "stealthrock" in move["usual"]["targetSides"],
    "protect": lambda move: "protect" in move["usual"]["userAdded"],
    "substitute": lambda move: "substitute" in move["usual"]["userAdded"],
    "focus_energy": lambda move: "focusenergy" in move["usual"]["userAdded"],
    "rage": lambda move: "rage" in move["usual"]["userAdded"],
    "roost": lambda move: "roost" in move["usual"]["userAdded"],
    "rest": lambda move: move["usual"]["userStatus"] == "slp",
    "haze": lambda move: not move["prepared"]["boosts"] and not move["prepared"]["userBoosts"],
    "clear_smog": lambda move: (
        not move["prepared"]["boosts"]
        and not move["prepared"]["targetFainted"]
        and bool(move["prepared"]["userBoosts"])
    ),
    "brick_break": lambda move: "reflect" not in move["prepared"]["targetSides"],
    "facade": lambda move: move["prepared"].get("power") == 2 * (move["usual"].get("power") or 1),
    "aromatherapy": lambda move: not move["prepared"]["userStatus"],
    "feint": lambda move: (
        bool(move["protectedTarget"]["damage"]) and not move["protectedTarget"]["charged"]
    ),
    "transform": lambda move: move["usual"]["transformed"],
    "conversion": lambda move: (
        move["usual"]["types"] != ["Psychic"] and not move["usual"]["transformed"]
    ),
}


@pytest.mark.parametrize("effect", SPECIAL)
def test_a_special_effect_is_that_of_exactly_the_moves_that_show_it(
    dex: Dex, observed: dict[str, Any], effect: str
) -> None:
    """The moves with a special effect are those that were seen to have it, and no others."""
    assert _seen(observed, SPECIAL[effect]) == _where(dex, pl.col("special_effect") == effect)


def test_scald_alone_of_the_water_moves_thaws(dex: Dex, observed: dict[str, Any]) -> None:
    """What thaws a frozen target is a Fire attack or has that effect."""
    fire = dex.types.filter(identifier="fire")["type_id"].item()
    thawing = _seen(observed, lambda move: not move["thawing"]["status"])
    burning = (pl.col("type_id") == fire) & (pl.col("category") != "status")
    assert thawing == _where(dex, burning | (pl.col("special_effect") == "thaws"))
