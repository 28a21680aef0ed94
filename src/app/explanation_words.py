"""What explanations say, in English and French, from the facts in a feature row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.language import Language
from features.groups import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MULTIPLES: Final = {
    Language.ENGLISH: {
        4.0: "for four times the damage",
        2.0: "for double damage",
        0.5: "for half the damage",
        0.25: "for a quarter of the damage",
    },
    Language.FRENCH: {
        4.0: "pour quatre fois les dégâts",
        2.0: "pour le double des dégâts",
        0.5: "pour la moitié des dégâts",
        0.25: "pour le quart des dégâts",
    },
}
_LANDS: Final = {
    Language.ENGLISH: {
        "burn": "burns",
        "paralysis": "paralyses",
        "poison": "poisons",
        "toxic": "badly poisons",
        "sleep": "puts to sleep",
        "freeze": "freezes",
        "confusion": "confuses",
        "flinch": "makes flinch",
        "trap": "traps",
        "leech_seed": "seeds",
    },
    Language.FRENCH: {
        "burn": "brûle",
        "paralysis": "paralyse",
        "poison": "empoisonne",
        "toxic": "empoisonne gravement",
        "sleep": "endort",
        "freeze": "gèle",
        "confusion": "rend confus",
        "flinch": "apeure",
        "trap": "piège",
        "leech_seed": "infecte",
    },
}
_EFFECTS: Final = {
    Language.ENGLISH: {
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
    },
    Language.FRENCH: {
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
        "move_protect": "bloque la capacité de {b}",
        "move_haze": "annule tous les changements de stats",
    },
}
_STAGES: Final = {
    Language.ENGLISH: ("changes {a}'s own stats", "changes {b}'s stats"),
    Language.FRENCH: ("change les stats de {a}", "change les stats de {b}"),
}
_SURE: Final = 0.995


@dataclass(frozen=True, slots=True)
class Facts:
    """What a move's explanation is worded from."""

    a: str
    b: str
    move: str
    types_a: str
    """A's types by name, as ``types_b`` B's."""
    types_b: str
    row: Mapping[str, float]
    """The features by name."""

    def __getitem__(self, feature: str) -> float:
        """Give a feature."""
        return self.row[feature]


def sentence(subject: Group, facts: Facts, language: Language) -> str:
    """Word what a subject is about in this duel; without a full stop."""
    return _SENTENCES[language][subject](facts)


def with_points(words: str, points: float, language: Language) -> str:
    """Add what it is worth, in points of win probability."""
    shown = round(points)
    unit = "point" if abs(shown) <= 1 and language is Language.FRENCH else "points"
    if abs(shown) == 1:
        unit = "point"
    colon = " :" if language is Language.FRENCH else ":"
    return f"{words}{colon} {shown:+d} {unit}".replace("+0", "±0")


def _percent(share: float, language: Language) -> str:
    gap = " " if language is Language.FRENCH else ""
    return f"{100 * share:.0f}{gap}%"


def _attack(language: Language) -> Callable[[Facts], str]:
    french = language is Language.FRENCH

    def words(facts: Facts) -> str:
        if facts["move_category"] == 0:
            return (
                f"{facts.move} ne fait pas de dégâts"
                if french
                else f"{facts.move} does no damage itself"
            )
        if facts["move_effectiveness"] == 0:
            return (
                f"{facts.move} n'affecte pas {facts.types_b}"
                if french
                else f"{facts.move} does not affect {facts.types_b}"
            )
        multiple = _MULTIPLES[language].get(round(facts["move_effectiveness"], 2))
        if multiple:
            hits = "touche" if french else "hits"
            return f"{facts.move} {hits} {facts.types_b} {multiple}"
        share = _percent(facts["move_expected"], language)
        return (
            f"{facts.move} retire en moyenne {share} des PV de {facts.b}"
            if french
            else f"{facts.move} takes {share} of {facts.b}'s HP on average"
        )

    return words


