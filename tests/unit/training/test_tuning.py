"""Fits compared on validation rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import catboost
import numpy as np
import polars as pl
import pytest

from features.contract import FEATURE_NAMES
from features.groups import FEATURES_OF, Group
from training import ablation, dataset, released, tuning
from training.fit import Parameters, fit
from training.search import drawn, search
from training.trial import Trial
from training.validation import Split, for_validation

if TYPE_CHECKING:
    from pathlib import Path

    from features.matchup_frames import MatchupFrames

QUICK = Parameters(iterations=20, depth=3, learning_rate=0.3, threads=1)


@pytest.fixture(scope="module")
def split(frames: MatchupFrames) -> Split:
    """Give a hundredth of the released matchups, split."""
    return Split.of(frames, dataset.read(released.LABELS_FILE), share=0.01, seed=3)


def test_no_pair_of_forms_is_on_both_sides(split: Split) -> None:
    """Neither a validation pair nor a held-out one is learnt from, in either order."""

    def pairs(labels: pl.DataFrame) -> set[frozenset[int]]:
        return {frozenset(pair) for pair in labels.select("pokemon_a_id", "pokemon_b_id").rows()}

    learnt, compared = split.train.labels, split.validation.labels
    assert not pairs(learnt) & pairs(compared)
    assert not pl.concat([learnt, compared]).select(dataset.held_out().any()).item()
    assert compared.height / (learnt.height + compared.height) == pytest.approx(1 / 6, abs=0.05)


def test_validation_pairs_are_chosen_apart_from_held_out_ones() -> None:
    """Of the held-out pairs as many are for validation as of all: the two choices do not meet."""
    pairs = pl.DataFrame(
        [(a, b) for a in range(1, 152) for b in range(a, 152)],
        schema={"pokemon_a_id": pl.Int32, "pokemon_b_id": pl.Int32},
        orient="row",
    )
    share = pairs.filter(dataset.held_out()).select(for_validation().mean()).item()
    assert share == pytest.approx(1 / 6, abs=0.04)


def test_too_few_matchups_are_refused(frames: MatchupFrames) -> None:
    """A share that leaves nothing to compare on is an error, not a division by zero."""
    labels = dataset.read(released.LABELS_FILE).head(4)
    with pytest.raises(ValueError, match="too few"):
        Split.of(frames, labels, share=1.0, seed=1)


def test_a_search_can_be_repeated(split: Split) -> None:
    """The same seed gives the same trials with the same losses; the first has the defaults."""
    first, second = ([*search(split, 5, 2, trees=15)] for _ in range(2))
    assert [trial.parameters for trial in first] == [trial.parameters for trial in second]
    assert [trial.log_loss for trial in first] == [trial.log_loss for trial in second]
    assert first[0].parameters == Parameters(iterations=15)
    assert first[1].parameters != drawn(6, 1, trees=15)


def test_more_trees_than_help_are_cut(split: Split) -> None:
    """A fit that is compared on validation rows ends where those stop getting better."""
    greedy = replace(QUICK, iterations=600, depth=6, learning_rate=0.6)
    model = fit(split.train, greedy, validation=split.validation)
    assert 0 < model.tree_count_ < 600


def test_the_first_trees_know_nothing_of_the_games(split: Split) -> None:
    """A model of fact trees alone gives the games no contribution; a whole one does."""
    games = [place for place, name in enumerate(FEATURE_NAMES) if name in FEATURES_OF[Group.GAMES]]
    rows = catboost.Pool(np.ascontiguousarray(split.validation.features.to_numpy()[:50]))
    facts = fit(split.train, replace(QUICK, iterations=1, learning_rate=1e-6, fact_trees=20))
    whole = fit(split.train, QUICK)
    shares = [model.get_feature_importance(rows, type="ShapValues") for model in (facts, whole)]
    assert np.abs(shares[0][:, games]).max() < 1e-4
    assert np.abs(shares[0]).max() > 0.1
    assert np.abs(shares[1][:, games]).max() > 0.1


def test_an_ablation_leaves_out_each_group_in_turn(split: Split, tmp_path: Path) -> None:
    """There is a fit with everything and one without each group; the table is read back."""
    trials = [*ablation.ablate(split, QUICK)]
    table = ablation.table(trials)
    with pytest.raises(ValueError, match="more time"):
        ablation.table(trials[:-1])
    left_out = {row["left_out"]: row for row in table.iter_rows(named=True)}
    assert set(left_out) == {ablation.NOTHING, *FEATURES_OF}
    assert left_out[ablation.NOTHING]["worse"] == 0.0
    for group, names in FEATURES_OF.items():
        assert left_out[group]["features"] == len(names)
    # Without what tells who wins, the loss grows by far more than chance.
    assert table["worse"].max() > 0.002  # type: ignore[operator]  # the column is of numbers
    table.write_csv(tmp_path / "ablation.csv")
    assert ablation.read(tmp_path / "ablation.csv").equals(table)  # type: ignore[union-attr]  # it exists
    assert ablation.read(tmp_path / "none.csv") is None
    older = table.with_columns(contract_version=pl.lit("0-0"))
    older.write_csv(tmp_path / "older.csv")
    assert ablation.read(tmp_path / "older.csv") is None


def _trial(name: str, log_loss: float, trees: float) -> Trial:
    return Trial(name, QUICK, 133, {"log_loss": log_loss, "trees": trees, "seconds": 1.0})


def test_the_best_trial_gives_its_parameters_and_trees(tmp_path: Path) -> None:
    """What a search writes is read back as it was, with the trees that proved best."""
    trials = [_trial("a", 0.3, 10.0), _trial("b", 0.2, 17.0)]
    parameters = tuning.best_parameters(trials)
    assert parameters == replace(QUICK, iterations=17)
    tuning.write_parameters(parameters, tmp_path / "best.json")
    assert tuning.read_parameters(tmp_path / "best.json") == parameters
    assert tuning.table(trials)["trial"].to_list() == ["b", "a"]


def test_another_file_holds_no_parameters(tmp_path: Path) -> None:
    """The file is named when it is malformed."""
    path = tmp_path / "other.json"
    path.write_text('{"depth": "deep"}')
    with pytest.raises(ValueError, match=r"other\.json"):
        tuning.read_parameters(path)
