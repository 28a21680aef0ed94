"""The shadow, with real models and real features."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from tests.waiting import wait_for

from inference.scoring import Duel, score
from inference.shadow import BUSY, LOAD, Comparison, Shadow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catboost import CatBoost

    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor
    from inference.scoring import Scores

DUELS = [
    Duel(1, 25, (57, 58, 89), None),
    Duel(6, 9, (53,), (57, 58)),
    Duel(94, 143, (147, 33), (33,)),
]


class _Seen:
    """Keeps what becomes of the shadow."""

    def __init__(self) -> None:
        self.comparisons: list[Comparison] = []
        self.skips: list[tuple[str, int]] = []
        self.failures: list[int] = []

    def compared(self, comparison: Comparison, /) -> None:
        self.comparisons.append(comparison)

    def skipped(self, model_version: str, reason: str, duels: int, /) -> None:
        del model_version
        self.skips.append((reason, duels))

    def failed(self, model_version: str, duels: int, /) -> None:
        del model_version
        self.failures.append(duels)


class _Other:
    """A model with an opinion of its own, which may wait or break down first."""

    def __init__(self, log_odds: Callable[[int], Any]) -> None:
        self._log_odds = log_odds

    def predict(self, rows: Any, **_: object) -> Any:
        return self._log_odds(len(rows))


@pytest.fixture
def seen() -> _Seen:
    """Keep what becomes of the shadow."""
    return _Seen()


@pytest.fixture
def scores(frames: MatchupFrames, predictor: Predictor) -> list[Scores]:
    """Give what the champion says of some duels."""
    return score(frames, predictor, DUELS)


@pytest.fixture
def opened() -> Iterator[list[Shadow]]:
    """Close the shadows of a test."""
    shadows: list[Shadow] = []
    yield shadows
    for shadow in shadows:
        shadow.close()


def _other(predictor: Predictor, log_odds: Callable[[int], Any]) -> Predictor:
    return replace(predictor, model=cast("CatBoost", _Other(log_odds)), version="v2", trees=None)


def test_the_same_model_agrees_with_itself(
    scores: list[Scores], predictor: Predictor, seen: _Seen, opened: list[Shadow]
) -> None:
    """Under another version, the champion's model differs from it in nothing."""
    opened.append(shadow := Shadow(lambda: replace(predictor, version="v2"), seen, share=1))
    shadow.offer(scores, waiting=0)
    wait_for(lambda: seen.comparisons)
    assert seen.comparisons[0].differences == [0.0, 0.0, 0.0]
    assert seen.comparisons[0].disagreements == 0
    assert seen.comparisons[0].model_version == "v2"


def test_another_opinion_is_measured_at_the_recommended_move(
    scores: list[Scores], predictor: Predictor, seen: _Seen, opened: list[Shadow]
) -> None:
    """How far apart the chances of that move are, and whether another move's is higher."""
    best = [scored.best for scored in scores]
    opinion = np.concatenate(
        [
            [2.0 if row == (best[0] + 1) % 3 else 0.0 for row in range(3)],
            [0.0],
            [0.0, 0.0],
        ]
    )
    opened.append(shadow := Shadow(lambda: _other(predictor, lambda _: opinion), seen, share=1))
    shadow.offer(scores, waiting=0)
    wait_for(lambda: seen.comparisons)
    (comparison,) = seen.comparisons
    assert comparison.disagreements == 1
    assert comparison.differences == pytest.approx(
        [abs(0.5 - scored.win_probabilities[row]) for scored, row in zip(scores, best, strict=True)]
    )


def test_what_comes_while_it_works_or_under_load_is_passed_over(
    scores: list[Scores], predictor: Predictor, seen: _Seen, opened: list[Shadow]
) -> None:
    """Nobody waits for the shadow: it misses what it has no time for, and says so."""
    entered, go_on = threading.Event(), threading.Event()

    def slowly(rows: int) -> Any:
        entered.set()
        assert go_on.wait(10)
        return np.zeros(rows)

    opened.append(shadow := Shadow(lambda: _other(predictor, slowly), seen, share=1))
    shadow.offer(scores, waiting=1)
    shadow.offer(scores, waiting=0)
    assert entered.wait(10)
    shadow.offer(scores, waiting=0)
    assert seen.skips == [(LOAD, 3), (BUSY, 3)]
    go_on.set()
    wait_for(lambda: seen.comparisons)


def test_it_takes_no_more_than_its_share(
    scores: list[Scores], predictor: Predictor, seen: _Seen, opened: list[Shadow]
) -> None:
    """After a batch that took half a second, one with a tenth of a core rests for 4.5 s."""

    def slowly(rows: int) -> Any:
        time.sleep(0.5)
        return np.zeros(rows)

    opened.append(shadow := Shadow(lambda: _other(predictor, slowly), seen, share=0.1))
    shadow.offer(scores, waiting=0)
    wait_for(lambda: seen.comparisons)
    assert not seen.skips
    time.sleep(1)
    shadow.offer(scores, waiting=0)
    assert {reason for reason, _ in seen.skips} == {BUSY}


def test_a_model_that_breaks_down_stops_nothing(
    scores: list[Scores], predictor: Predictor, seen: _Seen, opened: list[Shadow]
) -> None:
    """The duels are counted as failed, and the next are scored."""
    broken = iter([True, False])

    def maybe(rows: int) -> Any:
        if next(broken):
            raise RuntimeError("no such feature")
        return np.zeros(rows)

    opened.append(shadow := Shadow(lambda: _other(predictor, maybe), seen, share=1))
    shadow.offer(scores, waiting=0)
    wait_for(lambda: seen.failures)
    wait_for(lambda: shadow.offer(scores, waiting=0) or seen.comparisons)
    assert seen.failures == [3]


def test_without_another_model_nothing_is_done(
    scores: list[Scores], predictor: Predictor, seen: _Seen, opened: list[Shadow]
) -> None:
    """Neither no model nor the champion itself is compared with it."""
    models: list[Predictor | None] = [None]
    opened.append(shadow := Shadow(lambda: models[0], seen, share=1))
    shadow.offer(scores, waiting=0)
    models[0] = predictor
    shadow.offer(scores, waiting=0)
    time.sleep(0.05)
    assert not seen.comparisons
    assert not seen.skips
