"""Write the released champion's figures into README: its games, its table, its example."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from etl.snapshot import load_dex
from features.matchup_frames import MatchupFrames
from inference.predictor import Predictor
from inference.scoring import Duel, score
from training import released

if TYPE_CHECKING:
    from collections.abc import Iterator

README: Final = Path(__file__).parent.parent / "README.md"

POPULATIONS: Final = {"closed": "known", "open": "unknown"}
CHOOSERS: Final = {
    "naive": "power x STAB x type x accuracy",
    "games": "the kernel's few games, nothing learnt",
    "model": "**champion**",
    "floor": "a second simulation (noise floor)",
}
MEASURES: Final = ("hit", "regret", "brier", "log_loss")
LAPRAS, DRAGONITE = 131, 149
EXAMPLE: Final = {"Ice Beam": 58, "Blizzard": 59, "Thunderbolt": 85}
"""What Lapras opens with against Dragonite, by name and id."""
BEST: Final = "Ice Beam"

_CHANCE: Final = r'[^{}]*?"win_probability": )[\d.]+'


def written(text: str, frames: MatchupFrames) -> str:
    """Give README with the figures of the champion that is released now."""
    chances = _chances(frames)
    figures = {
        r"(learnt from )[\d,]+(?= games)": f"{released.release().training_data.games:,}",
        r"(\| B's moves \|.*\n\| ---.*\n)(?:\|.*\n)+": "".join(_table()),
        rf'("recommended_move": "{BEST}",{_CHANCE}': chances[BEST],
        **{rf'("move_name": "{name}",{_CHANCE}': chance for name, chance in chances.items()},
    }
    for place, figure in figures.items():
        text, places = re.subn(place, lambda found, figure=figure: found[1] + figure, text)
        if places != 1:
            raise ValueError(f"README has {places} places like {place}")
    return text


def _chances(frames: MatchupFrames) -> dict[str, str]:
    release = released.release()
    predictor = Predictor.load(
        released.MODEL_FILE, version="v1", contract_version=release.contract_version
    )
    (scores,) = score(frames, predictor, [Duel(LAPRAS, DRAGONITE, tuple(EXAMPLE.values()), None)])
    shown = (f"{chance:.2f}" for chance in scores.win_probabilities)
    return dict(zip(EXAMPLE, shown, strict=True))


def _table() -> Iterator[str]:
    report = pl.read_csv(released.EVALUATION_FILE)
    for population, moves in POPULATIONS.items():
        for chooser, name in CHOOSERS.items():
            (row,) = report.filter(chooser=chooser, population=population).to_dicts()
            figures = (_figure(row[measure], name) for measure in MEASURES)
            yield f"| {' | '.join((moves, name, *figures))} |\n"


def _figure(value: float | None, name: str) -> str:
    if value is None:
        return ""
    figure = f"{value:.3f}".removeprefix("0")
    return f"**{figure}**" if name.startswith("**") else figure


def main() -> None:
    """Write it."""
    text = README.read_text(encoding="utf-8")
    README.write_text(written(text, MatchupFrames.prepare(load_dex())), encoding="utf-8")


if __name__ == "__main__":
    main()
