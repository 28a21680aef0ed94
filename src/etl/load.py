"""Load a snapshot into a store, whole or not at all."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from etl import contract
from etl.snapshot import dex_of, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from etl.contract import Checked, RuleOutcome
    from features.dex import Dex

logger = logging.getLogger(__name__)


class Replaced(Protocol):
    """What a store says of a replacement."""

    @property
    def changed(self) -> bool:
        """Whether anything was written."""

    @property
    def rows(self) -> Mapping[str, int]:
        """Rows of each table that the store holds now."""


class ReplacingStore(Protocol):
    """Where a dex can be put in the place of the one before, in one transaction."""

    async def replace(self, dex: Dex) -> Replaced:
        """Replace the stored dex; the same version again writes nothing."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did."""

    version: str
    changed: bool
    rows: Mapping[str, int]
    outcomes: tuple[RuleOutcome, ...]


async def load(
    directory: Path,
    store: ReplacingStore,
    *,
    on_checked: Callable[[tuple[RuleOutcome, ...]], None] = lambda _: None,
) -> Loaded:
    """Check a snapshot and put it into the store.

    Args:
        directory: holds the five CSV files.
        store: is asked only when every row is sound.
        on_checked: called with the outcome of every rule, also when rules are broken.

    Raises:
        SnapshotMissingError: a file is missing, or is not such a table.
        DataQualityError: a row breaks a rule; the store keeps what it had.

    """
    checked = await asyncio.to_thread(_check, directory)
    on_checked(checked.outcomes)
    dex = dex_of(checked.sound())
    replaced = await store.replace(dex)
    logger.info(
        "dex loaded",
        extra={
            "dex_version": dex.version,
            "changed": replaced.changed,
            "rows": dict(replaced.rows),
        },
    )
    return Loaded(dex.version, replaced.changed, replaced.rows, checked.outcomes)


def _check(directory: Path) -> Checked:
    return contract.check(read_text(directory))
