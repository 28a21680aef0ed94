"""From counts to a report: what has moved, and whether it is more than chance and more than little.

A feature has drifted when its test says so after correction for all features at once, and it lies
apart by more than :data:`LEAST_PSI`. The levels of all tests together bound the share of undrifted
windows that are called drifted: see docs/drift.md.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from drift import concept
from drift.report import (
    DriftReason,
    DriftReport,
    FeatureDrift,
    Forms,
    PredictionDrift,
    Quality,
    Verdict,
)
from drift.statistics import compare, holm
from features.bins import NULL, OUTSIDE, bins
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from drift.report import ConceptDrift, Volume
    from drift.window import Window
    from features.counts import Counts

LEAST_ROWS: Final = 200
"""Predictions, for a verdict."""
LEAST_BASELINE_ROWS: Final = 1_000
LEVEL_FEATURES: Final = 0.002
"""Chance that any feature of an undrifted window is called drifted."""
LEVEL_PREDICTIONS: Final = 0.001
LEAST_PSI: Final = 0.02
"""What 7 rows of 100 come to that moved from one side of the median to the other."""
HARDLY_SEEN: Final = 5
"""A form with fewer rows of the baseline, on its side, is unseen."""
MOST_UNSEEN: Final = 0.01
"""Share of the forms asked about that may be unseen."""
MOST_BROKEN: Final = 0.001
"""Share of a feature's values that may be null or outside its range."""


def judge(  # noqa: PLR0913  # what a report is made of
    window: Window,
    baseline: Counts | None,
    outcomes: Mapping[str, Mapping[tuple[float, str], int]],
    volume: Volume,
    *,
    model_version: str,
    now: datetime,
    began: float,
) -> DriftReport:
    """Make the report of a window.

    Args:
        window: the predictions of the version.
        baseline: what was counted of the population that the version was trained for.
        outcomes: by version, how many predictions there are by win probability and winner.
        volume: of all predictions.
        model_version: the version that answers.
        now: the time of the report.
        began: when its making began, on the monotonic clock.

    """
    counts = window.tally.counts if window.tally else None
    rows = counts.rows if counts else 0
    features: list[FeatureDrift] = []
    predictions = forms = None
    trouble = _unusable(baseline)
    if counts is not None and baseline is not None and trouble is None and rows >= LEAST_ROWS:
        features = compare_features(baseline, counts)
        predictions = _predictions(baseline, counts)
        forms = _forms(baseline, counts)
    quality = _quality(counts) if counts else None
    judged = [
        found
        for version, by_answer in sorted(outcomes.items())
        if (found := concept.judge(version, by_answer)) is not None
    ]
    reasons = _reasons(features, predictions, forms, quality, judged, model_version)
    verdict = _verdict(rows, reasons, comparable=trouble is None)
    return DriftReport(
        verdict=verdict,
        reasons=reasons,
        detail=_detail(verdict, reasons, features, rows, trouble),
        model_version=model_version,
        since=window.tally.first if window.tally else None,
        until=window.tally.last if window.tally else None,
        rows=rows,
        baseline_rows=baseline.rows if baseline else 0,
        skipped_files=window.skipped,
        features=features,
        predictions=predictions,
        concept=judged,
        forms=forms,
        quality=quality,
        volume=volume,
        computed_at=now,
        seconds=round(monotonic() - began, 4),
    )


def compare_features(baseline: Counts, window: Counts) -> list[FeatureDrift]:
    """Compare every feature, in the order of the contract."""
    compared = [
        compare(baseline.feature(position), window.feature(position))
        for position in range(len(FEATURE_NAMES))
    ]
    corrected = holm([one.p for one in compared])
    return [
        FeatureDrift(
            name=name,
            psi=round(one.psi, 5),
            p=float(f"{p:.3g}"),
            drifted=p < LEVEL_FEATURES and one.psi > LEAST_PSI,
        )
        for name, one, p in zip(FEATURE_NAMES, compared, corrected, strict=True)
    ]


