"""Images, built once for all tests."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.compose.dockerfile import Builder
from tests.compose.sandbox import require_namespaces
from tests.compose.up import composed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.compose.up import Up


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    """Give what builds the Dockerfile's stages, each when it is asked for."""
    require_namespaces()
    folder = tmp_path_factory.mktemp("images")
    yield Builder(folder)
    # Gigabytes, that pytest would keep.
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def up(images: Builder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Give the services of compose.yaml, started when they are asked for."""
    with composed(images, tmp_path_factory.mktemp("up")) as started:
        yield started
