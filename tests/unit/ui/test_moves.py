"""What the page says of a move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.catalogue.build import build_catalogue
from app.language import Language
from ui.views.moves import AILMENTS, CATEGORIES, STAGES, TARGETS, TRAITS

if TYPE_CHECKING:
    from features.dex import Dex


def test_all_that_moves_do_has_words(dex: Dex) -> None:
    """No identifier of the service's stands on the page."""
    moves = build_catalogue(dex, Language.ENGLISH).move_details.values()
    changes = [move.stage_change for move in moves if move.stage_change]
    assert {move.category for move in moves} == CATEGORIES.keys()
    assert {move.ailment.name for move in moves if move.ailment} == AILMENTS.keys()
    assert {trait for move in moves for trait in move.traits} == TRAITS.keys()
    assert {change.target for change in changes} == TARGETS.keys()
    assert {stat for change in changes for stat in change.stages} <= STAGES.keys()
