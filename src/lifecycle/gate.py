"""The gate: every check that a challenger must pass before it may serve.

A check compares with the champion on the same rows and in the same run. Margins are what may be
lost without anybody noticing. Where there are plenty of rows, doubt speaks against the challenger;
where there are few, for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from features.contract import CONTRACT_VERSION
from training.move_effects import opening_effects

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from lifecycle.evidence import Comparison, Evidence

Z_ONE_SIDED: Final = 1.645
"""95 % on one side."""
Z_SLICES: Final = 3.0
"""Stricter, as some thirty slices are looked at."""
BRIER_MARGIN: Final = 0.001
ASKED_MARGIN: Final = 0.002
SLICE_MARGIN: Final = 0.005
REGRET_MARGIN: Final = 0.001
CALIBRATION_MARGIN: Final = 0.005
ADDED_UP: Final = 2.0
"""Times these margins may be lost since the release, over however many promotions."""
FEWEST_ROWS: Final = 100
"""Of a slice."""
SLOWER: Final = 1.5
LARGER: Final = 2.0
"""Times as slow, or as large, as the champion."""
MOST_BYTES: Final = 20_000_000
SHADOW_DIFFERENCE: Final = 0.05
SHADOW_SLOW: Final = 0.01
FEWEST_WINDOWS: Final = 10
"""Of a few seconds of a process each, in one of which a shadow may have been held up."""


class Finding(NamedTuple):
    """What a check has found."""

    check: str
    passed: bool
    says: str


def feature_contract(evidence: Evidence) -> tuple[bool, str]:
    """Require the features that this code computes."""
    theirs = evidence.challenger.manifest.contract_version
    return theirs == CONTRACT_VERSION, f"contract {theirs}, this code computes {CONTRACT_VERSION}"


def frozen_quality(evidence: Evidence) -> tuple[bool, str]:
    """Require a Brier score surely within a margin of the champion's, on the frozen truth."""
    difference, error = evidence.frozen.brier_difference()
    passed = difference + Z_ONE_SIDED * error <= BRIER_MARGIN
    return passed, f"Brier score {difference:+.5f} ± {error:.5f} against the champion's"


def frozen_regret(evidence: Evidence) -> tuple[bool, str]:
    """Require choices that give away no more than the champion's, on the frozen truth."""
    champion, challenger = evidence.frozen.regrets()
    passed = challenger <= champion + REGRET_MARGIN
    return passed, f"regret {challenger:.5f}, the champion's {champion:.5f}"


def asked_quality(evidence: Evidence) -> tuple[bool, str]:
    """Refuse what is surely worse, or was not tried, on matchups that production asked about."""
    if evidence.asked is None:
        return False, "no matchups that production asked about were played, as a retraining does"
    difference, error = evidence.asked.brier_difference()
    passed = not _surely_worse(difference, error, ASKED_MARGIN, Z_ONE_SIDED)
    rows = evidence.asked.examples.labels.height
    return passed, f"Brier score {difference:+.5f} ± {error:.5f} over {rows:,} openings"


def calibration(evidence: Evidence) -> tuple[bool, str]:
    """Require probabilities that are as true as the champion's, on the frozen truth."""
    champion, challenger = evidence.frozen.calibration_errors()
    passed = challenger <= champion + CALIBRATION_MARGIN
    return passed, f"calibration error {challenger:.4f}, the champion's {champion:.4f}"


def cumulative_loss(evidence: Evidence) -> tuple[bool, str]:
    """Require that what one promotion may lose does not add up over many, on the frozen truth."""
    difference, error = evidence.since_release.brier_difference()
    regret_before, regret = evidence.since_release.regrets()
    calibration_before, calibrated = evidence.since_release.calibration_errors()
    passed = (
        difference + Z_ONE_SIDED * error <= ADDED_UP * BRIER_MARGIN
        and regret <= regret_before + ADDED_UP * REGRET_MARGIN
        and calibrated <= calibration_before + ADDED_UP * CALIBRATION_MARGIN
    )
    return passed, (
        f"since the release: Brier score {difference:+.5f} ± {error:.5f},"
        f" regret {regret - regret_before:+.5f},"
        f" calibration error {calibrated - calibration_before:+.4f}"
    )


def worst_slice(evidence: Evidence) -> tuple[bool, str]:
    """Refuse what is surely worse for one population, or for openings of one effect."""
    found = [
        (difference, error, name)
        for name, rows in _slices(evidence.frozen, evidence)
        if rows.sum() >= FEWEST_ROWS
        for difference, error in [evidence.frozen.brier_difference(rows)]
    ]
    worse = [part for part in found if _surely_worse(*part[:2], SLICE_MARGIN, Z_SLICES)]
    difference, error, name = max(worse or found)
    return not worse, f"{name}: Brier score {difference:+.5f} ± {error:.5f}, of {len(found)} slices"


def latency(evidence: Evidence) -> tuple[bool, str]:
    """Require a prediction that takes hardly longer than the champion's."""
    champion, challenger = evidence.seconds
    ratio = challenger / champion
    return ratio <= SLOWER, f"takes {ratio:.2f} times as long as the champion"


def size(evidence: Evidence) -> tuple[bool, str]:
    """Require a model that every worker has room for."""
    champion, challenger = evidence.champion.bytes, evidence.challenger.bytes
    passed = challenger <= min(MOST_BYTES, LARGER * champion)
    return passed, f"{challenger:,} bytes, the champion {champion:,}"


def shadow(evidence: Evidence) -> tuple[bool, str]:
    """Require enough live predictions beside the champion, without failures, near its own."""
    seen = evidence.shadow
    if seen.predictions < evidence.shadow_predictions:
        return False, (
            f"{seen.predictions:,} of {evidence.shadow_predictions:,} live predictions scored"
        )
    difference = seen.difference / seen.predictions
    held_up_once = seen.slow_windows == 1 and seen.windows >= FEWEST_WINDOWS
    passed = (
        not seen.failures
        and difference <= SHADOW_DIFFERENCE
        and (held_up_once or seen.slow <= SHADOW_SLOW * seen.predictions)
    )
    return passed, (
        f"{seen.predictions:,} live predictions, {seen.failures} failed, {seen.slow} slow,"
        f" {difference:.4f} from the champion's on average, another move in"
        f" {seen.disagreements / seen.predictions:.1%}"
    )


CHECKS: Final = (
    feature_contract,
    frozen_quality,
    frozen_regret,
    asked_quality,
    calibration,
    cumulative_loss,
    worst_slice,
    latency,
    size,
    shadow,
)
"""The whole gate."""


def judge(evidence: Evidence, *, skipped: Sequence[str] = ()) -> list[Finding]:
    """Do every check but those whose names are ``skipped``; the challenger passes if all do."""
    return [
        Finding(check.__name__, *check(evidence))
        for check in CHECKS
        if check.__name__ not in skipped
    ]


def _surely_worse(difference: float, error: float, margin: float, z: float) -> bool:
    return difference > margin and difference > z * error


def _slices(comparison: Comparison, evidence: Evidence) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    labels = comparison.examples.labels
    effects = labels.select("opening").join(
        opening_effects(evidence.moves), on="opening", how="left", maintain_order="left"
    )
    for kind, column in (("population", labels["population"]), ("effect", effects["effect"])):
        for value in column.unique(maintain_order=True).drop_nulls():
            yield f"{kind} {value}", (column == value).fill_null(value=False).to_numpy()
