"""Watch a promoted model: live signals against those of the champion before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from features.contract import FEATURE_NAMES
from storage.feedback_store import REACHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.lookup import PredictionLookup
    from inference.predictor import Predictor
    from storage.feedback_store import Feedback
    from storage.live_store import LiveSums

FEWEST_JUDGED: Final = 50
"""Battles whose winner was told, before they count."""
BRIER_MARGIN: Final = 0.005
Z_WORSE: Final = 3.0
"""Strict, as it is looked at again and again while the model is watched."""
FEWEST_PREDICTIONS: Final = 100
MOST_FAILURES: Final = 0.001
MOST_SLOW: Final = 0.02
"""Shares of predictions, beyond what the champion before had."""
MOST_FEEDBACK: Final = 10_000


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a watched model so far."""

    worse: bool
    says: str


def failures(now: LiveSums, before: LiveSums) -> Sight:
    """Compare the shares of predictions that failed."""
    return _shares("failed", (now.failures, now), (before.failures, before), MOST_FAILURES)


def slowness(now: LiveSums, before: LiveSums) -> Sight:
    """Compare the shares of predictions that took more than 0.1 s to compute."""
    return _shares("slow", (now.slow, now), (before.slow, before), MOST_SLOW)


def _shares(
    what: str, now: tuple[int, LiveSums], before: tuple[int, LiveSums], margin: float
) -> Sight:
    (count, seen), (count_before, seen_before) = now, before
    total = seen.predictions + seen.failures
    share = count / max(total, 1)
    share_before = count_before / max(seen_before.predictions + seen_before.failures, 1)
    worse = total >= FEWEST_PREDICTIONS and share > share_before + margin
    return Sight(worse, f"{share:.2%} of {total:,} {what}, {share_before:.2%} before")


def outcomes(told: Sequence[Feedback], lookup: PredictionLookup, before: Predictor) -> Sight:
    """Compare, over battles whose winner was told, what was answered with what it had been before.

    Both models are judged by the same battles: the difference of their squared errors is what luck
    of the battles has no part in.

    Args:
        told: feedback on answers of the watched model.
        lookup: where their features are.
        before: the champion from before.

    """
    if len(told) < FEWEST_JUDGED:
        return Sight(worse=False, says=f"the winners of {len(told)} battles are known")
    rows = lookup.find([str(one.prediction_id) for one in told], ["prediction_id", *FEATURE_NAMES])
    if rows.height < FEWEST_JUDGED:
        return Sight(worse=False, says=f"the rows of {rows.height} judged battles are at hand")
    features = rows.select(FEATURE_NAMES).to_numpy()
    theirs = dict(zip(rows["prediction_id"], before.predict(features), strict=True))
    known = [one for one in told if str(one.prediction_id) in theirs]
    won = np.array([REACHED[one.winner] for one in known])
    answered = np.array([one.win_probability for one in known])
    instead = np.array([theirs[str(one.prediction_id)] for one in known])
    differences = (answered - won) ** 2 - (instead - won) ** 2
    difference = float(differences.mean())
    error = float(differences.std(ddof=1) / np.sqrt(len(known)))
    worse = difference > BRIER_MARGIN and difference > Z_WORSE * error
    return Sight(
        worse,
        f"Brier score {difference:+.4f} ± {error:.4f} against the champion before,"
        f" over {len(known):,} battles",
    )
