"""What a report says of a window, and when it says nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from capture.tally import Tally
from drift.judge import LEAST_BASELINE_ROWS, LEAST_ROWS, judge
from drift.report import DriftReason, DriftReport, Verdict, Volume
from drift.window import Window
from features.bins import FIRST, NULL, OUTSIDE, bins
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from features.counts import Counts

NOON = datetime(2026, 1, 30, 12, tzinfo=UTC)


def _report(
    counts: Counts | None,
    baseline: Counts | None,
    outcomes: Mapping[str, Mapping[tuple[float, str], int]] | None = None,
) -> DriftReport:
    tally = counts and Tally(first=NOON - timedelta(hours=1), last=NOON, slots={}, counts=counts)
    return judge(
        Window(tally, skipped=0),
        baseline,
        outcomes or {},
        Volume(last_hour=100, usual=90.0),
        model_version="v1",
        now=NOON,
        began=monotonic(),
    )


def test_an_undrifted_window_is_steady(baseline: Counts, draw: Callable[..., Counts]) -> None:
    """All features are told, none of them moved."""
    report = _report(draw(1_000, 1), baseline)

    assert report.verdict is Verdict.STEADY
    assert report.reasons == []
    assert [feature.name for feature in report.features] == list(FEATURE_NAMES)
    assert report.drifted_features == []
    assert (report.rows, report.baseline_rows) == (1_000, baseline.rows)
    assert report.volume.ratio == pytest.approx(100 / 90)


def test_features_that_move_are_named(baseline: Counts, draw: Callable[..., Counts]) -> None:
    """Those and no others, and the verdict says why."""
    moved = {FEATURE_NAMES.index(name) for name in ("b_known", "a_hp")}
    report = _report(draw(400, 2, moved), baseline)

    assert report.verdict is Verdict.DRIFTED
    assert report.reasons == [DriftReason.FEATURES]
    assert {feature.name for feature in report.drifted_features} == {"b_known", "a_hp"}
    assert report.detail == "features: 2 of 133 features moved"


def test_significant_but_trivial_is_steady(baseline: Counts, draw: Callable[..., Counts]) -> None:
    """A million rows show any difference; one of a few rows in a thousand is none that matters."""
    counts = draw(1_000_000, 3)
    start = bins().starts[FEATURE_NAMES.index("b_known")] + FIRST
    features = counts.features.copy()
    features[start] += 30_000
    features[start + 1] -= 30_000

    report = _report(replace(counts, features=features), baseline)

    found = report.features[FEATURE_NAMES.index("b_known")]
    assert found.p < 1e-6
    assert not found.drifted
    assert report.verdict is Verdict.STEADY


def test_too_few_rows_give_no_verdict(baseline: Counts, draw: Callable[..., Counts]) -> None:
    """However far they lie apart; and none at all say that there are none."""
    report = _report(draw(LEAST_ROWS - 1, 4, {0}), baseline)
    assert report.verdict is Verdict.TOO_FEW
    assert report.features == []
    assert f"{LEAST_ROWS} are needed" in report.detail
    assert _report(None, baseline).verdict is Verdict.NO_DATA


def test_without_a_baseline_nothing_is_known(baseline: Counts, draw: Callable[..., Counts]) -> None:
    """A model from before there was one, one of other bins, and a tiny one: each says so."""
    counts = draw(1_000, 5)
    for lacking, words in (
        (None, "carries no baseline"),
        (replace(baseline, bins="other"), "is of bins other"),
        (replace(baseline, rows=LEAST_BASELINE_ROWS - 1), "999 rows"),
    ):
        report = _report(counts, lacking)
        assert report.verdict is Verdict.UNKNOWN
        assert words in report.detail


def test_answers_that_move_are_a_reason(baseline: Counts, draw: Callable[..., Counts]) -> None:
    """Though every feature stays."""
    counts = replace(draw(1_000, 6), win_probabilities=[100] * 10)
    report = _report(counts, baseline)
    assert report.reasons == [DriftReason.PREDICTIONS]
    assert report.predictions is not None
    assert report.predictions.window == [0.1] * 10


def test_unseen_forms_are_a_reason(baseline: Counts, draw: Callable[..., Counts]) -> None:
    """One row in a hundred is; fewer are told."""
    few = replace(draw(1_000, 7), forms_a={1: 990, 4242: 10})
    many = replace(draw(1_000, 7), forms_a={1: 970, 4242: 30})
    for counts, reasons in ((few, []), (many, [DriftReason.FORMS])):
        report = _report(counts, baseline)
        assert report.reasons == reasons
        assert report.forms is not None
        assert report.forms.unseen == {4242: counts.forms_a[4242]}


@pytest.mark.parametrize("place", [NULL, OUTSIDE])
def test_broken_values_are_a_reason(
    baseline: Counts, draw: Callable[..., Counts], place: int
) -> None:
    """Also when there are too few rows for anything else."""
    counts = draw(50, 8)
    features = counts.features.copy()
    features[bins().starts[3] + place] += 2
    report = _report(replace(counts, features=features), baseline)
    assert report.reasons == [DriftReason.QUALITY]
    assert report.quality is not None
    found = (report.quality.null, report.quality.outside)[place]
    assert found == {FEATURE_NAMES[3]: 2}


def test_only_the_version_that_answers_can_drift(
    baseline: Counts, draw: Callable[..., Counts]
) -> None:
    """An earlier version's feedback is shown, and is no reason any more."""
    wrong = {(0.9, "B"): 300, (0.9, "A"): 100}
    earlier = _report(draw(1_000, 9), baseline, {"v0": wrong})
    now = _report(draw(1_000, 9), baseline, {"v0": {(0.9, "A"): 1}, "v1": wrong})
    assert [one.drifted for one in earlier.concept] == [True]
    assert earlier.verdict is Verdict.STEADY
    assert [one.model_version for one in now.concept] == ["v0", "v1"]
    assert now.reasons == [DriftReason.CONCEPT]


def test_a_report_comes_back_from_its_json(baseline: Counts, draw: Callable[..., Counts]) -> None:
    """It is stored so, and read by a service that knows no statistics."""
    report = _report(draw(1_000, 10, {0, 5}), baseline, {"v1": {(0.5, "draw"): 3}})
    assert msgspec.json.decode(msgspec.json.encode(report), type=DriftReport) == report
