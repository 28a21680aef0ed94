"""Move the aliases of the registry, and with them what is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.predictor import require_contract
from registry.aliases import CHALLENGER, PREVIOUS, SHADOW
from registry.sync import fetch, sync, sync_shadow
from registry.tracking import ModelRegistry

if TYPE_CHECKING:
    from config.settings import Settings
    from lifecycle.record import Record
    from storage.cycle_store import Cycle, Outcome


def bring(settings: Settings) -> None:
    """Bring what the aliases stand for into the local cache, from where it is served.

    Raises:
        RegistryError, OSError: the cache is as it was, or has the champion already.

    """
    sync(settings.model, settings.data_dir)
    sync_shadow(settings.model, settings.data_dir)


def fetch_servable(settings: Settings, version: int) -> None:
    """Have a version at hand, its checksum compared, that this code computes the features of.

    Raises:
        IncompatibleModelError: it was trained on others.
        RegistryError, OSError: it is not to be had.

    """
    found = fetch(settings.model, settings.data_dir, version).manifest
    require_contract(found.label, found.contract_version)


def another_serves(settings: Settings, cycle: Cycle) -> bool:
    """Tell whether what serves is neither of the two models that a cycle is about.

    Not where none serves, or the cycle has no challenger yet.

    Raises:
        RegistryError: may be called again.

    """
    if cycle.challenger is None:
        return False
    registry = ModelRegistry.open(settings.model, settings.data_dir)
    serving = registry.aliases().get(settings.model.alias)
    return serving is not None and serving not in versions(cycle)


def promote(settings: Settings, record: Record, cycle: Cycle) -> bool:
    """Let the challenger serve, and the one before be scored beside it; the cycle watches then.

    May be called again after it was cut off.

    Returns:
        Whether it serves; not where the cycle was called off meanwhile.

    Raises:
        RegistryError, StorageError, OSError: may be called again.

    """
    champion, challenger = versions(cycle)
    with record.step(cycle, "promote") as step:
        step.model_version = challenger
        registry = ModelRegistry.open(settings.model, settings.data_dir)
        registry.promote(champion, PREVIOUS)
        registry.promote(challenger, settings.model.alias)
        registry.promote(champion, SHADOW)
        registry.withdraw(CHALLENGER)
        bring(settings)
        step.summary = f"v{challenger} serves in the place of v{champion}"
        serves = record.go_on(step, "watching")
        if not serves:
            _serve_again(settings, registry, champion)
            step.outcome = "cancelled"
            step.summary = f"called off meanwhile: v{champion} serves on"
            record.tell_alias_moved()
    return serves


def half_done(settings: Settings, cycle: Cycle) -> bool:
    """Tell whether a promotion was cut off once the alias had moved, before its cycle watched.

    Raises:
        RegistryError: may be called again.

    """
    if cycle.state != "shadowing":
        return False
    registry = ModelRegistry.open(settings.model, settings.data_dir)
    return registry.aliases().get(settings.model.alias) == cycle.challenger


def roll_back(settings: Settings, record: Record, cycle: Cycle, why: str) -> None:
    """Let the champion from before serve again, and end the cycle.

    May be called again after it was cut off.

    Raises:
        IncompatibleModelError: it is of another feature contract; nothing has moved.
        RegistryError, StorageError, OSError: may be called again.

    """
    champion, challenger = versions(cycle)
    with record.step(cycle, "rollback") as step:
        step.model_version = champion
        registry = ModelRegistry.open(settings.model, settings.data_dir)
        _serve_again(settings, registry, champion)
        step.summary = f"v{champion} serves again in the place of v{challenger}: {why}"
        record.end(step, "rolled_back")


def _serve_again(settings: Settings, registry: ModelRegistry, champion: int) -> None:
    fetch_servable(settings, champion)  # before anything moves
    registry.promote(champion, settings.model.alias)
    registry.withdraw(SHADOW)
    registry.withdraw(PREVIOUS)
    bring(settings)


def let_go(settings: Settings, record: Record, cycle: Cycle, outcome: Outcome, why: str) -> None:
    """End a cycle without moving what is served: nothing is scored beside it any more.

    Raises:
        RegistryError, StorageError, OSError: may be called again.

    """
    with record.step(cycle, "end") as step:
        step.model_version = cycle.challenger
        if half_done(settings, cycle):
            # Nobody would watch it.
            champion, _ = versions(cycle)
            registry = ModelRegistry.open(settings.model, settings.data_dir)
            _serve_again(settings, registry, champion)
            why = f"{why}; v{champion} serves again"
        withdraw(settings)
        step.outcome = {"kept": "passed", "rolled_back": "worse"}.get(outcome, outcome)
        step.summary = why
        record.end(step, outcome)


def supersede(settings: Settings, record: Record, cycle: Cycle) -> None:
    """End a cycle where a third model serves: what it compares is not what does.

    Raises:
        RegistryError, StorageError, OSError: may be called again.

    """
    let_go(settings, record, cycle, "cancelled", "another model serves by now")


def withdraw(settings: Settings) -> None:
    """Have no challenger, and nothing scored beside the champion.

    Raises:
        RegistryError, OSError: may be called again.

    """
    registry = ModelRegistry.open(settings.model, settings.data_dir)
    for alias in (CHALLENGER, SHADOW):
        registry.withdraw(alias)
    sync_shadow(settings.model, settings.data_dir)


def versions(cycle: Cycle) -> tuple[int, int]:
    """Give the champion and the challenger of a cycle that has both.

    Raises:
        ValueError: it has no challenger yet.

    """
    if cycle.champion is None or cycle.challenger is None:
        raise ValueError(f"cycle {cycle.id} has no challenger yet")
    return cycle.champion, cycle.challenger
