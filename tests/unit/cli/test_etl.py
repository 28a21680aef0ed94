"""Loads of the dex are traced."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import pytest
from opentelemetry.trace import StatusCode

from cli.etl import load_snapshot
from config.settings import read
from telemetry.in_memory import InMemoryTelemetry

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNBOOKS: Final = Path(__file__).parents[3] / "docs" / "runbooks"


def _sought() -> Iterator[str]:
    for alert in ("EtlFailed", "DataQualityFailed"):
        yield from re.findall(r'&& name = "(.+?)"', (RUNBOOKS / f"{alert}.md").read_text())


def test_a_load_that_fails_is_found_as_its_runbooks_say(tmp_path: Path) -> None:
    """The failed load is a span with an error, of the name that the runbooks have Tempo seek."""
    memory = InMemoryTelemetry.create()
    loading = load_snapshot(
        read({}), "postgresql://nobody@127.0.0.1:1/x", memory.telemetry, tmp_path
    )
    with pytest.raises(click.ClickException):
        asyncio.run(loading)
    failed = [span.name for span in memory.spans() if span.status.status_code is StatusCode.ERROR]
    assert failed == ["etl load"]
    assert list(_sought()) == ["etl load", "etl load"]
