"""Services that tests share, and what they need to start quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.acceptance.service import Service, copied, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder in which a service has prepared everything from nothing."""
    data_dir = tmp_path_factory.mktemp("a data folder") / "data"
    with running(data_dir):
        pass
    return data_dir


@pytest.fixture
def data_dir(prepared: Path, tmp_path: Path) -> Path:
    """Give a copy of the prepared data folder."""
    return copied(prepared, tmp_path)


@pytest.fixture(scope="session")
def service(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run one service for the tests that only ask it questions."""
    # Not on what others copy: they would find the journal of this one.
    with running(copied(prepared, tmp_path_factory.mktemp("shared"))) as started:
        yield started
