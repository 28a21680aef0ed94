"""Explanations in English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PHRASES: Final[Mapping[str, str]] = {
    "points": "{words}: {points:+.0f} {size:point|points}",
    "points.none": "{words}: ±0 points",
    "multiple.4": "for four times the damage",
    "multiple.2": "for double damage",
    "multiple.0.5": "for half the damage",
    "multiple.0.25": "for a quarter of the damage",
    "attack.none": "{move} does no damage itself",
    "attack.immune": "{move} does not affect {types}",
    "attack.ohko": "{move} knocks {b} out if it hits",
    "attack.returned": "{move} gives back the damage that {b} does",
    "attack.multiple": "{move} hits {types} {multiple}",
    "attack.share": "{move} takes {share:%} of {b}'s HP on average",
    "attack.on_average": "On average it takes {share:%} of {b}'s HP",
    "attack.stab": "It has the same-type bonus",
    "attack.ko": "One use knocks {b} out",
    "attack.ko_chance": "One use knocks {b} out {chance:%} of the time",
    "accuracy": "{move} hits {chance:%} of the time",
    "accuracy.crash": "A miss costs {a} half of its HP",
    "order.chance": "Chance decides whether {a} or {b} acts first",
    "order.first": "{who} acts first",
    "order.speed": "Speed {a:.0f} against {b:.0f}",
    "order.priority": "{move} has priority {priority:+.0f}",
    "order.foe_priority": "{b}'s move has priority {priority:+.0f}",
    "order.later": "On later turns {who} acts first",
    "lands.burn": "burns {foe}",
    "lands.paralysis": "paralyses {foe}",
    "lands.poison": "poisons {foe}",
    "lands.toxic": "badly poisons {foe}",
    "lands.sleep": "puts {foe} to sleep",
    "lands.freeze": "freezes {foe}",
    "lands.confusion": "confuses {foe}",
    "lands.flinch": "makes {foe} flinch",
    "lands.trap": "traps {foe}",
    "lands.leech_seed": "seeds {foe}",
    "lands.chance": "{lands} ({chance:%})",
    "effect.move_self_destructs": "makes {a} faint",
    "effect.move_recharges": "costs {a} its next turn",
    "effect.move_charges": "needs a turn to charge",
    "effect.move_locks_in": "goes on for two or three turns and then confuses {a}",
    "effect.move_recoil": "hurts {a} too",
    "effect.move_drain": "heals {a} by what it drains",
    "effect.move_heal": "heals {a}",
    "effect.move_reflect": "halves physical damage for five turns",
    "effect.move_light_screen": "halves special damage for five turns",
    "effect.move_substitute": "puts a substitute up",
    "effect.move_protect": "blocks {b}'s move",
    "effect.move_haze": "resets all changes of stats",
    "effects": "{move} {effects}",
    "effects.and": " and ",
    "effects.none": "{move} has no side effect",
    "effects.own_stats": "changes {a}'s own stats",
    "effects.foe_stats": "changes {b}'s stats",
    "effects.rise": "{whose}'s {stat} rises by {size:.3g} {size:stage|stages} on average",
    "effects.fall": "{whose}'s {stat} falls by {size:.3g} {size:stage|stages} on average",
    "condition.move_first_turn_only": "{move} works on the first turn only",
    "condition.move_needs_attacking_target": "{move} fails unless {b} attacks",
    "condition.move_needs_sleeping_target": "{move} fails unless {b} sleeps",
    "follow_up": "After that {a} takes {share:%} of {b}'s HP a turn",
    "follow_up.fainted": "After that {a} has fainted",
    "follow_up.same": "{a} goes on with {move}",
    "follow_up.lost": "Another move would take {share:%} more of {b}'s HP at once",
    "faints": "That makes {who} faint",
    "foe": "{b} takes {share:%} of {a}'s HP a turn",
    "foe.multiple": "{taken}, hitting {types} {multiple}",
    "foe.lands": "{b}'s move {lands}",
    "foe.one_use": "One use of it knocks {a} out",
    "foe.uses": "{uses:.0f} uses of it knock {a} out",
    "forms": "{a}'s stats and types against {b}'s",
    "forms.stat": "{stat} {a:.0f} against {b:.0f}",
    "knowledge.open": "{b} may have any of {count:.0f} attacks",
    "knowledge.many": "{b}'s {count:.0f} moves are known",
    "knowledge.one": "{b}'s move is known",
    "games": "Played out, {share:%} of a few quick games are won, in {turns:.1f} turns",
    "games.left": "{who} is left with {share:%} of its HP on average",
    "stat.hp": "HP",
    "stat.attack": "attack",
    "stat.defense": "defense",
    "stat.special_attack": "special attack",
    "stat.special_defense": "special defense",
    "stat.speed": "speed",
    "stat.accuracy": "accuracy",
    "stat.evasion": "evasion",
}
"""By the names that :mod:`app.explanations.said` uses."""


class Number(float):
    """A number as English writes it, or with ``one|many`` the word that follows it."""

    __slots__ = ()

    def __format__(self, style: str, /) -> str:
        """Write it; ``%`` is a share without decimals."""
        if style == "%":
            return f"{100 * self:.0f}%"
        one, bar, many = style.partition("|")
        if bar:
            return one if self == 1.0 else many
        return super().__format__(style)