def _unusable(baseline: Counts | None) -> str | None:
    """Say why a baseline cannot be compared with."""
    if baseline is None:
        return "the model carries no baseline: train it anew with this release"
    if baseline.bins != bins().version:
        return f"the model's baseline is of bins {baseline.bins}, these are {bins().version}"
    if baseline.rows < LEAST_BASELINE_ROWS:
        return f"the model's baseline has {baseline.rows} rows, {LEAST_BASELINE_ROWS} are needed"
    return None


def _predictions(baseline: Counts, window: Counts) -> PredictionDrift:
    compared = compare(baseline.win_probabilities, window.win_probabilities)
    return PredictionDrift(
        psi=round(compared.psi, 5),
        p=float(f"{compared.p:.3g}"),
        drifted=compared.p < LEVEL_PREDICTIONS and compared.psi > LEAST_PSI,
        baseline=_shares(baseline.win_probabilities),
        window=_shares(window.win_probabilities),
    )


def _shares(counts: Sequence[int]) -> list[float]:
    return [round(count / sum(counts), 5) for count in counts]


def _forms(baseline: Counts, window: Counts) -> Forms:
    unseen: dict[int, int] = {}
    for known, asked in (
        (baseline.forms_a, window.forms_a),
        (baseline.forms_b, window.forms_b),
    ):
        for form, rows in asked.items():
            if known.get(form, 0) < HARDLY_SEEN:
                unseen[form] = unseen.get(form, 0) + rows
    share = sum(unseen.values()) / (2 * window.rows)
    return Forms(unseen=unseen, share=round(share, 5), drifted=share > MOST_UNSEEN)


def _quality(counts: Counts) -> Quality:
    null, outside = (
        {
            name: broken
            for position, name in enumerate(FEATURE_NAMES)
            if (broken := counts.feature(position)[place])
        }
        for place in (NULL, OUTSIDE)
    )
    worst = max([*null.values(), *outside.values()], default=0)
    return Quality(null=null, outside=outside, failed=worst > MOST_BROKEN * counts.rows)


def _reasons(  # noqa: PLR0913, PLR0917  # one for each
    features: Sequence[FeatureDrift],
    predictions: PredictionDrift | None,
    forms: Forms | None,
    quality: Quality | None,
    judged: Sequence[ConceptDrift],
    model_version: str,
) -> list[DriftReason]:
    # An earlier version's feedback is told, and moves nothing: it does not answer any more.
    own = [one for one in judged if one.model_version == model_version]
    moved = {
        DriftReason.FEATURES: any(feature.drifted for feature in features),
        DriftReason.PREDICTIONS: predictions is not None and predictions.drifted,
        DriftReason.CONCEPT: any(one.drifted for one in own),
        DriftReason.FORMS: forms is not None and forms.drifted,
        DriftReason.QUALITY: quality is not None and quality.failed,
    }
    return [reason for reason, so in moved.items() if so]


def _verdict(rows: int, reasons: Sequence[DriftReason], *, comparable: bool) -> Verdict:
    if reasons:
        return Verdict.DRIFTED
    if not rows:
        return Verdict.NO_DATA
    if not comparable:
        return Verdict.UNKNOWN
    return Verdict.STEADY if rows >= LEAST_ROWS else Verdict.TOO_FEW


def _detail(
    verdict: Verdict,
    reasons: Sequence[DriftReason],
    features: Sequence[FeatureDrift],
    rows: int,
    trouble: str | None,
) -> str:
    match verdict:
        case Verdict.NO_DATA:
            return "no file holds a prediction of this model in the window"
        case Verdict.TOO_FEW:
            return f"{rows} predictions are too few for a verdict: {LEAST_ROWS} are needed"
        case Verdict.UNKNOWN:
            return trouble or "there is nothing to compare with"
        case Verdict.STEADY:
            return f"{rows} predictions are like those that the model was trained for"
        case Verdict.DRIFTED:
            said = ", ".join(reasons)
            moved = sum(feature.drifted for feature in features)
            return f"{said}: {moved} of {len(FEATURE_NAMES)} features moved" if moved else said
