"""Where a model is wrong, by effect of the opening."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from features.dex import MOVES
from training import errors
from training.calibration import reliability
from training.dataset import LABELS
from training.judged import Judged
from training.move_effects import EFFECTS, NO_EFFECT, PLAIN_ATTACK, opening_effects

if TYPE_CHECKING:
    from features.dex import Dex
    from features.matchup_frames import MatchupFrames

TACKLE, TOXIC = 33, 92


@pytest.fixture
def judged(frames: MatchupFrames) -> Judged:
    """Give 200 matchups of two openings, Tackle and Toxic, simulated twice."""
    generator = np.random.default_rng(1)
    rows = [
        (number, "closed", 6, 9, [TACKLE, TOXIC], [57], True, opening, 200, 0, 0)
        for number in range(200)
        for opening in (TACKLE, TOXIC)
    ]
    labels = pl.DataFrame(rows, schema=LABELS, orient="row")

    def played() -> pl.DataFrame:
        return labels.with_columns(
            wins=pl.Series(generator.binomial(200, 0.5, labels.height), dtype=pl.Int32)
        )

    return Judged.of(frames, played(), played())


def test_every_move_has_a_label_and_every_label_a_move(dex: Dex) -> None:
    """No rule is shadowed by the ones before it, and no move stays without one."""
    labelled = opening_effects(dex.moves)
    assert set(labelled["effect"]) == set(EFFECTS)
    assert labelled["opening"].equals(dex.moves["move_id"], check_names=False)


@pytest.mark.parametrize(
    ("move", "effect"),
    [
        ("Tackle", PLAIN_ATTACK),
        ("Splash", NO_EFFECT),
        ("Toxic", "inflicts poison"),
        ("Sludge", "may poison"),
        ("Skull Bash", "charges"),
        ("Dig", "charges, out of reach"),
        ("Explosion", "self-KO"),
        ("Fissure", "one-hit KO"),
        ("Swords Dance", "raises own stages"),
        ("Glitzy Glow", "screen"),
        ("Night Shade", "fixed damage"),
        ("Fake Out", "conditional"),
    ],
)
def test_a_move_is_named_by_what_decides_the_duel(dex: Dex, move: str, effect: str) -> None:
    """The label is the move's foremost effect."""
    labelled = opening_effects(dex.moves)
    assert labelled.filter(pl.col("move") == move)["effect"].to_list() == [effect]


def test_rules_read_only_columns_of_the_dex() -> None:
    """Each rule stands on the table contract of moves."""
    for rule in EFFECTS.values():
        assert set(rule.meta.root_names()) <= set(MOVES)


def test_the_error_is_found_where_it_is(judged: Judged, dex: Dex) -> None:
    """A model that is 10 points too high on Toxic alone shows it there, with its sign."""
    predicted = np.where(judged.examples.labels["opening"] == TOXIC, 0.6, 0.5)
    poison, plain = errors.by_effect(judged, predicted, dex.moves)
    assert (poison.group, plain.group) == ("inflicts poison", PLAIN_ATTACK)
    assert poison.excess == pytest.approx(0.01, abs=4 * poison.excess_se)
    assert poison.bias == pytest.approx(0.1, abs=4 * poison.bias_se)
    assert plain.excess == pytest.approx(0.0, abs=4 * plain.excess_se)
    assert poison.share + plain.share == pytest.approx(1.0)
    assert [group.group for group in errors.by_move(judged, predicted, dex.moves)] == [
        "Toxic",
        "Tackle",
    ]


def test_calibrated_predictions_err_by_chance_alone(judged: Judged) -> None:
    """The calibration error of true chances is near its noise, that of shifted ones is not."""
    calibrated = reliability(judged, np.full(400, 0.5))[0]
    shifted = reliability(judged, np.full(400, 0.6))[0]
    assert calibrated.error < 4 * calibrated.chance_error
    assert shifted.error == pytest.approx(0.1, abs=0.01)
    assert [part.population for part in reliability(judged, np.full(400, 0.5))] == ["all", "closed"]


def test_a_certain_prediction_falls_into_the_last_bin(judged: Judged) -> None:
    """A probability of 1 belongs to the bin from 0.9 to 1."""
    (only,) = reliability(judged, np.ones(400))[0].bins
    assert (only.low, only.high, only.rows) == (0.9, 1.0, 400)


def test_another_simulation_of_other_matchups_is_refused(frames: MatchupFrames) -> None:
    """The floor must be of the same rows as the truth."""
    rows = [(1, "closed", 6, 9, [TACKLE], [57], True, TACKLE, 10, 1, 0)]
    truth = pl.DataFrame(rows, schema=LABELS, orient="row")
    other = truth.with_columns(matchup_id=pl.lit(2, pl.Int64))
    with pytest.raises(ValueError, match="not of the same"):
        Judged.of(frames, truth, other)


def test_pooling_weighs_by_games(judged: Judged) -> None:
    """A simulation of three times as many games counts three times."""
    longer = replace(judged, again=np.ones(400), again_games=np.full(400, 600, dtype=np.int32))
    expected = (judged.examples.win_rate + 3) / 4
    assert longer.pooled == pytest.approx(expected)
