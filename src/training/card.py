"""The model card: what a model was made of, how good it is, and where it is not to be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from battles import populations
from training.markdown import table
from training.report import MODEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.manifest import ModelRelease
    from training.calibration import Reliability
    from training.errors import GroupError
    from training.evaluation import Quality
    from training.report import Report

SHOWN_EFFECTS: Final = 15
_WON: Final = "A won, share of games"

_USE: Final = """\
Given two forms, A's moves and, if known, B's, it gives the probability that A wins a duel of one
against one in Pokémon Let's Go when it opens with a move and then, like B from the start, plays
each turn its usable move of highest expected damage. It is made to rank A's moves and to say how
likely A is to win; it is not made for team battles, for switching, or for players who choose their
later moves in another way."""

_MEASURES: Final = """\
Judged on matchups of forms that were never trained on as a pair, {games:,} games in two independent
simulations. *Hit*: the chosen move is as good as the best one within the noise of the truth.
*Regret*: win rate lost by the choice. *Brier* and *log-loss* are over single games. *Naive* ranks
by power, type and accuracy; *games* are the few games that the features play, taken as a
prediction with nothing learnt; the *floor* is a second simulation taken as one; *over floor* is the
distance to its Brier score, with its standard error."""

_CALIBRATION: Final = """\
Expected calibration error over ten bins: how far the share of games won is from what was predicted.
Beside it what chance alone would give over so few openings."""

_ERRORS: Final = """\
The error beyond the noise, mean (p - q)² with q the win rate of infinitely many games, by effect of
the opening move. *Bias* is the mean of p - q."""

_ABLATION: Final = """\
Log-loss on a validation part of the training pairs when the model is trained without a group of
features (`dexwatch tune --ablate`). Fits on a part of the data set; the differences are what
counts. Below zero the model without the group came out better. Each fit is made once, with one
seed, and how far seeds lie apart was not measured: differences below a thousandth may be chance.
Groups that seem to gain nothing stay: the games play out what they say, but explanations can name
such reasons by them alone."""

_PARAMETERS: Final = {
    "iterations": "trees that come after those of the facts, and see everything",
    "depth": "questions on the way to a leaf of theirs",
    "learning_rate": "how much of its correction each of them brings in",
    "fact_trees": "trees that come first and see the facts alone, not the kernel's games",
    "fact_depth": "the depth of these",
    "fact_learning_rate": "the learning rate of these",
    "l2_leaf_reg": "how strongly leaves are drawn towards 0",
    "border_count": "thresholds of a feature, at most, that trees choose from",
    "subsample": "share of the rows that each tree looks at",
    "colsample": "share of the features that each split looks at",
    "weight_power": "a row weighs its number of games to this power: 0 for all alike",
    "seed": "of all that is drawn",
    "threads": "that fitted it",
}
"""What :class:`training.fit.Parameters` are for, in a few words."""

_LIMITS: Final = """\
- Both sides follow one fixed policy; a foe who plans ahead or plays at random is not what the
  probabilities are about.
- Level 50, full HP, perfect IVs, no awakening values, neutral nature, no items and no abilities.
- Truth is the Pokémon Showdown simulator (mod `gen7letsgo`); where it departs from the game, so
  does the model.
- Forms and moves are drawn uniformly, not as players use them.
- It is not equally good at all moves: see the errors by effect, and their standard errors, since
  some effects are rare among the judged openings.
