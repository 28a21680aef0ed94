"""From captured questions to plans of matchups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from battles.tasks import PLAN
from drift.judge import compare_features
from etl.snapshot import load_dex
from lifecycle.asked import latest, plan, plans, questions
from training import dataset, reference, released
from training.dataset import held_out

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from features.counts import Counts
    from features.matchup_frames import MatchupFrames
    from lifecycle.evidence import Rated

_SCHEMA = {
    "pokemon_a_id": pl.Int32,
    "pokemon_b_id": pl.Int32,
    "available_moves": pl.List(pl.String),
    "available_moves_b": pl.List(pl.String),
}


def _file(path: Path, *rows: tuple[int, int, list[str], list[str] | None]) -> Path:
    pl.DataFrame(list(rows), schema=_SCHEMA, orient="row").with_columns(extra=1.0).write_parquet(
        path
    )
    return path


def test_the_same_question_counts_once_however_it_is_put(tmp_path: Path) -> None:
    """Neither the order nor a repetition of moves makes another question; known moves of B do."""
    files = [
        _file(tmp_path / "1.parquet", (1, 25, ["surf", "tackle"], None), (4, 7, ["ember"], None)),
        _file(
            tmp_path / "2.parquet",
            (1, 25, ["tackle", "surf", "surf"], None),
            (1, 25, ["surf", "tackle"], ["thunder-shock"]),
        ),
    ]
    asked = questions(files, 10)
    assert asked.height == 3
    assert asked.row(0, named=True)["available_moves"] == ["surf", "tackle"]
    assert asked["times"].to_list() == [2, 1, 1]
    assert questions(files, 1).height == 1
    assert questions([], 10).is_empty()


def test_questions_of_many_moves_are_fewer(tmp_path: Path) -> None:
    """Each move is played, so whoever names twenty in each cannot keep the simulator for hours."""
    learnset = [f"move-{number}" for number in range(20)]
    rows = [(form, 25, learnset, None) for form in range(1, 101)]
    asked = questions([_file(tmp_path / "1.parquet", *rows)], 50)
    assert asked.height == 10
    few = [(form, 25, learnset[:4], None) for form in range(1, 101)]
    assert questions([_file(tmp_path / "2.parquet", *few)], 50).height == 50


def test_a_file_that_cannot_be_read_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A damaged file, one of other columns and one that has gone cost their own rows alone."""
    (tmp_path / "2.parquet").write_bytes(b"damaged")
    pl.DataFrame({"something": ["else"]}).write_parquet(tmp_path / "3.parquet")
    _file(tmp_path / "1.parquet", (1, 25, ["surf"], None))
    _file(tmp_path / "5.parquet", (1, 25, ["surf"], None))

    asked = questions([tmp_path / f"{number}.parquet" for number in range(1, 6)], 10)

    assert asked["times"].to_list() == [2]
    assert [f"{number}.parquet cannot be read" in caplog.text for number in range(1, 6)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_the_newest_count_where_too_many_are_asked(tmp_path: Path) -> None:
    """Older files are not read once as many different questions are counted as may be."""
    files = [
        _file(tmp_path / f"{number}.parquet", (number, 25, ["surf"], None), (9, 9, ["surf"], None))
        for number in range(1, 5)
    ]

    asked = questions(files, 2, at_once=3)

    assert asked.select("pokemon_a_id", "times").rows() == [(9, 2), (3, 1)]
    assert questions(files, 10).height == 5


def test_plans_are_what_the_simulator_plays(tmp_path: Path, frames: MatchupFrames) -> None:
    """Moves are ids in order, every one of A's an opening; open questions get all B may have."""
    asked = questions(
        [
            _file(
                tmp_path / "1.parquet",
                (1, 25, ["tackle", "surf"], None),
                (4, 7, ["ember"], ["water-gun", "tackle"]),
                (4, 7, ["hyperspace-fury"], None),
                (4242, 7, ["ember"], None),
            )
        ],
        10,
    )
    plan = pl.concat(plans(asked, load_dex(), frames)).sort("pokemon_a_id")
    assert plan.schema == PLAN
    first, second = plan.iter_rows(named=True)
    assert first["moves_a"] == first["openings"] == [33, 57]
    assert not first["b_known"]
    assert len(first["moves_b"]) > 4
    assert second["b_known"]
    assert second["moves_b"] == [33, 55]


def test_the_latest_questions_are_taken_as_often_as_they_were_asked(tmp_path: Path) -> None:
    """From whole files, the newest first, until there are enough; one that is broken is left."""
    newest = _file(tmp_path / "3.parquet", *[(1, 25, ["surf", "tackle"], None)] * 3)
    broken = tmp_path / "2.parquet"
    broken.write_bytes(b"no parquet")
    oldest = _file(tmp_path / "1.parquet", (4, 7, ["ember"], ["tackle"]))
    assert latest([newest, broken, oldest], 3)["pokemon_a_id"].to_list() == [1, 1, 1]
    assert latest([newest, broken, oldest], 4)["pokemon_a_id"].to_list() == [1, 1, 1, 4]
    assert latest([], 4).is_empty()


def test_what_is_asked_now_is_what_drift_is_measured_from(
    tmp_path: Path, frames: MatchupFrames, champion: Rated
) -> None:
    """Under such a baseline the same questions are steady, which under training they are not."""
    forms = load_dex().forms["form_id"].to_list()
    rows = [(a, b, ["tackle", "surf", "ember"], None) for a in (1, 4, 7, 25) for b in forms]
    both = [_file(tmp_path / f"{half}.parquet", *rows[half::2]) for half in (0, 1)]
    before, now = (
        reference.build(
            frames,
            champion.predictor,
            reference.unplayed(plan(latest([path], 1), load_dex(), frames)),
        )
        for path in both
    )
    labels = dataset.read(released.LABELS_FILE)
    some = labels["matchup_id"].unique().sample(2_000, seed=3)
    trained = reference.build(
        frames, champion.predictor, labels.filter(pl.col("matchup_id").is_in(some.implode()))
    )

    def moved(baseline: Counts) -> int:
        return sum(one.drifted for one in compare_features(baseline, now.baseline))

    assert moved(trained.baseline) > 20
    asked = reference.baseline(trained.baseline, before.baseline)
    assert not moved(asked)
    assert asked.rows == len(rows) // 2
    assert set(asked.forms_b) == set(trained.baseline.forms_b) | set(before.baseline.forms_b)


def test_what_is_judged_by_is_never_learnt_from(tmp_path: Path, frames: MatchupFrames) -> None:
    """The two plans share no pair of forms, and nothing that is held out is learnt from."""
    rows = [(a, b, ["tackle"], None) for a in range(1, 40) for b in range(1, 40)]
    asked = questions([_file(tmp_path / "1.parquet", *rows)], 10_000)
    to_learn, to_judge = plans(asked, load_dex(), frames)
    assert to_learn.height + to_judge.height == len(rows)
    assert to_learn.filter(held_out()).is_empty()
    assert to_judge.filter(~held_out()).is_empty()
    assert 0.05 < to_judge.height / len(rows) < 0.2
    learnt = dataset.read(released.LABELS_FILE).filter(~held_out())
    assert learnt.join(to_judge, on=["pokemon_a_id", "pokemon_b_id"], how="semi").is_empty()
