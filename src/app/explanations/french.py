"""Explanations in French."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_GAP: Final = "\u00a0"
"""Stands before a colon and a percent sign, and does not break a line."""

PHRASES: Final[Mapping[str, str]] = {
    "points": f"{{words}}{_GAP}: {{points:+.0f}} {{size:point|points}}",
    "points.none": f"{{words}}{_GAP}: ±0 point",
    "multiple.4": "avec une efficacité quadruple",
    "multiple.2": "avec une efficacité double",
    "multiple.0.5": "avec une efficacité réduite de moitié",
    "multiple.0.25": "avec une efficacité réduite au quart",
    "attack.none": "{move} ne fait pas de dégâts",
    "attack.immune": "{move} n'affecte pas {types}",
    "attack.ohko": "{move} met {b} K.O. si elle touche",
    "attack.returned": "{move} rend à {b} les dégâts subis",
    "attack.multiple": "{move} touche {types} {multiple}",
    "attack.share": "{move} retire à {b} {share:%} des PV en moyenne",
    "attack.on_average": "En moyenne, {share:%} des PV adverses",
    "attack.stab": "Le bonus de même type s'applique",
    "attack.ko": "Un seul coup met K.O.",
    "attack.ko_chance": "Un seul coup met K.O. dans {chance:%} des cas",
    "accuracy": "{move} touche dans {chance:%} des cas",
    "accuracy.crash": "Un échec coûte à {a} la moitié de ses PV",
    "order.chance": "Le hasard décide qui agit en premier, {a} ou {b}",
    "order.first": "{who} agit en premier",
    "order.speed": "Vitesse {a:.0f} contre {b:.0f}",
    "order.priority": "{move} a une priorité de {priority:+.0f}",
    "order.foe_priority": "La capacité adverse a une priorité de {priority:+.0f}",
    "order.later": "Aux tours suivants, {who} agit en premier",
    "lands.burn": "brûle {foe}",
    "lands.paralysis": "paralyse {foe}",
    "lands.poison": "empoisonne {foe}",
    "lands.toxic": "empoisonne gravement {foe}",
    "lands.sleep": "endort {foe}",
    "lands.freeze": "gèle {foe}",
    "lands.confusion": "rend {foe} confus",
    "lands.flinch": "apeure {foe}",
    "lands.trap": "piège {foe}",
    "lands.leech_seed": "infecte {foe}",
    "lands.chance": "{lands} ({chance:%})",
    "effect.move_self_destructs": "met {a} K.O.",
    "effect.move_recharges": "coûte à {a} son tour suivant",
    "effect.move_charges": "demande un tour de préparation",
    "effect.move_locks_in": "dure deux ou trois tours puis rend {a} confus",
    "effect.move_recoil": "blesse aussi {a}",
    "effect.move_drain": "soigne {a} de ce qui est drainé",
    "effect.move_heal": "soigne {a}",
    "effect.move_reflect": "réduit de moitié les dégâts physiques pendant cinq tours",
    "effect.move_light_screen": "réduit de moitié les dégâts spéciaux pendant cinq tours",
    "effect.move_substitute": "place un clone",
    "effect.move_protect": "bloque la capacité adverse",
    "effect.move_haze": "annule tous les changements de stats",
    "effects": "{move} {effects}",
    "effects.and": " et ",
    "effects.none": "{move} n'a pas d'effet secondaire",
    "effects.own_stats": "change les stats de son lanceur",
    "effects.foe_stats": "change les stats adverses",
    "effects.rise": f"{{whose}}{_GAP}: {{stat}} {{stages:+.3g}} {{size:niveau|niveaux}} en moyenne",
    "effects.fall": f"{{whose}}{_GAP}: {{stat}} {{stages:+.3g}} {{size:niveau|niveaux}} en moyenne",
    "condition.move_first_turn_only": "{move} ne marche qu'au premier tour",
    "condition.move_needs_attacking_target": "{move} échoue si {b} n'attaque pas",
    "condition.move_needs_sleeping_target": "{move} échoue si {b} ne dort pas",
    "follow_up": "Ensuite {a} retire à {b} {share:%} des PV par tour",
    "follow_up.fainted": "Ensuite {a} est K.O.",
    "follow_up.same": "{a} continue avec {move}",
    "follow_up.lost": "Une autre capacité retirerait tout de suite {share:%} de plus",
    "faints": "Cela met {who} K.O.",
    "foe": "{b} retire à {a} {share:%} des PV par tour",
    "foe.multiple": "{taken} et touche {types} {multiple}",
    "foe.lands": "La capacité adverse {lands}",
    "foe.one_use": "{a} serait K.O. en {uses:.0f} coup",
    "foe.uses": "{a} serait K.O. en {uses:.0f} coups",
    "forms": f"Les stats et les types{_GAP}: {{a}} face à {{b}}",
    "forms.stat": "{stat} {a:.0f} contre {b:.0f}",
    "knowledge.open": "{b} peut avoir n'importe laquelle de {count:.0f} attaques",
    "knowledge.many": "{b} a {count:.0f} capacités connues",
    "knowledge.one": "{b} a une capacité connue",
    "games": "Sur quelques parties rapides jouées jusqu'au bout, {share:%} sont gagnées,"
    " en {turns:.1f} tours",
    "games.left": "{who} garde en moyenne {share:%} de ses PV",
    "stat.hp": "PV",
    "stat.attack": "attaque",
    "stat.defense": "défense",
    "stat.special_attack": "attaque spéciale",
    "stat.special_defense": "défense spéciale",
    "stat.speed": "vitesse",
    "stat.accuracy": "précision",
    "stat.evasion": "esquive",
}
"""By the names that :mod:`app.explanations.said` uses."""


class Number(float):
    """A number as French writes it, or with ``one|many`` the word that follows it."""

    __slots__ = ()

    def __format__(self, style: str, /) -> str:
        """Write it; ``%`` is a share without decimals."""
        if style == "%":
            return f"{100 * self:.0f}{_GAP}%"
        one, bar, many = style.partition("|")
        if bar:
            return one if self < 2 else many  # noqa: PLR2004  # French counts so
        return super().__format__(style).replace(".", ",")
