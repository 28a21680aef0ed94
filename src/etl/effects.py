"""What a move does in a battle: the simulator's data as columns of the moves table.

Most of it is data there and is translated. Where the simulator has code instead, :data:`CODED`
states the meaning; code that is not listed there stops the snapshot, so that an update of the
simulator cannot bring an effect that nobody has looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from etl.errors import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from etl.source import Move

Value: TypeAlias = str | int | bool | None

AILMENTS: Final[Mapping[str, str]] = {
    "brn": "burn",
    "par": "paralysis",
    "psn": "poison",
    "tox": "toxic",
    "slp": "sleep",
    "frz": "freeze",
    "confusion": "confusion",
    "flinch": "flinch",
    "partiallytrapped": "trap",
    "leechseed": "leech_seed",
    "yawn": "yawn",
    "taunt": "taunt",
    "encore": "encore",
    "disable": "disable",
}
STATS: Final[Mapping[str, str]] = {
    "atk": "attack",
    "def": "defense",
    "spa": "special_attack",
    "spd": "special_defense",
    "spe": "speed",
    "accuracy": "accuracy",
    "evasion": "evasion",
}
SPECIAL_VOLATILES: Final[Mapping[str, str]] = {
    "protect": "protect",
    "substitute": "substitute",
    "focusenergy": "focus_energy",
    "helpinghand": "helping_hand",
    "rage": "rage",
    "roost": "roost",
}
SIDE_CONDITIONS: Final[Mapping[str, str]] = {
    "reflect": "reflect",
    "lightscreen": "light_screen",
    "mist": "mist",
    "stealthrock": "stealth_rock",
}
INERT_VOLATILES: Final = frozenset(
    {
        "bide",  # its damage rule says it
        "defensecurl",  # doubles Rollout, which nothing learns
        "minimize",  # only doubles what a few moves do to the user
        "mustrecharge",  # the flag says it
        "lockedmove",  # locks_in says it
    }
)

CODED: Final[Mapping[str, Mapping[str, Value]]] = {
    # Code that says more than the data.
    "bide": {"damage_rule": "bide"},
    "brickbreak": {"special_effect": "brick_break"},
    "clearsmog": {"special_effect": "clear_smog"},
    "conversion": {"special_effect": "conversion"},
    "counter": {"damage_rule": "counter"},
    "dreameater": {"needs_sleeping_target": True},
    "facade": {"special_effect": "facade"},
    "fakeout": {"first_turn_only": True},
    "freezyfrost": {"special_effect": "haze"},
    "haze": {"special_effect": "haze"},
    "lowkick": {"damage_rule": "weight"},
    "metronome": {"special_effect": "metronome"},
    "mimic": {"special_effect": "mimic"},
    "mirrorcoat": {"damage_rule": "counter"},
    "mirrormove": {"special_effect": "mirror_move"},
    "psywave": {"damage_rule": "psywave"},
    "rest": {"special_effect": "rest", "heal_percent": 100},
    "sappyseed": {"ailment": "leech_seed", "ailment_chance": 100},
    # The boost comes on the first of the two turns.
    "skullbash": {"boost_target": "self", "boost_chance": 100, "boost_defense": 1},
    "sparklyswirl": {"special_effect": "aromatherapy"},
    "splash": {"special_effect": "splash"},
    "suckerpunch": {"needs_attacking_target": True},
    "superfang": {"damage_rule": "half_hp"},
    "transform": {"special_effect": "transform"},
    "triattack": {"ailment": "tri_attack", "ailment_chance": 20},
    # Code that carries out what a column says already, or that needs weather or an ally.
    "blizzard": {},  # sure to hit in hail
    "dig": {},
    "disable": {},  # needs a last move
    "fly": {},
    "growth": {},  # doubled in sun
    "helpinghand": {},
    "highjumpkick": {},
    "jumpkick": {},
    "leechseed": {},  # not on Grass types
    "protect": {},
    "razorwind": {},
    "skyattack": {},
    "solarbeam": {},  # no charge in sun
    "substitute": {},
    "teleport": {},
    "thunder": {},  # sure to hit in rain
    "toxic": {},  # sure to hit when a Poison type uses it
    "yawn": {},
}


def effects(move: Move) -> dict[str, Value]:
    """Give the effect columns of a move.

    Raises:
        SnapshotError: the simulator says of it something that no column can hold.

    """
    has_code = bool(
        move.functions or move.self_functions or any(one.functions for one in move.secondaries)
    )
    if has_code != (move.id in CODED):
        raise SnapshotError(f"{move.id}: its code in the simulator has not been looked at, or went")
    hits = move.multihit
    return {
        "damage_rule": _damage_rule(move),
        "fixed_damage": move.damage if isinstance(move.damage, int) else 0,
        "min_hits": hits[0],
        "max_hits": hits[-1],
        "crit_stage": move.crit_ratio - 1,
        "always_crits": move.will_crit,
        "uses_target_attack": move.offensive_pokemon == "target",
        "drain_percent": _percent(move.drain),
        "recoil_percent": _percent(move.recoil),
        "heal_percent": _percent(move.heal),
        "self_destructs": move.selfdestruct,
        "crashes": move.crashes,
        "charges": "charge" in move.flags,
        "vanishes": move.vanishes,
        "recharges": "recharge" in move.flags,
        "locks_in": move.self_volatile == "lockedmove",
        "needs_sleeping_target": False,
        "first_turn_only": False,
        "needs_attacking_target": False,
        "special_effect": _special_effect(move),
        "is_powder": "powder" in move.flags,
        "is_sound": "sound" in move.flags,
        "thaws_user": "defrost" in move.flags,
        **_ailment(move),
        **_boosts(move),
        **CODED.get(move.id, {}),
    }


def _percent(fraction: tuple[int, int] | None) -> int:
    return round(100 * fraction[0] / fraction[1]) if fraction else 0


def _damage_rule(move: Move) -> str:
    if move.category == "Status":
        return "none"
    if move.ohko:
        return "ohko"
    if move.damage is not None:
        return "level" if move.damage == "level" else "fixed"
    if not move.base_power and move.id not in CODED:
        raise SnapshotError(f"{move.id}: no power, and no rule for its damage")
    return "standard"


def _ailment(move: Move) -> dict[str, Value]:
    own = (word for word in (move.status, move.volatile) if word in AILMENTS)
    found = [(word, 100) for word in own if word]
    for one in move.secondaries:
        found += [(word, one.chance) for word in (one.status, one.volatile) if word]
    if len(found) > 1 or any(word not in AILMENTS for word, _ in found):
        raise SnapshotError(f"{move.id}: one known ailment expected, not {found}")
    word, chance = found[0] if found else (None, 0)
    return {"ailment": AILMENTS[word] if word else "none", "ailment_chance": chance}


def _boosts(move: Move) -> dict[str, Value]:
    own = "self" if move.target == "self" else "foe"
    found = [(own, 100, move.boosts), ("self", 100, move.self_boosts)]
    for one in move.secondaries:
        found += [("foe", one.chance, one.boosts), ("self", one.chance, one.self_boosts)]
    given = [entry for entry in found if entry[2]]
    if len(given) > 1:
        raise SnapshotError(f"{move.id}: more than one set of boosts")
    target, chance, stages = given[0] if given else ("none", 0, None)
    return {
        "boost_target": target,
        "boost_chance": chance,
        **{f"boost_{name}": (stages or {}).get(stat, 0) for stat, name in STATS.items()},
    }


def _special_effect(move: Move) -> str:
    words = []
    for volatile in filter(None, (move.volatile, move.self_volatile)):
        if volatile in SPECIAL_VOLATILES:
            words.append(SPECIAL_VOLATILES[volatile])
        elif volatile not in AILMENTS and volatile not in INERT_VOLATILES:
            raise SnapshotError(f"{move.id}: {volatile} has no meaning here")
    words += [
        SIDE_CONDITIONS[condition]
        for condition in (move.side_condition, move.self_side_condition)
        if condition
    ]
    told = {
        "force_switch": move.force_switch,
        "self_switch": move.self_switch and move.id != "teleport",
        "teleport": move.id == "teleport",
        "feint": move.breaks_protect,
        "thaws": move.thaws_target,
    }
    words += [word for word, holds in told.items() if holds]
    if len(words) > 1:
        raise SnapshotError(f"{move.id}: more than one special effect: {words}")
    return words[0] if words else "none"
