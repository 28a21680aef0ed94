"""Play a plan on a Ray cluster, part by part; the labels are those of one machine.

Every node needs this package, Node and the simulator. The driver keeps the finished parts, so a
simulation goes on where it stopped, on a cluster of any size or on one machine.
"""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, Any, Final

from battles.errors import BattleError, OtherRulesError, PlanError, SimulationStoppedError
from battles.node import rules_digest
from battles.parts import PartsFolder, describe, read_labels
from battles.progress import meter
from battles.tasks import play

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from battles.simulate import SimulationSettings
    from features.dex import Dex

logger = logging.getLogger(__name__)

_KNOCK_SECONDS: Final = 5.0

PARTS_A_CORE: Final = 2
"""Parts under way for each core: one plays while the next is on its way."""


class RayMissingError(BattleError):
    """Ray is not installed."""

    def __init__(self) -> None:
        super().__init__("Ray is not installed: `uv pip install 'dexwatch[scale]'` brings it")


class ClusterMissingError(BattleError):
    """No Ray cluster answers."""

    def __init__(self, address: str | None) -> None:
        super().__init__(
            f"no Ray cluster answers at {address or 'RAY_ADDRESS'}: start one with `ray start"
            " --head` and name its host and port"
        )


def play_by_rules(
    part: pl.DataFrame, dex: Dex, games: int, seed: int, rules: str
) -> tuple[pl.DataFrame, str]:
    """Play a part on the node that this runs on; give its labels and the node's id.

    Raises:
        OtherRulesError: the node's :func:`~battles.node.rules_digest` is not ``rules``.
        BattleError: the node lacks Node or the simulator, or a matchup failed.

    """
    if rules_digest() != rules:
        raise OtherRulesError(
            "a node plays by other rules than the driver: install the same Dexwatch and"
            " pokemon-showdown on all of them"
        )
    import ray  # noqa: PLC0415  # an extra

    return play(part, dex, games, seed), ray.get_runtime_context().get_node_id()


def simulate_on_ray(
    plan: pl.DataFrame,
    dex: Dex,
    folder: Path,
    settings: SimulationSettings,
    *,
    address: str | None = None,
) -> pl.DataFrame:
    """Play what is missing of a plan on a cluster and give all its labels.

    Args:
        plan: columns of :data:`battles.tasks.PLAN`
        dex: names forms and moves for the simulator
        folder: of this plan alone, on the driver
        settings: as for :func:`battles.simulate.simulate`; ``workers`` 0 takes the whole cluster
        address: of the cluster; None: that of RAY_ADDRESS, else one of this machine alone

    Returns:
        Columns of :data:`battles.tasks.LABELS`, in the order of the plan.

    Raises:
        RayMissingError: the extra ``scale`` is not installed.
        ClusterMissingError: nothing answers at the address.
        PlanError: the plan is empty or malformed.
        PlanMismatchError: the folder holds parts of another plan.
        SimulationStoppedError: Ctrl-C; finished parts are kept.
        BattleError: a node lacks Node or the simulator, or plays by other rules, or a matchup
            failed there.

    """
    if plan.is_empty():
        raise PlanError("the plan has no matchups")
    parts = PartsFolder(folder, describe(plan, settings.games, settings.seed, settings.part_size))
    missing = parts.missing()
    if not missing:
        return read_labels(folder)
    try:
        import ray  # noqa: PLC0415  # an extra
    except ModuleNotFoundError:
        raise RayMissingError from None
    joined = not ray.is_initialized()
    if joined:
        _join(ray, address)
    try:
        _play_missing(ray, parts, plan, dex, settings, missing)
    except KeyboardInterrupt:
        raise SimulationStoppedError(
            "stopped by SIGINT; finished parts are kept, the same command goes on"
        ) from None
    finally:
        if joined:
            ray.shutdown()
    return read_labels(folder)


def _join(ray: Any, address: str | None) -> None:
    # Ray itself waits for minutes for a host that does not answer.
    host, _, port = (address or "").rpartition("://")[2].rpartition(":")
    try:
        if host and port.isdigit():
            socket.create_connection((host, int(port)), _KNOCK_SECONDS).close()
        ray.init(address=address, include_dashboard=False, log_to_driver=False)
    except (ConnectionError, TimeoutError, socket.gaierror) as error:
        raise ClusterMissingError(address) from error


def _play_missing(  # noqa: PLR0913, PLR0917  # what a simulation is made of
    ray: Any,
    parts: PartsFolder,
    plan: pl.DataFrame,
    dex: Dex,
    settings: SimulationSettings,
    missing: list[int],
) -> None:
    remote = ray.remote(max_retries=2)(play_by_rules)
    given, rules = ray.put(dex), rules_digest()
    waiting = list(reversed(missing))
    limit = settings.workers or PARTS_A_CORE * _cores(ray)
    under_way: dict[object, int] = {}
    with meter(_games(parts, plan, missing, settings.games)) as shown:
        while waiting or under_way:
            while waiting and len(under_way) < limit:
                number = waiting.pop()
                part = parts.slice(plan, number)
                reference = remote.remote(part, given, settings.games, settings.seed, rules)
                under_way[reference] = number
            (done, *_), _ = ray.wait(list(under_way))
            labels, node = _result(ray, done)
            number = under_way.pop(done)
            parts.save(number, labels)
            logger.debug("part finished", extra={"part": number, "node": node})
            shown.advance(int(labels["games"].sum()))


def _cores(ray: Any) -> int:
    """Count the cluster's cores."""
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def _result(ray: Any, done: object) -> tuple[pl.DataFrame, str]:
    from ray.exceptions import RayTaskError  # noqa: PLC0415  # an extra

    try:
        played: tuple[pl.DataFrame, str] = ray.get(done)
    except RayTaskError as error:
        if isinstance(error.cause, BattleError):
            raise error.cause from error
        raise
    return played


def _games(parts: PartsFolder, plan: pl.DataFrame, missing: list[int], games: int) -> int:
    openings = sum(
        int(parts.slice(plan, number)["openings"].list.len().sum()) for number in missing
    )
    return openings * games
