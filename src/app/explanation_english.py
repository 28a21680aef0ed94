"""Explanations in English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.explanation_facts import STATS, SURE, WORTH_SAYING
from features.groups import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.explanation_facts import Facts

_MULTIPLES: Final = {
    4.0: "for four times the damage",
    2.0: "for double damage",
    0.5: "for half the damage",
    0.25: "for a quarter of the damage",
}
_LANDS: Final = {
    "burn": "burns {foe}",
    "paralysis": "paralyses {foe}",
    "poison": "poisons {foe}",
    "toxic": "badly poisons {foe}",
    "sleep": "puts {foe} to sleep",
    "freeze": "freezes {foe}",
    "confusion": "confuses {foe}",
    "flinch": "makes {foe} flinch",
    "trap": "traps {foe}",
    "leech_seed": "seeds {foe}",
}
_EFFECTS: Final = {
    "move_self_destructs": "makes {a} faint",
    "move_recharges": "costs {a} its next turn",
    "move_charges": "needs a turn to charge",
    "move_locks_in": "goes on for two or three turns and then confuses {a}",
    "move_recoil": "hurts {a} too",
    "move_drain": "heals {a} by what it drains",
    "move_heal": "heals {a}",
    "move_reflect": "halves physical damage for five turns",
    "move_light_screen": "halves special damage for five turns",
    "move_substitute": "puts a substitute up",
    "move_protect": "blocks {b}'s move",
    "move_haze": "resets all changes of stats",
}
_CONDITIONS: Final = {
    "move_first_turn_only": "{move} works on the first turn only",
    "move_needs_attacking_target": "{move} fails unless {b} attacks",
    "move_needs_sleeping_target": "{move} fails unless {b} sleeps",
}
_STATS: Final = {
    "hp": "HP",
    "attack": "attack",
    "defense": "defense",
    "special_attack": "special attack",
    "special_defense": "special defense",
    "speed": "speed",
    "accuracy": "accuracy",
    "evasion": "evasion",
}


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _times(uses: float) -> str:
    return "one use" if uses == 1 else f"{uses:.0f} uses"


def _attack(facts: Facts) -> str:
    if facts["move_category"] == 0:
        return f"{facts.move} does no damage itself"
    if facts["move_effectiveness"] == 0:
        return f"{facts.move} does not affect {facts.types_b}"
    if facts["move_ohko"]:
        return f"{facts.move} knocks {facts.b} out if it hits"
    if facts.multiple:
        return f"{facts.move} hits {facts.types_b} {_MULTIPLES[facts.multiple]}"
    return f"{facts.move} takes {_percent(facts['move_expected'])} of {facts.b}'s HP on average"


def _attack_details(facts: Facts) -> Sequence[str]:
    if not facts["move_expected"]:
        return []
    details = []
    if facts.multiple:
        details.append(f"On average it takes {_percent(facts['move_expected'])} of {facts.b}'s HP")
    if facts["move_stab"] > 1:
        details.append("It has the same-type bonus")
    if facts["move_ko_chance"] >= SURE:
        details.append(f"One use knocks {facts.b} out")
    elif facts["move_ko_chance"] > WORTH_SAYING:
        details.append(
            f"One use knocks {facts.b} out {_percent(facts['move_ko_chance'])} of the time"
        )
    return details


def _accuracy(facts: Facts) -> str:
    return f"{facts.move} hits {_percent(facts['move_hit_chance'])} of the time"


def _accuracy_details(facts: Facts) -> Sequence[str]:
    return [f"A miss costs {facts.a} half of its HP"] if facts["move_crashes"] else []


def _order(facts: Facts) -> str:
    first = facts.first("first")
    if first is None:
        return f"Chance decides whether {facts.a} or {facts.b} acts first"
    return f"{first} acts first"


def _order_details(facts: Facts) -> Sequence[str]:
    details = [f"Speed {facts['a_speed']:.0f} against {facts['b_speed']:.0f}"]
    if facts["move_priority"]:
        details.append(f"{facts.move} has priority {facts['move_priority']:+.0f}")
    if facts["foe_first_priority"]:
        details.append(f"{facts.b}'s move has priority {facts['foe_first_priority']:+.0f}")
    later = facts.first("first_later")
    if later is not None and later != facts.first("first"):
        details.append(f"On later turns {later} acts first")
    return details


def _effects(facts: Facts) -> str:
    said = [
        _LANDS[ailment].format(foe=facts.b) + ("" if chance >= SURE else f" ({_percent(chance)})")
        for ailment, chance in facts.ailments
    ]
    said += [_EFFECTS[effect].format(a=facts.a, b=facts.b) for effect in facts.effects]
    sides = {change.side for change in facts.stage_changes}
    said += [f"changes {facts.a}'s own stats"] * ("self" in sides)
    said += [f"changes {facts.b}'s stats"] * ("foe" in sides)
    if not said:
        return f"{facts.move} has no side effect"
    return f"{facts.move} {' and '.join(said)}"


def _effects_details(facts: Facts) -> Sequence[str]:
    details = []
    for side, stat, stages in facts.stage_changes:
        whose = facts.a if side == "self" else facts.b
        verb = "rises" if stages > 0 else "falls"
        unit = "stage" if abs(stages) == 1 else "stages"
        details.append(f"{whose}'s {_STATS[stat]} {verb} by {abs(stages):.3g} {unit} on average")
    details += [
        _CONDITIONS[condition].format(b=facts.b, move=facts.move) for condition in facts.conditions
    ]
    return details


def _follow_up(facts: Facts) -> str:
    share = _percent(facts["reply_expected"])
    return f"After that {facts.a} takes {share} of {facts.b}'s HP a turn"


def _follow_up_details(facts: Facts) -> Sequence[str]:
    details = []
    if facts["reply_is_opening"]:
        details.append(f"{facts.a} goes on with {facts.move}")
    if facts["expected_lost"] > WORTH_SAYING:
        lost = _percent(facts["expected_lost"])
        details.append(f"Another move would take {lost} more of {facts.b}'s HP at once")
    return details


def _foe(facts: Facts) -> str:
    taken = f"{facts.b} takes {_percent(facts['foe_first_expected'])} of {facts.a}'s HP a turn"
    return (
        f"{taken}, hitting {facts.types_a} {_MULTIPLES[facts.foe_multiple]}"
        if facts.foe_multiple
        else taken
    )


def _foe_details(facts: Facts) -> Sequence[str]:
    details = [
        f"{facts.b}'s move {_LANDS[ailment].format(foe=facts.a)} ({_percent(chance)})"
        for ailment, chance in facts.foe_ailments
    ]
    if facts["foe_first_expected"] > 0:
        uses = _times(facts["foe_first_hits_to_ko"])
        details.append(
            f"{uses[0].upper()}{uses[1:]} of it knock{'s' * (uses == 'one use')} {facts.a} out"
        )
    return details


def _forms(facts: Facts) -> str:
    return f"{facts.a}'s stats and types against {facts.b}'s"


def _forms_details(facts: Facts) -> Sequence[str]:
    return [
        f"{_STATS[stat][0].upper()}{_STATS[stat][1:]} {facts[f'a_{stat}']:.0f} against"
        f" {facts[f'b_{stat}']:.0f}"
        for stat in STATS
        if stat != "speed"
    ]


def _knowledge(facts: Facts) -> str:
    count = facts["b_moves"]
    if facts["b_known"]:
        return (
            f"{facts.b}'s {count:.0f} moves are known"
            if count > 1
            else f"{facts.b}'s move is known"
        )
    return f"{facts.b} may have any of {count:.0f} attacks"


def _nothing_more(_facts: Facts) -> Sequence[str]:
    return []


def _games(facts: Facts) -> str:
    won, turns = _percent(facts["games_win_rate"]), f"{facts['games_turns']:.1f}"
    return f"Played out, {won} of a few quick games are won, in {turns} turns"


def _games_details(facts: Facts) -> Sequence[str]:
    left = ((facts.a, facts["games_own_hp"]), (facts.b, facts["games_foe_hp"]))
    return [f"{name} is left with {_percent(share)} of its HP on average" for name, share in left]


SENTENCES: Final[Mapping[Group, Callable[[Facts], str]]] = {
    Group.ATTACK: _attack,
    Group.ACCURACY: _accuracy,
    Group.ORDER: _order,
    Group.EFFECTS: _effects,
    Group.FOLLOW_UP: _follow_up,
    Group.FOE: _foe,
    Group.FORMS: _forms,
    Group.KNOWLEDGE: _knowledge,
    Group.GAMES: _games,
}
"""The one sentence on each subject, without a full stop."""
DETAILS: Final[Mapping[Group, Callable[[Facts], Sequence[str]]]] = {
    Group.ATTACK: _attack_details,
    Group.ACCURACY: _accuracy_details,
    Group.ORDER: _order_details,
    Group.EFFECTS: _effects_details,
    Group.FOLLOW_UP: _follow_up_details,
    Group.FOE: _foe_details,
    Group.FORMS: _forms_details,
    Group.KNOWLEDGE: _nothing_more,
    Group.GAMES: _games_details,
}
"""What more there is to say on each."""
