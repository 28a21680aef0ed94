"""The loop, closed without a hand on it: drift, retraining, shadow, promotion, and a rollback.

`make rehearsal` plays it with a fit as large as any, and records it; the gate with fewer trees.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
import numpy as np
import polars as pl
import psutil
import pytest
from tests.acceptance import rehearsed
from tests.acceptance.planted import CHANSEY, MEWTWO, duels, plant
from tests.acceptance.reader import Reader
from tests.acceptance.service import children, environment, running
from tests.otlp_receiver import OtlpReceiver
from tests.waiting import wait_for

from battles.matchups import sample
from battles.simulate import SimulationSettings, simulate
from battles.tasks import PLAN
from config.settings import ModelSettings, read
from etl.snapshot import load_dex
from registry.cache import ModelCache
from training.plans import LABELLED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.service import Service

    from features.dex import Dex

VARIABLES: Final = {
    # Everything that takes hours in production takes seconds here.
    "DEXWATCH_CAPTURE_MAX_AGE_SECONDS": "1",
    "DEXWATCH_DRIFT_EVERY_SECONDS": "2",
    "DEXWATCH_RETRAIN_ON_DRIFT": "true",
    "DEXWATCH_RETRAIN_MATCHUPS": "300",
    "DEXWATCH_SHADOW_PREDICTIONS": "200",
    "DEXWATCH_SHADOW_SHARE": "0.5",
    "DEXWATCH_WATCH_HOURS": "0.005",
    "DEXWATCH_LIFECYCLE_POLL_SECONDS": "1",
    "DEXWATCH_MODEL_POLL_SECONDS": "1",
}
FEWER_TREES: Final = {"DEXWATCH_RETRAIN_TREES": "250"}
"""Each cycle plays games of its own: with 150, luck decides whether `frozen_regret` passes."""
QUESTIONS: Final = 1_000
AT_A_TIME: Final = 100
PLAYED: Final = " label    done "
"""In the record of a cycle; a try that was broken off may stand there as failed."""


class Rehearsal:
    """A running service, its questioners, and a clock."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.dex = load_dex()
        self.client = httpx.Client(base_url=service.url, timeout=60)
        self.moments: list[rehearsed.Moment] = []
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def tell(self, what: str) -> None:
        """Print what happens, and when; keep it for the record."""
        seconds = round(self.seconds(), 1)
        sys.stdout.write(f"{seconds:6.1f} s  {what}\n")
        self.moments.append(rehearsed.Moment(seconds=seconds, what=what))

    def seconds(self) -> float:
        """Give the time since the service answered."""
        return time.monotonic() - self._began

    def ask(self, duels_: pl.DataFrame) -> list[dict[str, Any]]:
        """Ask about duels in batches; give the answers."""
        asked = questions(self.dex, duels_)
        answers: list[dict[str, Any]] = []
        for start in range(0, len(asked), AT_A_TIME):
            body = {"predictions": asked[start : start + AT_A_TIME]}
            answer = self.client.post("/predict/best-move/batch", json=body).raise_for_status()
            answers += answer.json()["results"]
        assert all("prediction_id" in answer for answer in answers)
        return answers

    def ask_singly(self, duels_: pl.DataFrame) -> list[dict[str, Any]]:
        """Ask one by one."""
        return [
            self.client.post("/predict/best-move", json=question).raise_for_status().json()
            for question in questions(self.dex, duels_)
        ]

    def report(self, *fields: str) -> tuple[Any, ...]:
        """Give fields of the last drift report; none where there is no report."""
        report = self.client.get("/drift").raise_for_status().json()["report"]
        return tuple(report[field] for field in fields) if report else ()

    def verdict(self) -> str:
        """Give what the last drift report says."""
        (said,) = self.report("verdict") or ("none",)
        return said

    def reported(self) -> datetime:
        """Tell when the last prediction was made that the last drift report has seen."""
        (until,) = self.report("until")
        return datetime.fromisoformat(until)

    def version(self) -> str:
        """Give the version that answers."""
        said: str = self.client.get("/predict/model-info").json()["version"]
        return said

    def cycles(self) -> str:
        """Give the record of cycles, the newest first."""
        return self.service.command("cycle")

    def steps(self) -> str:
        """Give the steps of the last cycle."""
        return self.service.command("cycle", "show")

    def until(self, met: Callable[[], object], seconds: float, what: str) -> None:
        """Wait for something, and print when it was so."""
        deadline = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < deadline, (
                f"{what}: not after {seconds:g} s\n{self.service.command('cycle', 'show')}\n"
                f"{self.service.log()[-3000:]}"
            )
            time.sleep(0.5)
        self.tell(what)


def questions(dex: Dex, duels_: pl.DataFrame) -> list[dict[str, Any]]:
    """Put duels as requests."""
    name = dict(dex.moves.select("move_id", "identifier").iter_rows())
    return [
        {
            "pokemon_a_id": a,
            "pokemon_b_id": b,
            "available_moves": [name[move] for move in own],
        }
        | ({} if foe is None else {"available_moves_b": [name[move] for move in foe]})
        for a, b, own, foe in duels_.select(
            "pokemon_a_id", "pokemon_b_id", "moves_a", "moves_b"
        ).iter_rows()
    ]


