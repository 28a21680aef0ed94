"""The how-to pages for captured data: every block of code in them, run on a service's own data."""

from __future__ import annotations

import random
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx
import polars as pl
import pytest
from tests.acceptance.reader import Reader
from tests.acceptance.service import ROOT
from tests.waiting import wait_for

from etl.snapshot import load_dex
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from tests.acceptance.service import Service

PAGES: Final = ROOT / "docs" / "how-to"
MATCHUPS: Final = 40
TIMES: Final = 8
"""So often each of them is asked."""


@dataclass(frozen=True)
class Asked:
    """A service that was asked, and told who won."""

    service: Service
    answers: list[dict[str, Any]]


@pytest.fixture(scope="module")
def asked(service: Service) -> Asked:
    """Ask about a few matchups of strong Pokémon, and say of each answer who won.

    Winners are drawn by the predicted chance: the predictions are as right as they can be.
    """
    draw = random.Random(6)  # noqa: S311  # no secret
    dex = load_dex()
    learned = dex.learnset.join(dex.moves, on="move_id").filter(pl.col("category") != "status")
    moves = dict(
        learned.group_by("form_id", maintain_order=True).agg(pl.col("name_en").unique()).iter_rows()
    )
    strong = [149, 150, 151, 144, 145, 146, 130, 143]
    questions = []
    for _ in range(MATCHUPS):
        a, b = draw.sample(strong, 2)
        question: dict[str, Any] = {
            "pokemon_a_id": a,
            "pokemon_b_id": b,
            "available_moves": draw.sample(sorted(moves[a]), 4),
        }
        if draw.random() < 0.5:
            question["available_moves_b"] = draw.sample(sorted(moves[b]), 4)
        questions.append(question)
    with httpx.Client(base_url=service.url, timeout=30) as client, ThreadPoolExecutor(8) as clients:
        batch = {"predictions": questions * TIMES}
        said = client.post("/predict/best-move/batch", json=batch).raise_for_status()
        answers = said.json()["results"]
        winners = ["A" if draw.random() < one["win_probability"] else "B" for one in answers]

        def tell(answer: dict[str, Any], winner: str) -> None:
            judged = {"prediction_id": answer["prediction_id"], "winner": winner}
            client.post("/feedback", json=judged, headers=service.may_tell).raise_for_status()

        list(clients.map(tell, answers, winners))
    # The last rows, too few for a file, still stand in the journal.
    wait_for(lambda: _in_files(service, answers) > len(answers) - 100, what="files of most answers")
    return Asked(service, answers)


def _in_files(service: Service, answers: list[dict[str, Any]]) -> int:
    """Count the answers that a file has."""
    files = [*service.data_dir.glob("production/*.parquet")]
    if not files:
        return 0
    written = pl.scan_parquet(files).select("prediction_id").collect().to_series()
    return len({answer["prediction_id"] for answer in answers} & set(written))


def _follow(page: str, asked: Asked) -> Reader:
    folder = asked.service.data_dir.parent
    reader = Reader(f"docs/how-to/{page}", folder, {"http://localhost:8000": asked.service.url})
    sys.stdout.write(reader.follow())
    return reader


def test_every_page_is_followed() -> None:
    """There is a test below for each page."""
    assert {f"test_{path.stem.replace('-', '_')}" for path in PAGES.glob("*.md")} <= set(globals())


def test_drift_by_hand(asked: Asked) -> None:
    """Strong Pokémon alone are another population; two halves of the reference are one."""
    page = _follow("drift-by-hand.md", asked)
    psi, reference = page.names["psi"], page.names["reference"]
    found = dict(page.names["drift"].iter_rows())
    assert found["b_hp"] > 0.25
    assert all(name in page.printed for name in page.names["FEATURES"])
    assert page.names["production"].height >= 300
    half = reference.sample(fraction=0.5, seed=1)
    assert max(psi(name, half) for name in page.names["FEATURES"]) < 0.01


def test_predicted_against_actual(asked: Asked) -> None:
    """Winners that were drawn by the predicted chances come out as calibrated."""
    page = _follow("predicted-against-actual.md", asked)
    judged = page.names["judged"]
    assert len(asked.answers) - 100 < judged.height <= len(asked.answers)
    table = page.names["calibration"]
    assert table["battles"].sum() == judged.height
    apart = (table["predicted"] - table["actual"]).abs()
    assert (apart <= 4 * table["noise"] + 0.01).all()
    ((version, battles, brier, expected),) = page.names["brier"].iter_rows()
    assert (version, battles) == (asked.answers[0]["model_version"], judged.height)
    assert brier == pytest.approx(expected, abs=0.05)


def test_one_prediction(asked: Asked) -> None:
    """The row, the recomputed answer and the trace of one answer are found both ways."""
    page = _follow("one-prediction.md", asked)
    row = page.names["row"]
    assert row.height == 1
    assert page.names["chance"] == row["win_probability"].item()
    assert "the same answer, from the same features" in page.printed
    assert len(re.findall(rf"^trace +{row['trace_id'].item()}\b", page.printed, re.MULTILINE)) == 2


@pytest.mark.timeout(600)
def test_retrain_on_production(asked: Asked) -> None:
    """The matchups that were asked are played, judged games join them, a candidate comes of it."""
    page = _follow("retrain-on-production.md", asked)
    names = page.names
    # What other tests asked may be among the captured too.
    assert MATCHUPS * 0.6 < names["plan"].height <= MATCHUPS + 20
    assert (names["played"]["games"] == 8).all()
    added, simulated = names["added"], names["played"]["games"].sum()
    assert added["games"].sum() == simulated + names["one_game_each"].height
    assert names["one_game_each"].height > 150
    folder = asked.service.data_dir
    written = pl.read_parquet(folder / "datasets" / "with_production.parquet")
    assert written.filter(pl.col("population") == "production").height == added.height
    assert set(names["rows"].shape[1:]) == {len(FEATURE_NAMES)}
    assert {"champion", "candidate"} == set(names["errors"])
    assert names["unseen"].height > 0
    assert 0 < names["errors"]["candidate"].mean() < 0.25
    assert (folder / "training" / "with_production" / "model.cbm").is_file()
    assert "v2" in page.printed.split()
    assert "model: v2" in page.printed
