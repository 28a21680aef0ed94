"""What is told of a simulation under way."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from battles.progress import Lines

if TYPE_CHECKING:
    import pytest


def test_without_a_terminal_the_log_says_how_far_it_came(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The last line counts the games played, also when they are not all."""
    caplog.set_level(logging.INFO)
    with Lines(total=100) as lines:
        lines.advance(30)
        lines.advance(40)
    (record,) = caplog.records
    assert record.getMessage() == "battles: 70 of 100 games"
    assert record.__dict__["games_per_second"] > 0
    assert record.__dict__["seconds_left"] is not None
