"""Promote and roll back because somebody says so: the same steps, checks and record."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from lifecycle import promotion
from lifecycle.advance import pass_gate
from lifecycle.promotion import (
    another_serves,
    bring,
    fetch_servable,
    half_done,
    let_go,
    roll_back,
    supersede,
)
from registry.aliases import CHALLENGER, PREVIOUS, SHADOW
from registry.errors import UnknownModelError
from registry.tracking import ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.challenger import Workshop
    from storage.cycle_store import Cycle, State


class BusyError(ValueError):
    """Another cycle is under way."""


def promote(workshop: Workshop, version: int | None, skipped: Sequence[str]) -> tuple[Cycle, bool]:
    """Put a registered version, by default the challenger, through the gate; promote it.

    What passes is watched, by a worker. What does not stays beside the champion as its challenger,
    for the worker to ask again once enough live predictions were scored.

    Returns:
        The cycle, and whether the version serves now.

    Raises:
        BusyError: a cycle of another challenger is under way.
        IncompatibleModelError: the version is of another feature contract.
        RegistryError, StorageError, OSError, ValueError: may be called again.

    """
    settings, record = workshop.settings, workshop.record
    registry = ModelRegistry.open(settings.model, settings.data_dir)
    with _under_way(workshop, "shadowing") as found:
        champion = registry.resolve(settings.model.alias).version
        wanted = version or registry.aliases().get(CHALLENGER)
        if wanted is None:
            raise UnknownModelError("there is no challenger: name a version, `--version 2`")
        if found is not None and found.challenger != wanted:
            raise _busy(found)
        if found is not None and half_done(settings, found):
            return found, promotion.promote(settings, record, found)
        if wanted == champion:
            raise ValueError(f"v{champion} is the champion already")
        fetch_servable(settings, wanted)
        cycle = found
        if cycle is None:
            reason = f"v{wanted} was to be promoted by hand"
            cycle = _begin(workshop, reason, "shadowing", champion, wanted)
            registry.promote(wanted, CHALLENGER)
            registry.promote(wanted, SHADOW)
            bring(settings)
            record.tell_alias_moved()  # whatever the gate says, every machine is to score it
        return cycle, pass_gate(workshop, cycle, skipped=skipped)


def back(workshop: Workshop, why: str) -> Cycle:
    """Let the champion from before serve again.

    Raises:
        UnknownModelError: there was none before, or it was rolled back to already.
        BusyError: a cycle is under way that has promoted nothing.
        IncompatibleModelError: it is of another feature contract.
        RegistryError, StorageError, OSError, ValueError: may be called again.

    """
    settings = workshop.settings
    with _under_way(workshop, "watching") as found:
        cycle = found
        if cycle is None:
            registry = ModelRegistry.open(settings.model, settings.data_dir)
            before = registry.aliases().get(PREVIOUS)
            if before is None:
                raise UnknownModelError(
                    "no champion was there before: there is nothing to go back to"
                )
            fetch_servable(settings, before)
            champion = registry.resolve(settings.model.alias).version
            cycle = _begin(workshop, why, "watching", before, champion)
        roll_back(settings, workshop.record, cycle, why)
        return cycle


def call_off(workshop: Workshop) -> Cycle | None:
    """End the cycle that is under way, if there is one; what serves now serves on.

    Raises:
        RegistryError, StorageError, OSError: may be called again.

    """
    record = workshop.record
    cycle = _look(workshop)
    if cycle is not None:
        # The worker's step is broken off first, or its end would have to be waited for.
        record.wait(record.requests(cycle.model).call_off(cycle))
        with record.alone(cycle.model):
            now = record.wait(record.cycles.get(cycle.id))
            if now is not None and now.state != "ended":
                let_go(workshop.settings, record, now, "cancelled", "called off by hand")
    return cycle


@contextmanager
def _under_way(workshop: Workshop, state: State) -> Iterator[Cycle | None]:
    """Have the model to oneself, and give the cycle that is under way, which must be in a state.

    One that is about other models than the one that serves by now ends for that.
    """

    def look(*, alone: bool) -> Cycle | None:
        cycle = _look(workshop)
        if cycle is None:
            return None
        if another_serves(workshop.settings, cycle):
            if alone:
                supersede(workshop.settings, workshop.record, cycle)
            return None
        if cycle.state != state:
            raise _busy(cycle)
        return cycle

    look(alone=False)  # who would be refused need not wait for that
    with workshop.record.alone(workshop.settings.model.name):
        yield look(alone=True)


def _look(workshop: Workshop) -> Cycle | None:
    record = workshop.record
    return record.wait(record.cycles.under_way(workshop.settings.model.name))


def _busy(cycle: Cycle) -> BusyError:
    return BusyError(f"cycle {cycle.id} is under way; `dexwatch retrain --cancel` calls it off")


def _begin(workshop: Workshop, reason: str, state: State, champion: int, challenger: int) -> Cycle:
    requests = workshop.record.requests(workshop.settings.model.name)
    cycle = workshop.record.wait(
        requests.begin(reason, state=state, champion=champion, challenger=challenger)
    )
    if cycle is None:
        raise BusyError("a cycle has begun just now; `dexwatch cycle` shows it")
    return cycle
