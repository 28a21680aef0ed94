"""Play a plan on all cores of this machine, part by part."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from typing import TYPE_CHECKING, Final

import msgspec

from battles.errors import BattleError, PlanError, SimulationStoppedError
from battles.parts import PartsFolder, describe, read_labels
from battles.progress import Meter, meter
from battles.room import processes
from battles.tasks import rows, tasks
from battles.worker import Worker, worker

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from features.dex import Dex

logger = logging.getLogger(__name__)

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


class SimulationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a plan is played."""

    games: int = 64
    """Games for each matchup and opening."""
    seed: int = 0
    workers: int = 0
    """Processes; 0: as many as there is room for. Makes no difference to the labels."""
    part_size: int = 200
    """Matchups in a part: what a stop may lose."""


def simulate(
    plan: pl.DataFrame, dex: Dex, folder: Path, settings: SimulationSettings
) -> pl.DataFrame:
    """Play what is missing of a plan and give all its labels.

    Finished parts are kept in ``folder`` and skipped the next time. SIGINT and SIGTERM stop the
    simulation in order: the processes are ended first.

    Args:
        plan: columns of :data:`battles.tasks.PLAN`
        dex: names forms and moves for the simulator
        folder: of this plan alone
        settings: how many games, processes and matchups a part

    Returns:
        Columns of :data:`battles.tasks.LABELS`, in the order of the plan.

    Raises:
        PlanError: the plan is empty or malformed.
        PlanMismatchError: the folder holds parts of another plan.
        SimulationStoppedError: a signal asked to stop.
        BattleError: Node or the simulator is missing, or failed.

    """
    if plan.is_empty():
        raise PlanError("the plan has no matchups")
    description = describe(plan, settings.games, settings.seed, settings.part_size)
    parts = PartsFolder(folder, description)
    missing = parts.missing()
    if missing:
        simulation = _Simulation(plan, dex, parts, settings)
        asyncio.run(_until_signalled(simulation, missing))
    return read_labels(folder)


class _Simulation:
    def __init__(
        self, plan: pl.DataFrame, dex: Dex, parts: PartsFolder, settings: SimulationSettings
    ) -> None:
        self._plan = plan
        self._dex = dex
        self._parts = parts
        self._settings = settings

    async def run(self, missing: list[int]) -> None:
        """Play parts on as many workers as there is room for.

        Raises:
            BattleError: the first that went wrong; the other workers are ended.

        """
        waiting = list(reversed(missing))
        workers = self._settings.workers or processes()
        openings = sum(
            int(self._parts.slice(self._plan, number)["openings"].list.len().sum())
            for number in missing
        )
        with meter(openings * self._settings.games) as shown:
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(workers, len(missing))):
                        group.create_task(self._work(waiting, shown))
            except ExceptionGroup as errors:
                ours = errors.subgroup(BattleError)
                if ours is None:
                    raise
                raise ours.exceptions[0] from None

    async def _work(self, waiting: list[int], shown: Meter) -> None:
        async with worker() as running:
            while waiting:
                await self._play(running, waiting.pop(), shown)

    async def _play(self, running: Worker, number: int, shown: Meter) -> None:
        part = self._parts.slice(self._plan, number)
        given = tasks(part, self._dex, self._settings.games, self._settings.seed)
        outcomes = []
        async for outcome in running.play(given):
            outcomes.append(outcome)
            shown.advance(sum(tally.games for tally in outcome.openings.values()))
        labels = rows(part, given, outcomes)
        await asyncio.to_thread(self._parts.save, number, labels)
        logger.debug("part finished", extra={"part": number, "rows": labels.height})


async def _until_signalled(simulation: _Simulation, missing: list[int]) -> None:
    running = asyncio.ensure_future(simulation.run(missing))
    stopping: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        stopping.append(number)
        running.cancel()

    loop = asyncio.get_running_loop()
    # Only the main thread may listen to signals; elsewhere whoever runs us sees to stopping.
    heard = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in _STOPPING} if heard else {}
    for number in before:
        loop.add_signal_handler(number, stop, number)
    try:
        await running
    except asyncio.CancelledError:
        if not stopping:
            raise
        raise SimulationStoppedError(
            f"stopped by {stopping[0].name}; finished parts are kept, the same command goes on"
        ) from None
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
