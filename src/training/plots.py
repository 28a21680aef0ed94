"""The pictures of a model card, as PNG. Imported by training alone: matplotlib is not served."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from training.calibration import Reliability
    from training.errors import GroupError

Z_95: Final = 1.96
SHOWN_EFFECTS: Final = 24
DPI: Final = 80
COLOURS: Final = 48
_INK, _MODEL, _QUIET = "#222222", "#1f5fa8", "#9a9a9a"


def reliability_png(reliabilities: Sequence[Reliability]) -> bytes:
    """Draw how often predictions came true: over all openings, and how far off by population."""
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    whole, by_population = figure.subplots(1, 2)
    _diagonal(whole, reliabilities[0])
    _calibration_errors(by_population, reliabilities)
    return _png(figure)


def effects_png(effects: Sequence[GroupError]) -> bytes:
    """Draw the error beyond the noise by effect of the opening: its mean, and its part of all."""
    shown = effects[:SHOWN_EFFECTS][::-1]
    figure = Figure(figsize=(10, 0.8 + 0.26 * len(shown)), layout="constrained")
    mean, share = figure.subplots(1, 2, sharey=True)
    names = [f"{group.group} ({group.rows:,})" for group in shown]
    mean.barh(
        names,
        [group.excess for group in shown],
        xerr=[Z_95 * group.excess_se for group in shown],
        color=_MODEL,
        ecolor=_QUIET,
        height=0.7,
    )
    mean.set_xlim(left=0)
    mean.set_xlabel("mean (p - q)², with 95 % interval")
    mean.set_title("How wrong (openings judged)", loc="left", fontsize=10)
    share.barh(names, [group.share for group in shown], color=_MODEL, height=0.7)
    share.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    share.set_xlabel("part of the whole error")
    share.set_title("How much of the error", loc="left", fontsize=10)
    for axes in (mean, share):
        axes.grid(axis="x", color="#dddddd")
        axes.margins(y=0.01)
        _plain(axes)
    return _png(figure)


def _diagonal(axes: Axes, whole: Reliability) -> None:
    axes.plot([0, 1], [0, 1], color=_QUIET, linewidth=1, label="perfect")
    axes.errorbar(
        [part.predicted for part in whole.bins],
        [part.won for part in whole.bins],
        yerr=[Z_95 * part.won_se for part in whole.bins],
        fmt="o-",
        color=_MODEL,
        ecolor=_INK,
        markersize=4,
        linewidth=1,
        label="model, with 95 % interval",
    )
    for part in whole.bins:
        # The numbers stand on the side of the line that holds nothing else.
        axes.annotate(
            f"{part.rows:,}",
            (part.predicted, part.won),
            (8, -10),
            textcoords="offset points",
            fontsize=7,
            color=_INK,
        )
    axes.set_aspect("equal")
    axes.set_xlim(0, 1.08)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("predicted win probability")
    axes.set_ylabel("share of games won")
    axes.set_title(
        f"All {whole.rows:,} openings: calibration error {whole.error:.4f}", loc="left", fontsize=10
    )
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    _plain(axes)


def _calibration_errors(axes: Axes, reliabilities: Sequence[Reliability]) -> None:
    shown = reliabilities[::-1]
    names = [f"{part.population} ({part.rows:,})" for part in shown]
    axes.barh(names, [part.error for part in shown], color=_MODEL, height=0.6, label="model")
    axes.plot(
        [part.chance_error for part in shown],
        names,
        "|",
        color=_INK,
        markersize=14,
        markeredgewidth=2,
        label="what chance alone would give",
    )
    axes.set_xlabel("expected calibration error")
    axes.set_title("By population (openings judged)", loc="left", fontsize=10)
    axes.legend(frameon=False, fontsize=8, loc="upper right", bbox_to_anchor=(1, 1.02))
    axes.grid(axis="x", color="#dddddd")
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)


def _png(figure: Figure) -> bytes:
    """Render with few colours, in a third of the bytes; the same numbers give the same file."""
    FigureCanvasAgg(figure)
    drawn, content = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    with Image.open(drawn) as picture:
        picture.convert("RGB").quantize(COLOURS).save(content, format="PNG", optimize=True)
    return content.getvalue()
