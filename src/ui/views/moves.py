"""All moves, and everything about one."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.catalogue import move_detail
from ui.markup import table, tag
from ui.trouble import plain
from ui.views import choose

if TYPE_CHECKING:
    from ui.schema import MoveDetail, MoveItem
    from ui.visit import Visit

CATEGORIES: Final = {"physical": "physical", "special": "special", "status": "status"}
AILMENTS: Final = {
    "burn": "burn",
    "paralysis": "paralysis",
    "poison": "poison",
    "toxic": "bad poison",
    "sleep": "sleep",
    "freeze": "freeze",
    "tri_attack": "burn, freeze or paralysis",
    "confusion": "confusion",
    "flinch": "flinch",
    "trap": "trap",
    "leech_seed": "Leech Seed",
    "disable": "Disable",
    "encore": "Encore",
    "taunt": "Taunt",
    "yawn": "drowsiness",
}
TARGETS: Final = {"self": "the user", "foe": "the foe"}
STAGES: Final = {
    "attack": "Attack",
    "defense": "Defense",
    "special_attack": "Special attack",
    "special_defense": "Special defense",
    "speed": "Speed",
    "accuracy": "Accuracy",
    "evasion": "Evasion",
}
TRAITS: Final = {
    "always_crits": "always a critical hit",
    "uses_target_attack": "strikes with the foe's own attack",
    "self_destructs": "knocks the user out",
    "crashes": "hurts the user if it misses",
    "charges": "takes a turn to get ready",
    "vanishes": "hides the user while it gets ready",
    "recharges": "costs the user its next turn",
    "locks_in": "lasts two or three turns, then confuses the user",
    "needs_sleeping_target": "fails unless the foe sleeps",
    "first_turn_only": "works in the first turn only",
    "needs_attacking_target": "fails unless the foe attacks",
    "is_powder": "is a powder",
    "is_sound": "is a sound",
    "thaws_user": "thaws the user",
}


def show(visit: Visit) -> None:
    """Show the move that was chosen, or all that pass the filters."""
    st.title(visit.say("Moves"))
    chosen = choose.move(visit, "Find a move", "move")
    if chosen is not None:
        _show_move(visit, visit.catalogue.moves[chosen])
        return
    kind = choose.kind(visit, "move-type")
    listed = [move for move in visit.moves_by_name if kind is None or move.type.id == kind]
    st.caption(visit.say("{count} moves", count=len(listed)))
    heads = [visit.say(head) for head in ("Move", "Type", "Power", "Accuracy", "PP")]
    st.html(table(heads, [_row(visit, move) for move in listed], numbers=3))


def _row(visit: Visit, move: MoveItem) -> tuple[str, ...]:
    category = escape(visit.say(CATEGORIES[move.category]))
    accuracy = "–" if move.accuracy is None else f"{move.accuracy}"
    name = f'{escape(move.name)}<div class="dx-note">{category}</div>'
    return name, tag(move.type), f"{move.power or '–'}", accuracy, f"{move.pp}"


def _show_move(visit: Visit, move: MoveItem) -> None:
    heads = [visit.say(head) for head in ("Move", "Type", "Power", "Accuracy", "PP")]
    st.html(table(heads, [_row(visit, move)], numbers=3))
    detail = move_detail(visit.api, move.id, visit.language)
    if effects := _effects(visit, move, detail):
        st.markdown("\n".join(f"- {plain(effect)}" for effect in effects))
    st.subheader(visit.say("{count} Pokémon can learn it", count=len(detail.learned_by)))
    st.markdown(plain(", ".join(one.name for one in detail.learned_by)))


def _effects(visit: Visit, move: MoveItem, detail: MoveDetail) -> list[str]:
    said = {
        visit.say("priority {priority}", priority=f"{move.priority:+d}"): move.priority,
        visit.say("hits {least} to {most} times", least=detail.min_hits, most=detail.max_hits): (
            detail.max_hits > 1
        ),
        visit.say(
            "heals {share} % of the damage", share=detail.drain_percent
        ): detail.drain_percent,
        visit.say("costs {share} % of the damage", share=detail.recoil_percent): (
            detail.recoil_percent
        ),
        visit.say("heals {share} % of all HP", share=detail.heal_percent): detail.heal_percent,
    }
    effects = [text for text, holds in said.items() if holds]
    if (ailment := detail.ailment) is not None:
        named = visit.say(AILMENTS.get(ailment.name, ailment.name))
        effects.append(visit.say("{effect}: {chance} %", effect=named, chance=ailment.chance))
    if (change := detail.stage_change) is not None:
        stages = ", ".join(
            f"{visit.say(STAGES.get(stat, stat))} {by:+d}" for stat, by in change.stages.items()
        )
        target = visit.say(TARGETS.get(change.target, change.target))
        effects.append(
            visit.say(
                "{target}: {stages} ({chance} %)",
                target=target,
                stages=stages,
                chance=change.chance,
            )
        )
    return effects + [visit.say(TRAITS.get(trait, trait)) for trait in detail.traits]
