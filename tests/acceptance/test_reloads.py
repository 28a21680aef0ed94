"""Another model under load: nobody notices but by the label. `make reloads` does it more often."""

from __future__ import annotations

import random
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec
import polars as pl
import pytest
from catboost import CatBoost
from tests.acceptance.losses import count
from tests.acceptance.questions import Askers, Heard, question
from tests.acceptance.service import running

from config.settings import ModelSettings
from etl.snapshot import load_dex
from features.matchup_frames import MatchupFrames
from inference.predictor import Predictor
from inference.scoring import Duel, score
from registry.cache import ModelCache
from registry.manifest import file_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.service import Service

SERVE: Final = (sys.executable, "-m", "cli", "serve")
"""Without what `run` starts beside it, which would bring the registry's champion back."""
TREES_LESS: Final = 150
IN_A_ROW: Final = 100
"""Answers of one version after which every worker has it."""
PAUSE_SECONDS: Final = 0.5
"""Between two reloads, for latencies without one."""
MOST_SECONDS: Final = 1.0
"""99 of 100 answers take no longer while a model is loaded. `make reloads` tells what they take."""


@dataclass
class Models:
    """Two versions of the model in the cache, and who answers by each."""

    cache: ModelCache
    predictors: dict[str, Predictor]

    @classmethod
    def of(cls, data_dir: Path) -> Models:
        """Put the released model, less its last trees, beside it as another version."""
        cache = ModelCache.of(ModelSettings(), data_dir)
        first = cache.read_current()
        assert first is not None
        model = CatBoost()
        model.load_model(str(first.model_path))
        model.shrink(model.tree_count_ - TREES_LESS)
        path = data_dir / "shorter.cbm"
        model.save_model(str(path))
        number = first.manifest.version + 1
        changed = msgspec.structs.replace(first.manifest, version=number, sha256=file_sha256(path))
        cache.store(path, changed)
        return cls(
            cache,
            {
                one.manifest.label: Predictor.load(
                    one.model_path,
                    version=one.manifest.label,
                    contract_version=one.manifest.contract_version,
                )
                for one in (first, cache.read(number))
            },
        )

    def switch(self) -> str:
        """Make the other one current; give its label."""
        (label,) = set(self.predictors) - {self.cache.current_label()}
        self.cache.activate(int(label.removeprefix("v")))
        return label


@dataclass
class Answers:
    """Everything that was answered, and the run of alike versions at its end."""

    heard: list[Heard] = field(default_factory=list)
    version: str = ""
    in_a_row: int = 0

    def hear(self, one: Heard) -> None:
        """Take an answer."""
        self.heard.append(one)
        for answer in one.answers:
            self.in_a_row = self.in_a_row + 1 if answer["model_version"] == self.version else 1
            self.version = answer["model_version"]

    def wait_for(self, label: str) -> None:
        """Wait until every worker answers by this version."""
        deadline = time.monotonic() + 20
        while not (self.version == label and self.in_a_row > IN_A_ROW):
            assert time.monotonic() < deadline, f"{label} does not come"
            time.sleep(0.01)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("workers", [1, 2])
