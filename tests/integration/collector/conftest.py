"""What the collector sends traces and logs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.otlp_receiver import OtlpReceiver

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sink() -> Iterator[OtlpReceiver]:
    """Stand in for Tempo and Loki."""
    with OtlpReceiver() as sink:
        yield sink