def _drawn(dex: Dex, shares: dict[str, float], count: int, seed: int) -> pl.DataFrame:
    """Draw matchups, and forget what nobody knows of B."""
    plan = sample(dex, {name: round(share * count) for name, share in shares.items()}, seed)
    return plan.sample(fraction=1.0, shuffle=True, seed=seed).with_columns(
        pl.when("b_known").then("moves_b").alias("moves_b")
    )


def _played(
    dex: Dex, duels_: pl.DataFrame, answers: list[dict[str, Any]], folder: Path
) -> list[str]:
    """Play each recommended opening once in the simulator; say who won."""
    move_of = dict(dex.moves.select("name_en", "move_id").iter_rows())
    openings = [[move_of[answer["recommended_move"]]] for answer in answers]
    plan = duels_.with_columns(
        matchup_id=pl.int_range(pl.len(), dtype=pl.Int64),
        population=pl.lit("asked"),
        b_known=pl.lit(value=True),
        openings=pl.Series(openings, dtype=pl.List(pl.Int32)),
    ).cast({name: kind for name, kind in PLAN.items() if name != "b_known"})
    labels = simulate(plan.select(PLAN.names()), dex, folder, SimulationSettings(games=1, seed=5))
    return [
        "A" if wins else "draw" if draws else "B"
        for wins, draws in labels.select("wins", "draws").iter_rows()
    ]


