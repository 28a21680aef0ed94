"""Who learns what, against the simulator's own judgement of teams."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from battles.node import node

if TYPE_CHECKING:
    from features.dex import Dex

PROGRAM: Final = Path(__file__).with_name("legal.cjs")
EVENT_ONLY: Final = {("chansey", "celebrate")}
"""The gift of an event, with a move that is none of the 223: the snapshot leaves it out."""


def test_learnsets_are_what_the_team_validator_allows(dex: Dex) -> None:
    """Each form learns exactly what the simulator lets it know, kept moves included."""
    finished = subprocess.run(  # our own program
        [node(), PROGRAM],
        input=json.dumps(dex.forms["showdown"].to_list()),
        capture_output=True,
        check=True,
        text=True,
    )
    told: dict[str, list[str]] = json.loads(finished.stdout)
    legal = {(form, move) for form, moves in told.items() for move in moves}
    learnt = (
        dex.learnset.join(dex.forms.select("form_id", form="showdown"), on="form_id")
        .join(dex.moves.select("move_id", move="showdown"), on="move_id")
        .select("form", "move")
    )
    assert set(learnt.iter_rows()) == legal - EVENT_ONLY
