"""The reliability diagram."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from ui.plot import reliability
from ui.recorded import Bucket


def test_points_lie_where_their_numbers_say() -> None:
    """From left to right what was predicted, upwards what was won, larger for more battles."""
    drawn = reliability([Bucket(10, 0.1, 0.0), Bucket(90, 0.9, 1.0)], "<predicted>", "won")
    assert ET.fromstring(drawn).tag == "svg"  # noqa: S314  # our own text, which has to be well-formed
    (few, many) = [
        tuple(map(float, found))
        for found in re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', drawn)
    ]
    assert few[:2] == (30.0, 300.0)
    assert many[:2] == (270.0, 0.0)
    assert few[2] < many[2]