def test_reloads_fail_and_mix_nothing(
    data_dir: Path, workers: int, request: pytest.FixtureRequest
) -> None:
    """Each request under load is answered, exactly as one of the two versions answers it."""
    models = Models.of(data_dir)
    answers = Answers()
    reloads: list[tuple[float, float]] = []
    variables = {"DEXWATCH_WORKERS": str(workers), "DEXWATCH_MODEL_POLL_SECONDS": "0.2"}
    with (
        running(data_dir, command=SERVE, variables=variables) as service,
        Askers(service.url, answers.hear) as askers,
    ):
        for _ in range(request.config.getoption("reloads")):
            time.sleep(PAUSE_SECONDS)
            began = time.monotonic()
            answers.wait_for(models.switch())
            reloads.append((began, time.monotonic()))
        time.sleep(PAUSE_SECONDS)

    asked = [asked for one in answers.heard for asked in one.asked]
    given = [answer for one in answers.heard for answer in one.answers]
    failed = askers.statuses.total() - askers.statuses[httpx.codes.OK]
    during, without = _seconds(answers.heard, reloads)
    p99 = during.quantile(0.99, "higher"), without.quantile(0.99, "higher")
    print(  # noqa: T201  # the numbers that are asked for
        f"{workers} workers, {len(reloads)} reloads: {askers.statuses.total():,} requests, "
        f"{failed} failed; {len(given):,} predictions; p99 {p99[0] * 1000:.1f} ms of "
        f"{len(during):,} during a reload, {p99[1] * 1000:.1f} ms of {len(without):,} without"
    )
    trial = count(
        request,
        f"another model, {len(reloads)} times, workers: {workers}",
        data_dir,
        answered=[answer["prediction_id"] for answer in given],
        statuses=askers.statuses,
        further=f"p99 {p99[0] * 1000:.0f} ms during a reload, {p99[1] * 1000:.0f} ms without",
    )
    assert (trial.missing, trial.doubled) == (0, 0)
    assert failed == 0
    _assert_of_one_version(models, asked, given)
    assert {answer["model_version"] for answer in given} == set(models.predictors)
    assert p99[0] < MOST_SECONDS


def _seconds(heard: list[Heard], reloads: list[tuple[float, float]]) -> tuple[pl.Series, pl.Series]:
    """Tell how long requests took that met a reload, and how long the others did."""
    during, without = [], []
    for one in heard:
        met = any(one.began < end and one.ended > start for start, end in reloads)
        (during if met else without).append(one.ended - one.began)
    return pl.Series(during), pl.Series(without)


def _assert_of_one_version(
    models: Models, asked: list[dict[str, Any]], given: list[dict[str, Any]]
) -> None:
    """Hold every answer to what the version that it names says of the question."""
    dex = load_dex()
    frames = MatchupFrames.prepare(dex)
    id_of = dict(zip(dex.moves["name_en"], dex.moves["move_id"], strict=True))
    differing = 0
    for start in range(0, len(asked), 1000):
        part = slice(start, start + 1000)
        duels = [
            Duel(
                one["pokemon_a_id"],
                one["pokemon_b_id"],
                tuple(sorted(id_of[move] for move in one["available_moves"])),
                None,
            )
            for one in asked[part]
        ]
        said = {
            label: [scores.win_probabilities for scores in score(frames, model, duels)]
            for label, model in models.predictors.items()
        }
        for place, answer in enumerate(given[part]):
            by_id = {id_of[m["move_name"]]: m["win_probability"] for m in answer["all_moves"]}
            assert [by_id[move] for move in sorted(by_id)] == said[answer["model_version"]][place]
        first, second = said.values()
        differing += sum(one != other for one, other in zip(first, second, strict=True))
    assert differing > len(asked) / 10, "the two versions can be told apart"


def test_a_batch_is_answered_by_one_version(data_dir: Path) -> None:
    """All elements of a large batch name the same version, while models come and go."""
    models = Models.of(data_dir)
    variables = {"DEXWATCH_MODEL_POLL_SECONDS": "0.05"}
    with running(data_dir, command=SERVE, variables=variables) as service:
        versions = [
            {answer["model_version"] for answer in results}
            for results in _batches_amid_switches(service, models)
        ]
    assert {len(several) for several in versions} == {1}
    assert set[str]().union(*versions) == set(models.predictors)


def _batches_amid_switches(service: Service, models: Models) -> Iterator[list[dict[str, Any]]]:
    """Ask for batches, each while the current model changes at some moment."""
    body = {"predictions": [question() for _ in range(1000)]}
    with httpx.Client(base_url=service.url, timeout=30) as client:
        for _ in range(20):
            moment = random.uniform(0, 0.3)  # noqa: S311  # any will do
            switching = threading.Timer(moment, models.switch)
            switching.start()
            answer = client.post("/predict/best-move/batch", json=body).raise_for_status()
            switching.join()
            yield answer.json()["results"]