def _accuracy(language: Language) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        chance = _percent(facts["move_hit_chance"], language)
        if language is Language.FRENCH:
            return f"{facts.move} touche {chance} du temps"
        return f"{facts.move} hits {chance} of the time"

    return words


def _order(language: Language) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        if facts["first"] == 0.5:  # noqa: PLR2004  # a toss
            if language is Language.FRENCH:
                return f"{facts.a} et {facts.b} sont aussi rapides"
            return f"{facts.a} and {facts.b} are equally fast"
        first = facts.a if facts["first"] > 0.5 else facts.b  # noqa: PLR2004  # a half
        return f"{first} agit en premier" if language is Language.FRENCH else f"{first} acts first"

    return words


def _effects(language: Language) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        said = []
        for ailment, verb in _LANDS[language].items():
            chance = facts[f"lands_{ailment}"]
            if chance >= _SURE:
                said.append(f"{verb} {facts.b}")
            elif chance > 0:
                said.append(f"{verb} {facts.b} ({_percent(chance, language)})")
        said += [
            text.format(a=facts.a, b=facts.b)
            for feature, text in _EFFECTS[language].items()
            if facts[feature]
        ]
        for start, text in zip(("self_", "foe_"), _STAGES[language], strict=True):
            if any(
                value
                for name, value in facts.row.items()
                if name.startswith(start) and name.endswith("_stages")
            ):
                said.append(text.format(a=facts.a, b=facts.b))
        if not said:
            if language is Language.FRENCH:
                return f"{facts.move} n'a pas d'effet secondaire"
            return f"{facts.move} has no side effect"
        joined = " et " if language is Language.FRENCH else " and "
        return f"{facts.move} {joined.join(said)}"

    return words


def _follow_up(language: Language) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        share = _percent(facts["reply_expected"], language)
        if language is Language.FRENCH:
            return f"Ensuite {facts.a} retire {share} des PV de {facts.b} par tour"
        return f"After that {facts.a} takes {share} of {facts.b}'s HP a turn"

    return words


def _foe(language: Language) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        share = _percent(facts["foe_first_expected"], language)
        multiple = _MULTIPLES[language].get(round(facts["foe_first_effectiveness"], 2))
        if language is Language.FRENCH:
            taken = f"{facts.b} retire {share} des PV de {facts.a} par tour"
            return f"{taken}, touchant {facts.types_a} {multiple}" if multiple else taken
        taken = f"{facts.b} takes {share} of {facts.a}'s HP a turn"
        return f"{taken}, hitting {facts.types_a} {multiple}" if multiple else taken

    return words


def _knowledge(language: Language) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        count = f"{facts['b_moves']:.0f}"
        if language is Language.FRENCH:
            if facts["b_known"]:
                return f"Les {count} capacités de {facts.b} sont connues"
            return f"{facts.b} peut avoir n'importe laquelle de {count} attaques"
        if facts["b_known"]:
            return f"{facts.b}'s {count} moves are known"
        return f"{facts.b} may have any of {count} attacks"

    return words


def _games(language: Language) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        won = _percent(facts["games_win_rate"], language)
        turns = f"{facts['games_turns']:.1f}"
        if language is Language.FRENCH:
            return (
                f"Jouées jusqu'au bout, {won} des parties rapides sont gagnées,"
                f" en {turns.replace('.', ',')} tours"
            )
        return f"Played out, {won} of a few quick games are won, in {turns} turns"

    return words


def _forms(language: Language) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        if language is Language.FRENCH:
            return f"Les stats et les types de {facts.a} face à {facts.b}"
        return f"{facts.a}'s stats and types against {facts.b}'s"

    return words


_SENTENCES: Final = {
    language: {
        Group.ATTACK: _attack(language),
        Group.ACCURACY: _accuracy(language),
        Group.ORDER: _order(language),
        Group.EFFECTS: _effects(language),
        Group.FOLLOW_UP: _follow_up(language),
        Group.FOE: _foe(language),
        Group.FORMS: _forms(language),
        Group.KNOWLEDGE: _knowledge(language),
        Group.GAMES: _games(language),
    }
    for language in Language
}
