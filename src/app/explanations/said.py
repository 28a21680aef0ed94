"""What an explanation says of each subject, decided once and worded in each language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.explanations.facts import STATS, SURE, WORTH_SAYING
from features.groups import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from app.explanations.facts import Facts, Landing


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase, by the name that every language knows it under, and what stands in it."""

    phrase: str
    values: Mapping[str, str | float | Said | Sequence[Said]]


def said(phrase: str, **values: str | float | Said | Sequence[Said]) -> Said:
    """Say something."""
    return Said(phrase, values)


def _attack(facts: Facts) -> Said:
    if facts["move_category"] == 0:
        return said("attack.none", move=facts.move)
    if facts["move_effectiveness"] == 0:
        return said("attack.immune", move=facts.move, types=facts.types_b)
    if facts["move_ohko"]:
        return said("attack.ohko", move=facts.move, b=facts.b)
    if facts["move_returns_damage"]:
        return said("attack.returned", move=facts.move, b=facts.b)
    if facts.multiple:
        multiple = said(f"multiple.{facts.multiple:g}")
        return said("attack.multiple", move=facts.move, types=facts.types_b, multiple=multiple)
    return said("attack.share", move=facts.move, b=facts.b, share=facts["move_expected"])


def _attack_details(facts: Facts) -> Iterator[Said]:
    if not facts["move_expected"]:
        return
    if facts.multiple:
        yield said("attack.on_average", b=facts.b, share=facts["move_expected"])
    if facts.has_stab:
        yield said("attack.stab")
    if facts["move_ko_chance"] >= SURE:
        yield said("attack.ko", b=facts.b)
    elif facts["move_ko_chance"] > WORTH_SAYING:
        yield said("attack.ko_chance", b=facts.b, chance=facts["move_ko_chance"])


def _accuracy(facts: Facts) -> Said:
    return said("accuracy", move=facts.move, chance=facts["move_hit_chance"])


def _accuracy_details(facts: Facts) -> Iterator[Said]:
    if facts["move_crashes"]:
        yield said("accuracy.crash", a=facts.a)


def _order(facts: Facts) -> Said:
    first = facts.first("first")
    if first is None:
        return said("order.chance", a=facts.a, b=facts.b)
    return said("order.first", who=first)


def _order_details(facts: Facts) -> Iterator[Said]:
    yield said("order.speed", a=facts["a_speed"], b=facts["b_speed"])
    if facts["move_priority"]:
        yield said("order.priority", move=facts.move, priority=facts["move_priority"])
    if facts["foe_first_priority"]:
        yield said("order.foe_priority", b=facts.b, priority=facts["foe_first_priority"])
    later = None if facts["move_self_destructs"] else facts.first("first_later")
    if later is not None and later != facts.first("first"):
        yield said("order.later", who=later)


def _lands(landing: Landing, foe: str) -> Said:
    return said(f"lands.{landing.ailment}", foe=foe)


def _likely(landing: Landing, foe: str) -> Said:
    return said("lands.chance", lands=_lands(landing, foe), chance=landing.chance)


def _effects(facts: Facts) -> Said:
    effects = [
        _lands(landing, facts.b) if landing.chance >= SURE else _likely(landing, facts.b)
        for landing in facts.ailments
    ]
    effects += [said(f"effect.{effect}", a=facts.a, b=facts.b) for effect in facts.effects]
    sides = {change.side for change in facts.stage_changes}
    effects += [said("effects.own_stats", a=facts.a)] * ("self" in sides)
    effects += [said("effects.foe_stats", b=facts.b)] * ("foe" in sides)
    if not effects:
        return said("effects.none", move=facts.move)
    return said("effects", move=facts.move, effects=effects)


def _effects_details(facts: Facts) -> Iterator[Said]:
    for side, stat, stages in facts.stage_changes:
        yield said(
            "effects.rise" if stages > 0 else "effects.fall",
            whose=facts.a if side == "self" else facts.b,
            stat=said(f"stat.{stat}"),
            stages=stages,
            size=abs(stages),
        )
    for condition in facts.conditions:
        yield said(f"condition.{condition}", move=facts.move, b=facts.b)


def _follow_up(facts: Facts) -> Said:
    if facts["move_self_destructs"]:
        return said("follow_up.fainted", a=facts.a)
    return said("follow_up", a=facts.a, b=facts.b, share=facts["reply_expected"])


def _follow_up_details(facts: Facts) -> Iterator[Said]:
    if not facts["move_self_destructs"]:
        if facts["reply_is_opening"]:
            yield said("follow_up.same", a=facts.a, move=facts.move)
        if facts["reply_self_destructs"]:
            yield said("faints", who=facts.a)
    if facts["expected_lost"] > WORTH_SAYING:
        yield said("follow_up.lost", b=facts.b, share=facts["expected_lost"])


def _foe(facts: Facts) -> Said:
    taken = said("foe", a=facts.a, b=facts.b, share=facts["foe_first_expected"])
    if not facts.foe_multiple:
        return taken
    multiple = said(f"multiple.{facts.foe_multiple:g}")
    return said("foe.multiple", taken=taken, types=facts.types_a, multiple=multiple)


def _foe_details(facts: Facts) -> Iterator[Said]:
    for landing in facts.foe_ailments:
        yield said("foe.lands", b=facts.b, lands=_likely(landing, facts.a))
    faints = facts["foe_first_self_destructs"]
    if faints:
        yield said("faints", who=facts.b)
    uses = facts["foe_first_hits_to_ko"]
    if facts["foe_first_expected"] > 0 and (uses == 1 or not faints):
        yield said("foe.one_use" if uses == 1 else "foe.uses", a=facts.a, uses=uses)


def _forms(facts: Facts) -> Said:
    return said("forms", a=facts.a, b=facts.b)


def _forms_details(facts: Facts) -> Iterator[Said]:
    for stat in STATS:
        if stat != "speed":
            own, foe = facts[f"a_{stat}"], facts[f"b_{stat}"]
            yield said("forms.stat", stat=said(f"stat.{stat}"), a=own, b=foe)


def _knowledge(facts: Facts) -> Said:
    count = facts["b_moves"]
    if not facts["b_known"]:
        return said("knowledge.open", b=facts.b, count=count)
    return said("knowledge.many" if count > 1 else "knowledge.one", b=facts.b, count=count)


def _nothing_more(_facts: Facts) -> Iterator[Said]:
    return iter(())


def _games(facts: Facts) -> Said:
    return said("games", share=facts["games_win_rate"], turns=facts["games_turns"])


def _games_details(facts: Facts) -> Iterator[Said]:
    yield said("games.left", who=facts.a, share=facts["games_own_hp"])
    yield said("games.left", who=facts.b, share=facts["games_foe_hp"])


SENTENCES: Final[Mapping[Group, Callable[[Facts], Said]]] = {
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
"""The one sentence on each subject."""
DETAILS: Final[Mapping[Group, Callable[[Facts], Iterator[Said]]]] = {
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
