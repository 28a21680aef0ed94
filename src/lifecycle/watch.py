"""Watch a promoted model: live signals against those of the champion before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from features.contract import FEATURE_NAMES
from lifecycle.due import FEWEST_PREDICTIONS
from lifecycle.rare import surely_failing, surely_slow
from storage.feedback_store import REACHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.lookup import PredictionLookup
    from inference.predictor import Predictor
    from storage.feedback_store import Feedback
    from storage.live_store import LiveTotal

FEWEST_JUDGED: Final = 50
"""Battles whose winner was told, before they count."""
BRIER_MARGIN: Final = 0.005
Z_WORSE: Final = 3.0
"""Strict, as it is looked at again and again while the model is watched."""
MOST_FAILURES: Final = 0.001
MOST_SLOW: Final = 0.02
"""Shares of predictions, beyond what the champion before had."""
SLOW_ANYWHERE: Final = 0.5
"""Taken for that where little was seen of it: how many are slow depends on the machine."""
MOST_FEEDBACK: Final = 10_000


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a watched model so far."""

    worse: bool
    says: str


def failures(now: LiveTotal, before: LiveTotal) -> Sight:
    """Compare the shares of predictions that failed."""
    share = before.failures / max(before.asked, 1)
    worse = now.asked >= FEWEST_PREDICTIONS and surely_failing(now, share + MOST_FAILURES)
    return Sight(worse, _compared("failed", now.failures, now, share))


def slowness(now: LiveTotal, before: LiveTotal) -> Sight:
    """Compare the shares of predictions that took more than 0.1 s to compute."""
    share = before.slow / max(before.asked, 1)
    usual = share if before.asked >= FEWEST_PREDICTIONS else SLOW_ANYWHERE
    worse = now.asked >= FEWEST_PREDICTIONS and surely_slow(now, usual + MOST_SLOW)
    return Sight(worse, _compared("slow", now.slow, now, share))


def _compared(what: str, count: int, now: LiveTotal, before: float) -> str:
    return f"{count / max(now.asked, 1):.2%} of {now.asked:,} {what}, {before:.2%} before"


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
