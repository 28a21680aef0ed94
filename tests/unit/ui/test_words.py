"""The pages in French."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import ui
from ui import main
from ui.views import drift, feedback, model, moves, pokedex, state
from ui.words import FRENCH, say

TABLES = [
    *(title for _, title, _, _ in main.PAGES),
    *(words for words, _ in drift.VERDICTS.values()),
    *drift.STATES.values(),
    *feedback.WINNERS.values(),
    *model.MEASURES.values(),
    *model.POPULATIONS.values(),
    *moves.CATEGORIES.values(),
    *pokedex.STATS.values(),
    *pokedex.METHODS.values(),
    *state.DASHBOARDS.values(),
]
"""Texts that pages hand on by name."""


def _said() -> set[str]:
    """Collect the texts that stand in calls of ``say``, also those chosen within one."""
    texts = set(TABLES)
    for path in Path(ui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="say"), args=[ast.Constant(value=text)]):
                    texts.add(text)
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="choose")),
                    args=[_, ast.Constant(value=text), ast.Constant(), *_],
                ):
                    texts.add(text)
    return texts


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
