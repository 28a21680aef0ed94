"""The generated pages of the documentation."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from inference.scoring import Duel, score
from training.released import release

if TYPE_CHECKING:
    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor

ROOT = Path(__file__).parents[2]
PAGES = runpy.run_path(str(ROOT / "scripts" / "reference_docs.py"))["PAGES"]


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    """The committed page equals a fresh one, so nothing stays undocumented."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name]()


def test_the_readme_is_written_anew_for_another_champion(frames: MatchupFrames) -> None:
    """Figures of any other champion give way to those of the released one, and nothing else."""
    writing = runpy.run_path(str(ROOT / "scripts" / "readme_figures.py"))["written"]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    former = re.sub(r"(\| \**|: 0)\.\d+", r"\1.5", text).replace("learnt from 1", "learnt from 2")
    assert len(set(former.splitlines()) - set(text.splitlines())) > len(("known", "unknown")) * 4
    assert writing(former, frames) == writing(text, frames) == text


def test_the_readme_tells_the_champions_own_numbers() -> None:
    """The figures of README's table are those that training stated of the released champion."""
    metrics = release().metrics
    rows = [
        [cell.strip(" *") for cell in line.split("|")[1:-1]]
        for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if "**champion**" in line
    ]
    assert [row[0] for row in rows] == ["known", "unknown"]
    for row, population in zip(rows, ("closed", "open"), strict=True):
        measures = ("hit", "regret", "brier", "log_loss")
        shown = [f"{metrics[f'{population}_{measure}']:.3f}"[1:] for measure in measures]
        assert row[2:] == shown


def test_the_readme_shows_the_champions_own_answer(
    frames: MatchupFrames, champion: Predictor
) -> None:
    """The probabilities of README's example are those that the released champion gives."""
    (scores,) = score(frames, champion, [Duel(131, 149, (58, 59, 85), None)])
    ice_beam, blizzard, thunderbolt = (f"{chance:.2f}" for chance in scores.win_probabilities)
    shown = re.findall(
        r'"win_probability": (0\.\d{2})', (ROOT / "README.md").read_text(encoding="utf-8")
    )
    assert shown == [ice_beam, ice_beam, blizzard, thunderbolt]
