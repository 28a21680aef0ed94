"""Making a challenger, cut off where it takes longest."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.lifecycle.conftest import begin

from battles.errors import SimulationStoppedError
from battles.simulate import simulate
from lifecycle import challenger
from registry.errors import UnknownModelError
from training import dataset, release_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lifecycle.challenger import Workshop

pytestmark = pytest.mark.filterwarnings(
    # MLflow 3.17 still declares a loader strategy that SQLAlchemy 2.1 deprecates.
    "ignore:The ``noload`` loader strategy:DeprecationWarning:mlflow",
)


def test_battles_that_were_broken_off_go_on_while_production_asks_on(
    shop: Workshop,
    ask: Callable[[Iterable[tuple[int, int]]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was played counts, and nothing that was asked since is mixed into it."""
    ask(product(range(1, 13), range(1, 13)))
    cycle = begin(shop, "requested")
    played: list[str] = []

    def cut_off(plan: Any, dex: Any, folder: Any, settings: Any) -> Any:
        played.append(folder.name)
        if folder.name == "judge":
            raise SimulationStoppedError("stopped by SIGTERM")
        return simulate(plan, dex, folder, settings)

    monkeypatch.setattr(challenger, "simulate", cut_off)
    monkeypatch.setattr(challenger, "GAMES", 2)
    monkeypatch.setattr(challenger, "FURTHER_GAMES", 1)
    monkeypatch.setattr(challenger, "JUDGED_GAMES", 2)
    with pytest.raises(SimulationStoppedError):
        shop.make(cycle)
    assert played[0] == "first-2"
    ask(product(range(20, 40), range(20, 40)))
    ask(product(range(20, 40), range(20, 40)))
    monkeypatch.setattr(challenger, "simulate", simulate)
    folder = shop.folder(cycle)
    # What comes after the battles is not asked for here.
    (folder / release_files.RELEASE_FILE).touch()
    with pytest.raises(UnknownModelError):
        shop.make(cycle)
    labels = [dataset.read(folder / name) for name in ("learn.parquet", "judge.parquet")]
    forms = {form for part in labels for form in part["pokemon_a_id"]}
    assert forms <= set(range(1, 13))
    steps = [(row.step, row.outcome) for row in shop.record.steps(cycle)]
    assert steps[:3] == [("request", "done"), ("label", "failed"), ("label", "done")]
    assert shop.record.steps(cycle)[2].details["seed"] == challenger.seed_of(cycle)


def test_every_cycle_plays_games_of_its_own(shop: Workshop) -> None:
    """The questions asked most come again, and are no news if they are played alike."""
    seeds = set()
    for _ in range(20):
        cycle = begin(shop, "requested")
        seeds.add(challenger.seed_of(cycle))
        shop.record.wait(shop.record.cycles.end(cycle.id, "cancelled"))
    assert len(seeds) == 20
