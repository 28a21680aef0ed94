"""The report as a page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from capture.tally import SLOT_SECONDS, Tally
from drift.concept import calibration
from drift.judge import judge
from drift.page import RANKED, SHOWN, page
from drift.report import Volume
from drift.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.counts import Counts

NOON = datetime(2026, 1, 30, 12, tzinfo=UTC)
OUTCOMES = {(0.95, "A"): 90, (0.95, "B"): 10, (0.2, "B"): 40, (0.2, "draw"): 10}


def _page(counts: Counts | None, baseline: Counts | None) -> str:
    first = int(NOON.timestamp()) // SLOT_SECONDS
    slots = {first + hour * 6: 50 for hour in range(30)}
    tally = counts and Tally(first=NOON, last=NOON, slots=slots, counts=counts)
    report = judge(
        Window(tally, skipped=0),
        baseline,
        {"v1": OUTCOMES},
        Volume(last_hour=50, usual=48.0),
        model_version="v1",
        now=NOON + timedelta(hours=30),
        began=monotonic(),
    )
    return page(report, tally, baseline, OUTCOMES)


def test_it_is_one_file_with_pictures(baseline: Counts, draw: Callable[..., Counts]) -> None:
    """Nothing is fetched and nothing runs; every picture is drawn well."""
    text = _page(draw(1_000, 1, {0, 9}), baseline)

    assert not re.findall(r"https?://|<script|<link|<img|@import|url\(", text)
    assert "width=device-width" in text
    assert "prefers-color-scheme: dark" in text
    pictures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    # The features, the answers, feedback and volume.
    assert len(pictures) == SHOWN + 3
    for picture in pictures:
        for element in ET.fromstring(picture).iter("rect"):  # noqa: S314  # our own text
            assert float(element.attrib["height"]) >= 0
            assert 0 <= float(element.attrib["y"]) <= 190
    assert text.count('class="bar') == RANKED
    assert text.count('class="bar moved"') == 2
    assert "<h3>a_hp</h3>" in text


def test_it_says_what_there_is_without_a_verdict(
    baseline: Counts, draw: Callable[..., Counts]
) -> None:
    """With too few rows, no baseline or no data at all."""
    for counts, lacking in ((draw(50, 1), baseline), (draw(500, 1), None), (None, baseline)):
        text = _page(counts, lacking)
        assert "How far features lie apart" not in text
        assert "<h2>Feedback</h2>" in text
        assert ("<h2>Volume</h2>" in text) == (counts is not None)


def test_calibration_is_by_tenths() -> None:
    """What was predicted and won on the average, and how many each tenth holds."""
    (low, high) = calibration(OUTCOMES)
    assert low == pytest.approx((0.2, 0.1, 0.5))
    assert high == pytest.approx((0.95, 0.9, 1.0))
