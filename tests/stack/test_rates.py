"""The guide's rates, over everything that has happened to the stack by now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stack.conftest import RunningStack


@pytest.mark.parametrize(
    "query", ["rate(api_requests_total[1m])", "rate(model_predictions_total[1m]) * 60"]
)
def test_a_rate_over_a_minute_always_answers(stack: RunningStack, query: str) -> None:
    """At every second of two minutes, from the first samples on, there is an answer."""
    (first,) = stack.query("min_over_time(timestamp(sum(api_requests_total))[1h:1s])")
    began = float(first["value"][1]) + 5  # two samples make a rate
    time.sleep(max(0.0, began + 122 - time.time()))
    series = stack.query_range(query, began, began + 120, 1)
    moments = {moment for one in series for moment, _ in one["values"]}
    assert len(moments) == 121
