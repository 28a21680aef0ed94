"""The model card and its pictures."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import fields
from typing import TYPE_CHECKING

import msgspec
import polars as pl
import pytest
from PIL import Image

from training import dataset, plots, released
from training.ablation import ABLATION
from training.calibration import Bin, Reliability
from training.card import card
from training.errors import GroupError
from training.evaluation import Quality
from training.fit import Parameters
from training.markdown import table
from training.release_files import RELIABILITY_FILE
from training.report import Report, calibration

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def report() -> Report:
    """Give a report of two populations and thirty effects."""
    measures = (1000, 0.9, 0.01, 0.001, 0.06, 0.2, 0.008, 0.001)
    bins = [
        Bin("all", n / 10, n / 10 + 0.1, 100, n / 10 + 0.05, n / 10 + 0.06, 0.01) for n in range(10)
    ]
    return Report(
        [Quality("model", "closed", *measures), Quality("floor", "closed", *measures)],
        [
            GroupError("effect", f"effect {n}", 50, 0.03, 0.01, 0.002, -0.01, 0.02)
            for n in range(30)
        ],
        [GroupError("move", "Toxic", 20, 0.06, 0.02, 0.004, 0.01, 0.02)],
        [Reliability("all", 1000, bins, 0.01, 0.008)],
    )


def test_a_card_tells_all_its_parts(report: Report) -> None:
    """Data, measures, calibration, errors, ablation, parameters and limits are on it."""
    release = released.release()
    labels = dataset.read(released.LABELS_FILE).head(100)
    ablation = pl.DataFrame([("1-0", "forms", 24, 0.2, 0.01)], schema=ABLATION, orient="row")
    words = card(
        release,
        report,
        labels,
        judged_games=1234,
        ablation=ablation,
        images=("a.png", "b.png"),
    )
    assert f"{release.training_data.games:,} simulated games" in words
    assert "1,234 games" in words
    assert "| closed | **model** | 1,000 | 0.900 | 0.0100 | 0.0600 | 0.2000 | +0.0080" in words
    assert "| effect 0 | 50 | 3.0% | 0.0100 ± 0.0020 | -0.010 ± 0.020 |" in words
    assert "| Toxic |" in words
    assert "| forms | 24 | 0.20000 | +0.01000 |" in words
    assert re.findall(r"!\[.+]\((.+)\)", words) == ["a.png", "b.png"]
    assert "![" not in card(release, report, labels, judged_games=1)


def test_every_parameter_of_a_fit_is_explained() -> None:
    """The released card says of each parameter what it does."""
    words = released.CARD_FILE.read_text(encoding="utf-8")
    for field in fields(Parameters):
        (row,) = [line for line in words.splitlines() if line.startswith(f"| {field.name} | ")]
        assert row.removesuffix(" |").rpartition("| ")[2].strip()


def test_every_population_of_the_data_is_explained() -> None:
    """The card says of each population in the released data what it is."""
    words = released.CARD_FILE.read_text(encoding="utf-8")
    for population in dataset.read(released.LABELS_FILE)["population"].unique():
        row = next(line for line in words.splitlines() if line.startswith(f"| {population} |"))
        assert row.rpartition("| ")[0].rpartition("| ")[2].strip()


def test_the_released_card_is_of_the_released_model() -> None:
    """Card, description and files beside the model belong together."""
    release = released.release()
    words = released.CARD_FILE.read_text(encoding="utf-8")
    assert release.sha256[:12] in words
    assert release.card in re.sub(r"!\[.+]\(.+\)\n\n", "", words)
    for path in released.ARTIFACTS:
        assert path.stat().st_size < 60_000
    for picture in re.findall(r"!\[.+]\((.+)\)", words):
        assert released.FOLDER / picture in released.ARTIFACTS


def test_the_bins_of_the_diagram_travel_with_the_release(report: Report) -> None:
    """A release holds those over all rows; the released one the same as the file beside it."""
    assert [part.rows for part in calibration(report)] == [100] * 10
    bins = pl.read_csv(released.FOLDER / RELIABILITY_FILE).filter(pl.col("population") == "all")
    columns = ("rows", "predicted", "won")
    kept = [msgspec.structs.asdict(part) for part in released.release().calibration]
    assert kept == bins.select(columns).to_dicts()


@pytest.mark.parametrize(
    "draw",
    [
        lambda report: plots.reliability_png(report.reliabilities),
        lambda report: plots.effects_png(report.effects),
    ],
)
def test_a_picture_is_small_and_always_the_same(
    report: Report, draw: Callable[[Report], bytes]
) -> None:
    """The PNG is under 60 KB, large enough to read, holds ink, and is drawn alike twice."""
    content = draw(report)
    assert content == draw(report)
    assert len(content) < 60_000
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.width >= 700
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 10


def test_columns_of_numbers_are_aligned_to_the_right() -> None:
    """A column is one of numbers when all its cells begin like numbers or are empty."""
    assert table(("a", "b", "c"), [("x", "1.0", ""), ("2", "-3", "4")]).splitlines()[1] == (
        "| --- | --: | --: |"
    )


def test_serving_never_imports_the_drawing_library() -> None:
    """The application and the predictor load without matplotlib: it costs memory and time."""
    served = "app.factory, app.runtime, inference.predictor"
    code = f"import sys, {served}; print('matplotlib' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "False\n"