@pytest.mark.timeout(1_800)
def test_the_loop_closes_and_a_bad_model_is_rolled_back(
    data_dir: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A shift is found and learnt; a model that only live battles show to be bad does not stay."""
    variables = VARIABLES if request.config.getoption("full") else VARIABLES | FEWER_TREES
    with (
        OtlpReceiver() as received,
        running(
            data_dir, variables={**variables, "OTEL_EXPORTER_OTLP_ENDPOINT": received.url}
        ) as service,
        Rehearsal(service) as rehearsal,
    ):
        _learn_a_shift(rehearsal)
        _roll_back_a_bad_model(rehearsal, tmp_path, received.url)
        seconds = rehearsal.seconds()
        ids = [line.split()[2] for line in rehearsal.cycles().splitlines()]
        shown = [service.command("cycle", "show", one) for one in ids]
        for cycle in shown:
            sys.stdout.write(f"\n{cycle}")
        details = [service.command("cycle", "show", one, "--details") for one in reversed(ids)]
        report = rehearsed.Rehearsal(
            day=datetime.now(UTC).date(),
            seconds=round(seconds, 1),
            cores=len(os.sched_getaffinity(0)),
            moments=tuple(rehearsal.moments),
            cycles=tuple(map(rehearsed.Cycle.of, details)),
        )
        rehearsed.hold(report)
        _follow_the_tutorial(rehearsal)
    _one_trace_a_cycle(shown, received)
    if request.config.getoption("record"):
        report.write()


def _learn_a_shift(rehearsal: Rehearsal) -> None:
    """From matchups as in training to others: all that follows happens by itself."""
    dex, shifted = rehearsal.dex, {"mega": 1.0}
    rehearsal.ask(_drawn(dex, LABELLED, QUESTIONS, seed=101))
    rehearsal.until(lambda: rehearsal.verdict() == "steady", 60, "matchups as in training: steady")
    assert not rehearsal.cycles()
    asked = 0
    while rehearsal.verdict() != "drifted":
        assert asked < QUESTIONS, "a shift was not found within 1,000 predictions"
        began_to_ask = datetime.now(UTC)
        rehearsal.ask(_drawn(dex, shifted, AT_A_TIME, seed=200 + asked))
        asked += AT_A_TIME
        wait_for(lambda since=began_to_ask: rehearsal.reported() > since, what="a report of them")
    rehearsal.tell(f"everybody asks about mega forms: found after {asked} predictions")
    began = time.monotonic()
    while not rehearsal.cycles():
        assert time.monotonic() < began + 120, "drift that lasts begins nothing"
        rehearsal.ask(_drawn(dex, shifted, AT_A_TIME, seed=200 + asked))
        asked += AT_A_TIME
    rehearsal.tell(f"a retraining has begun by itself, after {asked} predictions")
    played = rehearsal.service.data_dir / "lifecycle"
    rehearsal.until(lambda: [*played.glob("*/parts/*/plan.json")], 60, "its battles have begun")
    _kill_worker(rehearsal.service)
    rehearsal.ask(_drawn(dex, shifted, AT_A_TIME, seed=300))
    rehearsal.tell("the worker is killed in the middle of them, while questions go on")
    rehearsal.until(lambda: PLAYED in rehearsal.steps(), 300, "another has played the rest")
    _kill_worker(rehearsal.service)
    rehearsal.tell("the worker is killed in the middle of the training")
    rehearsal.until(
        lambda: "shadowing" in rehearsal.cycles(),
        400,
        "another went on: a challenger is scored beside v1",
    )
    assert rehearsal.version() == "v1"
    assert rehearsal.steps().count(PLAYED) == 1
    while "shadowing" in rehearsal.cycles():
        rehearsal.ask_singly(_drawn(dex, shifted, 50, seed=400))
    rehearsal.until(lambda: rehearsal.version() == "v2", 60, "it passed the gate: v2 answers")
    while "watching" in rehearsal.cycles():
        rehearsal.ask_singly(_drawn(dex, shifted, 50, seed=450))
    rehearsal.until(lambda: "kept" in rehearsal.cycles(), 30, "it was watched, and is kept")
    rehearsal.ask(_drawn(dex, shifted, QUESTIONS, seed=470))
    rehearsal.until(
        lambda: rehearsal.report("model_version", "verdict") == ("v2", "steady"),
        60,
        "what everybody asks is no drift to v2: steady again",
    )


def _roll_back_a_bad_model(rehearsal: Rehearsal, folder: Path, collector: str) -> None:
    """Hear from the winners of live battles what no check before could know."""
    dex, service = rehearsal.dex, rehearsal.service
    champion = ModelCache.of(ModelSettings(), service.data_dir).read_current()
    assert champion is not None
    plant(champion, dex, folder / "planted")
    assert service.command("model", "register", str(folder / "planted")).strip() == "v3"
    rehearsal.tell("a model is planted that is wrong about Chansey against Mewtwo alone")
    with pytest.raises(AssertionError, match="0 of 200 live predictions"):
        _promote(service, 3, collector)
    # A few at a time: the watch is not over before a hundred are asked, and the winners are told
    # by then.
    few = itertools.cycle(_drawn(dex, LABELLED, 50, seed=500).iter_slices(10))
    deadline = time.monotonic() + 400
    while rehearsal.version() != "v3":
        assert time.monotonic() < deadline, rehearsal.steps()
        rehearsal.ask_singly(next(few))
    rehearsal.tell("it passed the gate: v3 answers")
    pair = duels(dex, [CHANSEY] * 120, [MEWTWO] * 120, np.random.default_rng(7)).filter(
        pl.col("moves_b").is_not_null()
    )
    answers = rehearsal.ask(pair)
    assert {answer["model_version"] for answer in answers} == {"v3"}
    winners = _played(dex, pair, answers, folder / "played")
    sure = sum(answer["win_probability"] > 0.9 for answer in answers)
    rehearsal.tell(f"{len(answers)} duels: v3 is sure of {sure}, Chansey won {winners.count('A')}")
    for answer, winner in zip(answers, winners, strict=True):
        told = {"prediction_id": answer["prediction_id"], "winner": winner}
        told_to = rehearsal.client.post("/feedback", json=told, headers=service.may_tell)
        told_to.raise_for_status()
    rehearsal.until(lambda: rehearsal.version() == "v2", 60, "v3 is rolled back: v2 answers")
    rehearsal.until(lambda: "rolled_back" in rehearsal.cycles(), 30, "and the cycle has ended")


def _follow_the_tutorial(rehearsal: Rehearsal) -> None:
    """Do what docs/tutorials/retrain.md says, but for the waiting, which is behind us."""
    service = rehearsal.service
    urls = {"http://localhost:8000": service.url}
    reader = Reader("docs/tutorials/retrain.md", service.data_dir.parent, urls, VARIABLES)
    start, ask, drift, again, beside, back, _ = reader.text.split("\n## ")[1:]
    # The settings that it exports are real ones.
    read(dict(re.findall(r"^export (\w+)=(\S+)$", start, re.MULTILINE)))
    assert reader.follow(ask).rstrip().endswith(" v2")
    assert "v2: " in reader.follow(drift)
    assert "requested (mega forms)" in reader.follow(again)
    assert reader.follow(beside).rstrip().endswith(" v2")
    service.command("retrain", "--cancel")
    # The way back has been gone already: v3 was rolled back, and there is one step only.
    with pytest.raises(AssertionError, match="no "):
        reader.follow(back)


def _kill_worker(service: Service) -> None:
    """Kill -9 the worker that runs beside the service; the step that it does ends with it."""
    (worker,) = children(service, "worker")
    steps = worker.children()
    worker.kill()
    assert steps
    _, alive = psutil.wait_procs(steps, timeout=10)
    assert not alive


def _promote(service: Service, version: int, collector: str) -> None:
    """Ask for a promotion; an error says what the command said."""
    asked = subprocess.run(
        [sys.executable, "-m", "cli", "promote", "--version", str(version)],
        env=environment(service.data_dir, **VARIABLES, OTEL_EXPORTER_OTLP_ENDPOINT=collector),
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr


def _one_trace_a_cycle(shown: list[str], received: OtlpReceiver) -> None:
    """Each step in the record of a cycle is a span of the one trace that the record names."""
    for cycle in shown:
        lines = cycle.splitlines()
        steps = [line.split()[2] for line in lines[1:-1]]
        trace_id = lines[-1].split()[1]
        spans = [
            span.name.removeprefix("lifecycle ")
            for span in received.spans()
            if span.trace_id.hex() == trace_id and span.name.startswith("lifecycle ")
        ]
        assert sorted(spans) == sorted(steps)
