"""The gate: each check passes what is as good as the champion, and stops what it is there for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from tests.unit.lifecycle.conftest import rated

from features.contract import FEATURE_NAMES
from lifecycle import gate
from lifecycle.evidence import Comparison
from storage.live_store import LiveTotal

if TYPE_CHECKING:
    from collections.abc import Callable

    from lifecycle.evidence import Evidence, Rated
    from training.dataset import Examples

_FEATURE = {name: place for place, name in enumerate(FEATURE_NAMES)}


def _failed(evidence: Evidence) -> set[str]:
    return {finding.check for finding in gate.judge(evidence) if not finding.passed}


def test_the_champion_itself_passes(judged: Callable[..., Evidence]) -> None:
    """Under another version it is as good, as fast and as small as it is."""
    findings = gate.judge(judged())
    assert [finding.check for finding in findings] == [check.__name__ for check in gate.CHECKS]
    assert all(finding.passed for finding in findings)


def test_a_model_that_knows_less_is_refused(judged: Callable[..., Evidence]) -> None:
    """With noise in its log-odds it is worse overall, and chooses worse."""
    noise = np.random.default_rng(1)

    def blur(_: Any, log_odds: Any) -> Any:
        return log_odds + noise.normal(0, 1.0, len(log_odds))

    assert {"frozen_quality", "frozen_regret"} <= _failed(judged(blur))


def test_a_model_that_is_too_sure_is_refused(judged: Callable[..., Evidence]) -> None:
    """Twice the log-odds rank the moves alike, and are not true."""
    assert "calibration" in _failed(judged(lambda _, log_odds: 2 * log_odds))


def test_a_model_that_is_wrong_about_one_kind_of_move_is_refused(
    judged: Callable[..., Evidence],
) -> None:
    """Confusion about moves that heal is too little to be seen in the whole, and too much there."""

    def confuse(rows: Any, log_odds: Any) -> Any:
        return np.where(rows[:, _FEATURE["move_drain"]] > 0, 0.35 * log_odds, log_odds)

    failed = _failed(judged(confuse))
    assert "worst_slice" in failed


def test_a_model_that_is_worse_at_what_is_asked_is_refused(
    judged: Callable[..., Evidence], truth: Examples, champion: Rated
) -> None:
    """However good it is on the frozen truth."""
    evidence = judged(asked=Comparison.of(truth, champion, rated(2, lambda _, odds: odds * 0.2)))
    assert _failed(evidence) == {"asked_quality"}


@pytest.mark.parametrize(
    ("changed", "check"),
    [
        ({"asked": None}, "asked_quality"),
        ({"seconds": (0.001, 0.002)}, "latency"),
        ({"shadow": LiveTotal(predictions=499)}, "shadow"),
        ({"shadow": LiveTotal(predictions=500, failures=1)}, "shadow"),
        ({"shadow": LiveTotal(predictions=500, difference=50.0)}, "shadow"),
        ({"shadow": LiveTotal(predictions=500, slow=50, slow_windows=20)}, "shadow"),
    ],
)
def test_what_is_seen_live_counts(
    judged: Callable[..., Evidence], changed: dict[str, Any], check: str
) -> None:
    """A slow, failing or strange model is refused, and so is one that was hardly seen."""
    assert _failed(judged(**changed)) == {check}


def test_one_long_pause_is_no_slow_model(judged: Callable[..., Evidence]) -> None:
    """A batch of many duels may be held up once among many moments, and not among few."""
    often, once = ({"predictions": 500, "windows": windows} for windows in (10, 9))
    assert not _failed(judged(shadow=LiveTotal(**often, slow=64, slow_windows=1)))
    assert _failed(judged(shadow=LiveTotal(**once, slow=64, slow_windows=1))) == {"shadow"}
    assert _failed(judged(shadow=LiveTotal(**often, slow=64, slow_windows=2))) == {"shadow"}
    assert not _failed(judged(shadow=LiveTotal(**once, slow=5, slow_windows=5)))


def test_small_losses_do_not_add_up(
    judged: Callable[..., Evidence], truth: Examples, champion: Rated
) -> None:
    """As good as a champion that has lost as much, a model is refused all the same."""

    def flatter(_: Any, log_odds: Any) -> Any:
        return 0.7 * log_odds

    lost = rated(2, flatter)
    alike = Comparison.of(truth, lost, lost)
    since_release = Comparison.of(truth, champion, lost)
    found = judged(flatter, frozen=alike, asked=alike, since_release=since_release)
    assert _failed(found) == {"cumulative_loss"}


def test_a_model_for_other_features_or_of_another_size_is_refused(
    judged: Callable[..., Evidence],
) -> None:
    """What the code cannot feed, or workers have no room for, never serves."""
    evidence = judged()
    manifest = msgspec.structs.replace(evidence.challenger.manifest, contract_version="0-other")
    foreign = gate.judge(
        judged(challenger=type(evidence.challenger)(manifest, evidence.challenger.predictor, 10**8))
    )
    assert {finding.check for finding in foreign if not finding.passed} == {
        "feature_contract",
        "size",
    }


def test_a_check_can_be_left_out(judged: Callable[..., Evidence]) -> None:
    """Whoever promotes by hand may skip one, by its name."""
    findings = gate.judge(judged(shadow=LiveTotal()), skipped=["shadow"])
    assert len(findings) == len(gate.CHECKS) - 1
    assert all(finding.passed for finding in findings)
