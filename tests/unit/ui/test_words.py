"""The pages in French."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ui
from telemetry.signals import OTHER, schema
from ui import main
from ui.views import drift, feedback, model, moves, pokedex, state
from ui.words import FRENCH, say

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = [
    *(title for _, title, _, _ in main.PAGES),
    *(words for words, _ in drift.VERDICTS.values()),
    *drift.STATES.values(),
    *feedback.WINNERS.values(),
    *model.MEASURES.values(),
    *model.POPULATIONS.values(),
    *moves.CATEGORIES.values(),
    *moves.AILMENTS.values(),
    *moves.TARGETS.values(),
    *moves.STAGES.values(),
    *moves.TRAITS.values(),
    *schema().attributes["step"].values,
    *schema().attributes["step_outcome"].values,
    *pokedex.STATS.values(),
    *pokedex.METHODS.values(),
    *state.DASHBOARDS.values(),
]
"""Texts that pages hand on by name."""


def _nodes() -> Iterator[ast.AST]:
    for path in Path(ui.__file__).parent.rglob("*.py"):
        if path.name != "words.py":
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def _said() -> set[str]:
    """Collect the texts that pages say: each by itself, as heads of a table, or to be chosen."""
    texts = set(TABLES)
    for node in _nodes():
        match node:
            case ast.Call(func=ast.Attribute(attr="say"), args=[ast.Constant(value=text)]):
                texts.add(text)
            case ast.comprehension(target=ast.Name(id="head"), iter=ast.Tuple(elts=heads)):
                texts |= {head.value for head in heads if isinstance(head, ast.Constant)}
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="choose")),
                args=[_, ast.Constant(value=text), ast.Constant(), *_],
            ):
                texts.add(text)
    return texts - {"", OTHER}


@pytest.mark.parametrize("text", sorted(_said()))
def test_every_text_is_known_in_french(text: str) -> None:
    """Whatever a page says, it can say in French, with the same values in it."""
    assert text in FRENCH
    places = {piece.partition("}")[0] for piece in text.split("{")[1:]}
    assert {piece.partition("}")[0] for piece in FRENCH[text].split("{")[1:]} == places


def test_values_stand_in_their_braces() -> None:
    """A text takes its values in both languages; one without any keeps its signs."""
    assert say("power {power}", "en", power=90) == "power 90"
    assert say("power {power}", "fr", power=90) == "puissance 90"
    assert say("{odd}", "en") == "{odd}"


def test_no_french_is_left_over() -> None:
    """Each French text belongs to one that a page still says."""
    assert set(FRENCH) == _said()
