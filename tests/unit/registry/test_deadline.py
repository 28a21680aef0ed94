from __future__ import annotations

import threading
import time

import pytest

from registry.deadline import within


def test_result_and_error_pass_through() -> None:
    """Work that ends in time gives its result, or raises what it raised."""
    assert within(10, lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        within(10, lambda: 1 // 0)


def test_overlong_work_is_left_behind() -> None:
    """Work that does not end is a TimeoutError after the given seconds."""
    release = threading.Event()
    began = time.monotonic()

    with pytest.raises(TimeoutError):
        within(0.1, release.wait)

    assert time.monotonic() - began < 5
    release.set()
