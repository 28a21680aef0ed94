"""The released champion, and challengers made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest

from etl.snapshot import load_dex
from inference.predictor import Predictor
from lifecycle.evidence import Comparison, Evidence, Rated
from registry.manifest import ModelManifest
from storage.live_store import LiveTotal
from training import dataset, released
from training.judged import Judged

if TYPE_CHECKING:
    from collections.abc import Callable

    from catboost import CatBoost
    from numpy.typing import NDArray

    from features.matchup_frames import MatchupFrames


class Twisted:
    """A model whose log-odds are those of another, changed."""

    def __init__(self, model: CatBoost, twist: Callable[[Any, Any], Any]) -> None:
        self._model = model
        self._twist = twist

    def predict(self, rows: Any, **options: Any) -> Any:
        """Predict as the other, and change that."""
        return self._twist(rows, self._model.predict(rows, **options))


def rated(version: int, twist: Callable[[Any, Any], Any] | None = None) -> Rated:
    """Give the released champion under a version, changed."""
    release = released.release()
    manifest = ModelManifest(
        **msgspec.structs.asdict(release),
        name="dexwatch",
        version=version,
        alias="champion",
        run_id="run",
        source="here",
    )
    predictor = Predictor.load(
        released.MODEL_FILE, version=f"v{version}", contract_version=release.contract_version
    )
    if twist is not None:
        model = cast("CatBoost", Twisted(predictor.model, twist))
        predictor = replace(predictor, model=model, trees=None)
    return Rated(manifest, predictor, released.MODEL_FILE.stat().st_size)


@pytest.fixture(scope="session")
def truth(frames: MatchupFrames) -> dataset.Examples:
    """Give the released truth with its features."""
    return Judged.of(
        frames, dataset.read(released.TRUTH_FILE), dataset.read(released.AGAIN_FILE)
    ).examples


@pytest.fixture(scope="session")
def champion() -> Rated:
    """Give the released champion."""
    return rated(1)


@pytest.fixture
def judged(truth: dataset.Examples, champion: Rated) -> Callable[..., Evidence]:
    """Gather evidence of a challenger, everything else being in order."""

    def gather(twist: Callable[[Any, Any], Any] | None = None, **changed: Any) -> Evidence:
        challenger = rated(2, twist)
        compared = Comparison.of(truth, champion, challenger)
        evidence = Evidence(
            champion=champion,
            challenger=challenger,
            frozen=compared,
            since_release=compared,
            asked=compared,
            moves=load_dex().moves,
            seconds=(0.001, 0.001),
            shadow=LiveTotal(predictions=500, seconds=0.5, difference=2.0, disagreements=5),
            shadow_predictions=500,
        )
        return replace(evidence, **changed)

    return gather


def nothing(_: NDArray[Any], log_odds: NDArray[Any]) -> NDArray[Any]:
    """Change nothing."""
    return log_odds