- The judged matchups share no pair of forms with the training data, but single forms and moves
  occur in both: nothing here says how it would do on a form it has never met."""


def card(  # noqa: PLR0913  # each part of the card has its own source
    release: ModelRelease,
    report: Report,
    labels: pl.DataFrame,
    *,
    judged_games: int,
    ablation: pl.DataFrame | None = None,
    images: tuple[str, str] | None = None,
) -> str:
    """Write the card in Markdown.

    Args:
        release: what training stated.
        report: how the model was judged.
        labels: the data set it was trained on.
        judged_games: simulated games behind the truth and its repetition.
        ablation: columns of :data:`training.ablation.ABLATION`, if known.
        images: links to the reliability diagram and to the errors by effect; none are shown
            without.

    """
    diagram, errors = images or (None, None)
    parts = [
        "# Model card: Dexwatch win probability",
        (
            f"Trained {release.trained_at:%Y-%m-%d} under feature contract"
            f" `{release.contract_version}` ({len(release.feature_names)} features)."
            f" Model file sha256 `{release.sha256[:12]}`."
        ),
        "## What it answers",
        _USE,
        "## What it learnt from",
        _data(release, labels),
        "## How good it is",
        _MEASURES.format(games=judged_games),
        _comparison(report.qualities),
        "## Calibration",
        _CALIBRATION,
        _calibration(report.reliabilities),
        *_image("Reliability diagram", diagram),
        "## Where it is wrong",
        _ERRORS,
        _errors(report.effects[:SHOWN_EFFECTS]),
        *_image("Error by effect of the opening", errors),
        "The ten openings that make up most of it:",
        _errors(report.moves),
        *_ablation(ablation),
        "## How it was fitted",
        table(
            ("parameter", "value", "meaning"),
            [(name, str(of), _PARAMETERS.get(name, "")) for name, of in release.params.items()],
        ),
        "## Limits",
        _LIMITS,
    ]
    return "\n\n".join(parts) + "\n"


def _data(release: ModelRelease, labels: pl.DataFrame) -> str:
    shares = (
        labels.group_by("population", maintain_order=True)
        .agg(
            pl.col("matchup_id").n_unique().alias("matchups"),
            pl.len().alias("openings"),
            pl.col("games").sum().alias("games"),
            (pl.col("wins").sum() + 0.5 * pl.col("draws").sum()).alias("won"),
        )
        .with_columns(pl.col("won") / pl.col("games"))
    )
    data = release.training_data
    rows = [
        (name, f"{matchups:,}", f"{openings:,}", f"{games:,}", f"{won:.3f}", _meaning(name))
        for name, matchups, openings, games, won in shares.iter_rows()
    ]
    return (
        f"{data.games:,} simulated games of {data.rows:,} openings (sha256 `{data.sha256[:12]}`);"
        " each opening's label is the share of its games that A won, weighted by their number.\n\n"
        + table(("population", "matchups", "openings", "games", _WON, "what it is"), rows)
    )


def _meaning(population: str) -> str:
    """Take the first line that documents a population where it is drawn."""
    draw = populations.POPULATIONS.get(population)
    text = draw.__doc__ if draw is not None else None
    return (text or "").strip().partition("\n")[0].rstrip(".")


def _comparison(qualities: Sequence[Quality]) -> str:
    order = list(dict.fromkeys(quality.population for quality in qualities))
    rows = [
        (
            quality.population,
            _strong(quality.chooser),
            f"{quality.matchups:,}",
            f"{quality.hit:.3f}",
            f"{quality.regret:.4f}",
            _number(quality.brier),
            _number(quality.log_loss),
            ""
            if quality.over_floor is None or quality.chooser == "floor"
            else f"{quality.over_floor:+.4f} ± {quality.over_floor_se:.4f}",
        )
        for quality in sorted(qualities, key=lambda quality: order.index(quality.population))
        if quality.chooser != "random"
    ]
    columns = ("population", "chooser", "matchups", "hit", "regret", "Brier", "log-loss")
    return table((*columns, "over floor"), rows)


def _strong(chooser: str) -> str:
    return f"**{chooser}**" if chooser == MODEL else chooser


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _calibration(reliabilities: Sequence[Reliability]) -> str:
    return table(
        ("population", "openings", "error", "by chance"),
        [
            (part.population, f"{part.rows:,}", f"{part.error:.4f}", f"{part.chance_error:.4f}")
            for part in reliabilities
        ],
    )


def _errors(groups: Sequence[GroupError]) -> str:
    return table(
        (groups[0].kind, "openings", "share of the error", "excess", "bias"),
        [group.cells() for group in groups],
    )


def _image(title: str, link: str | None) -> list[str]:
    return [] if link is None else [f"![{title}]({link})"]


def _ablation(ablation: pl.DataFrame | None) -> list[str]:
    if ablation is None:
        return []
    rows = [
        (row["left_out"], f"{row['features']}", f"{row['log_loss']:.5f}", f"{row['worse']:+.5f}")
        for row in ablation.sort("worse", descending=True).iter_rows(named=True)
    ]
    return [
        "## What the features are worth",
        _ABLATION,
        table(("left out", "features", "log-loss", "worse by"), rows),
    ]
