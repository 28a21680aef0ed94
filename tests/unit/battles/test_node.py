"""Finding Node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from battles.errors import NodeMissingError, SimulatorError, SimulatorMissingError
from battles.node import SIMULATOR_MISSING_STATUS, ended, node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Forget what was found before and after."""
    node.cache_clear()
    yield
    node.cache_clear()


def test_the_systems_node_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Node on the path is taken."""
    program = tmp_path / "node"
    program.touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert node() == program


def test_a_package_may_bring_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one on the path, the package's program is taken."""
    program = tmp_path / "node_in_a_wheel" / "bin" / "node"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    (tmp_path / "node_in_a_wheel" / "__init__.py").touch()
    monkeypatch.setenv("PATH", "")
    monkeypatch.syspath_prepend(tmp_path)
    assert node("node_in_a_wheel") == program


def test_no_node_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """With neither, the error says what to run."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NodeMissingError, match="make node"):
        node("no_such_package")


def test_a_missing_simulator_is_told_from_a_crash() -> None:
    """The programs' own status means that the simulator is not installed."""
    missing = ended(SIMULATOR_MISSING_STATUS, "")
    assert isinstance(missing, SimulatorMissingError)
    assert "make node" in str(missing)
    crash = ended(1, "RangeError: out of memory")
    assert isinstance(crash, SimulatorError)
    assert "out of memory" in str(crash)
