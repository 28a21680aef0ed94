"""Errors that cross from one process to another."""

from __future__ import annotations

import pickle

import pytest

from battles import errors
from battles.errors import BattleError

MISSING = (errors.NodeMissingError(), errors.SimulatorMissingError())
SAID = tuple(
    kind("what went wrong")
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, BattleError)
)


@pytest.mark.parametrize("error", [*MISSING, *SAID], ids=lambda error: type(error).__name__)
def test_an_error_arrives_as_it_was_sent(error: BattleError) -> None:
    """A node of a cluster can send any of them, with its words."""
    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert (type(arrived), str(arrived)) == (type(error), str(error))
