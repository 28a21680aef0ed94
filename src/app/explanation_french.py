"""Explanations in French: the same sentences as in English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.explanation_facts import STATS, SURE, WORTH_SAYING
from features.groups import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.explanation_facts import Facts

GAP: Final = "\u00a0"
"""Stands before a colon and a percent sign, and does not break a line."""

_MULTIPLES: Final = {
    4.0: "avec une efficacité quadruple",
    2.0: "avec une efficacité double",
    0.5: "avec une efficacité réduite de moitié",
    0.25: "avec une efficacité réduite au quart",
}
_LANDS: Final = {
    "burn": "brûle {foe}",
    "paralysis": "paralyse {foe}",
    "poison": "empoisonne {foe}",
    "toxic": "empoisonne gravement {foe}",
    "sleep": "endort {foe}",
    "freeze": "gèle {foe}",
    "confusion": "rend {foe} confus",
    "flinch": "apeure {foe}",
    "trap": "piège {foe}",
    "leech_seed": "infecte {foe}",
}
_EFFECTS: Final = {
    "move_self_destructs": "met {a} K.O.",
    "move_recharges": "coûte à {a} son tour suivant",
    "move_charges": "demande un tour de préparation",
    "move_locks_in": "dure deux ou trois tours puis rend {a} confus",
    "move_recoil": "blesse aussi {a}",
    "move_drain": "soigne {a} de ce qui est drainé",
    "move_heal": "soigne {a}",
    "move_reflect": "réduit de moitié les dégâts physiques pendant cinq tours",
    "move_light_screen": "réduit de moitié les dégâts spéciaux pendant cinq tours",
    "move_substitute": "place un clone",
    "move_protect": "bloque la capacité adverse",
    "move_haze": "annule tous les changements de stats",
}
_CONDITIONS: Final = {
    "move_first_turn_only": "{move} ne marche qu'au premier tour",
    "move_needs_attacking_target": "{move} échoue si {b} n'attaque pas",
    "move_needs_sleeping_target": "{move} échoue si {b} ne dort pas",
}
_STATS: Final = {
    "hp": "PV",
    "attack": "attaque",
    "defense": "défense",
    "special_attack": "attaque spéciale",
    "special_defense": "défense spéciale",
    "speed": "vitesse",
    "accuracy": "précision",
    "evasion": "esquive",
}


def _percent(share: float) -> str:
    return f"{100 * share:.0f}{GAP}%"


def _decimal(number: str) -> str:
    return number.replace(".", ",")


def _attack(facts: Facts) -> str:
    if facts["move_category"] == 0:
        return f"{facts.move} ne fait pas de dégâts"
    if facts["move_effectiveness"] == 0:
        return f"{facts.move} n'affecte pas {facts.types_b}"
    if facts["move_ohko"]:
        return f"{facts.move} met {facts.b} K.O. si elle touche"
    if facts.multiple:
        return f"{facts.move} touche {facts.types_b} {_MULTIPLES[facts.multiple]}"
    return f"{facts.move} retire à {facts.b} {_percent(facts['move_expected'])} des PV en moyenne"


def _attack_details(facts: Facts) -> Sequence[str]:
    if not facts["move_expected"]:
        return []
    details = []
    if facts.multiple:
        details.append(f"En moyenne, {_percent(facts['move_expected'])} des PV adverses")
    if facts["move_stab"] > 1:
        details.append("Le bonus de même type s'applique")
    if facts["move_ko_chance"] >= SURE:
        details.append("Un seul coup met K.O.")
    elif facts["move_ko_chance"] > WORTH_SAYING:
        details.append(f"Un seul coup met K.O. dans {_percent(facts['move_ko_chance'])} des cas")
    return details


def _accuracy(facts: Facts) -> str:
    return f"{facts.move} touche dans {_percent(facts['move_hit_chance'])} des cas"


def _accuracy_details(facts: Facts) -> Sequence[str]:
    return [f"Un échec coûte à {facts.a} la moitié de ses PV"] if facts["move_crashes"] else []


def _order(facts: Facts) -> str:
    first = facts.first("first")
    if first is None:
        return f"Le hasard décide qui agit en premier, {facts.a} ou {facts.b}"
    return f"{first} agit en premier"


def _order_details(facts: Facts) -> Sequence[str]:
    details = [f"Vitesse {facts['a_speed']:.0f} contre {facts['b_speed']:.0f}"]
    if facts["move_priority"]:
        details.append(f"{facts.move} a une priorité de {facts['move_priority']:+.0f}")
    if facts["foe_first_priority"]:
        details.append(f"La capacité adverse a une priorité de {facts['foe_first_priority']:+.0f}")
    later = facts.first("first_later")
    if later is not None and later != facts.first("first"):
        details.append(f"Aux tours suivants, {later} agit en premier")
    return details


def _effects(facts: Facts) -> str:
    said = [
        _LANDS[ailment].format(foe=facts.b) + ("" if chance >= SURE else f" ({_percent(chance)})")
        for ailment, chance in facts.ailments
    ]
    said += [_EFFECTS[effect].format(a=facts.a) for effect in facts.effects]
    sides = {change.side for change in facts.stage_changes}
    said += ["change les stats de son lanceur"] * ("self" in sides)
    said += ["change les stats adverses"] * ("foe" in sides)
    if not said:
        return f"{facts.move} n'a pas d'effet secondaire"
    return f"{facts.move} {' et '.join(said)}"


def _effects_details(facts: Facts) -> Sequence[str]:
    details = []
    for side, stat, stages in facts.stage_changes:
        whose = facts.a if side == "self" else facts.b
        unit = "niveau" if abs(stages) < 2 else "niveaux"  # noqa: PLR2004  # French counts so
        change = _decimal(f"{stages:+.3g}")
        details.append(f"{whose}{GAP}: {_STATS[stat]} {change} {unit} en moyenne")
    details += [
        _CONDITIONS[condition].format(b=facts.b, move=facts.move) for condition in facts.conditions
    ]
    return details


def _follow_up(facts: Facts) -> str:
    share = _percent(facts["reply_expected"])
    return f"Ensuite {facts.a} retire à {facts.b} {share} des PV par tour"


def _follow_up_details(facts: Facts) -> Sequence[str]:
    details = []
    if facts["reply_is_opening"]:
        details.append(f"{facts.a} continue avec {facts.move}")
    if facts["expected_lost"] > WORTH_SAYING:
        lost = _percent(facts["expected_lost"])
        details.append(f"Une autre capacité retirerait tout de suite {lost} de plus")
    return details


def _foe(facts: Facts) -> str:
    share = _percent(facts["foe_first_expected"])
    taken = f"{facts.b} retire à {facts.a} {share} des PV par tour"
    return (
        f"{taken} et touche {facts.types_a} {_MULTIPLES[facts.foe_multiple]}"
        if facts.foe_multiple
        else taken
    )


def _foe_details(facts: Facts) -> Sequence[str]:
    details = [
        f"La capacité adverse {_LANDS[ailment].format(foe=facts.a)} ({_percent(chance)})"
        for ailment, chance in facts.foe_ailments
    ]
    if facts["foe_first_expected"] > 0:
        uses = facts["foe_first_hits_to_ko"]
        word = "coup" if uses == 1 else "coups"
        details.append(f"{facts.a} serait K.O. en {uses:.0f} {word}")
    return details


def _forms(facts: Facts) -> str:
    return f"Les stats et les types{GAP}: {facts.a} face à {facts.b}"


def _forms_details(facts: Facts) -> Sequence[str]:
    return [
        f"{_STATS[stat][0].upper()}{_STATS[stat][1:]} {facts[f'a_{stat}']:.0f} contre"
        f" {facts[f'b_{stat}']:.0f}"
        for stat in STATS
        if stat != "speed"
    ]


def _knowledge(facts: Facts) -> str:
    count = facts["b_moves"]
    if not facts["b_known"]:
        return f"{facts.b} peut avoir n'importe laquelle de {count:.0f} attaques"
    if count > 1:
        return f"{facts.b} a {count:.0f} capacités connues"
    return f"{facts.b} a une capacité connue"


def _nothing_more(_facts: Facts) -> Sequence[str]:
    return []


def _games(facts: Facts) -> str:
    won, turns = _percent(facts["games_win_rate"]), _decimal(f"{facts['games_turns']:.1f}")
    return (
        f"Sur quelques parties rapides jouées jusqu'au bout, {won} sont gagnées, en {turns} tours"
    )


def _games_details(facts: Facts) -> Sequence[str]:
    left = ((facts.a, facts["games_own_hp"]), (facts.b, facts["games_foe_hp"]))
    return [f"{name} garde en moyenne {_percent(share)} de ses PV" for name, share in left]


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
