"""The reliability diagram."""

from __future__ import annotations

import re

from ui.plot import reliability
from ui.recorded import Bucket


def test_points_lie_where_their_numbers_say() -> None:
    """From left to right what was predicted, upwards what was won, larger for more battles."""
    drawn = reliability([Bucket(10, 0.1, 0.0), Bucket(90, 0.9, 1.0)], "<predicted>", "won")
    assert "&lt;predicted&gt;" in drawn
    (few, many) = re.findall(r"left:([\d.]+)%;bottom:([\d.]+)%;width:([\d.]+)rem", drawn)
    assert few[:2] == ("10.0", "0.0")
    assert many[:2] == ("90.0", "100.0")
    assert float(few[2]) < float(many[2])
