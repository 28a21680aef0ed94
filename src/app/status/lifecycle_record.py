"""Reads, every few seconds, what the database records of how models came to serve."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from storage.audit_store import AuditStore
from storage.cycle_store import CycleStore
from storage.errors import StorageError

if TYPE_CHECKING:
    from config.settings import ModelSettings
    from storage.database import Database
    from telemetry.instruments import LifecycleInstruments

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 10.0


async def follow_lifecycle(
    database: Database, model: ModelSettings, instruments: LifecycleInstruments
) -> None:
    """Keep the instruments what the database says, until cancelled."""
    audit, cycles = AuditStore(database), CycleStore(database)
    while True:
        try:
            under_way = await cycles.under_way(model.name)
            instruments.read(await audit.counts(), under_way.state if under_way else None)
        except StorageError as error:
            logger.debug("the lifecycle's record could not be read: %s", error)
        await asyncio.sleep(EVERY_SECONDS)
