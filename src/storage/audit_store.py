"""The audit: what was done to which model, by whom, why, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # msgspec resolves field types
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID  # noqa: TC003  # likewise

import msgspec

from storage.columns import columns

if TYPE_CHECKING:
    import asyncpg

    from storage.database import Database


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a cycle."""

    cycle: UUID
    step: str
    outcome: str
    actor: str
    model_version: str | None
    trace_id: str | None
    summary: str
    """In one line."""
    details: dict[str, Any]


class AuditRow(AuditEntry, frozen=True, kw_only=True):
    """A step as it is stored."""

    id: int
    at: datetime


ADD: Final = """
    INSERT INTO audit (cycle, step, outcome, actor, model_version, trace_id, summary, details)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
OF_CYCLE: Final = f"SELECT {columns(AuditRow)} FROM audit WHERE cycle = $1 ORDER BY id"  # noqa: S608  # our own names
COUNTS: Final = "SELECT step, outcome, count(*) FROM audit GROUP BY step, outcome"


@dataclass(frozen=True, slots=True)
class AuditStore:
    """Adds and reads. Every method raises ``StorageError`` when the database fails."""

    database: Database

    async def add(self, entry: AuditEntry) -> None:
        """Add a step; it stands for ever."""
        async with self.database.connection() as connection:
            await write(connection, entry)

    async def of_cycle(self, cycle_id: UUID) -> list[AuditRow]:
        """Give the steps of a cycle, in their order."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(OF_CYCLE, cycle_id)
        return [AuditRow(**{**row, "details": msgspec.json.decode(row["details"])}) for row in rows]

    async def counts(self) -> dict[tuple[str, str], int]:
        """Count all steps that there ever were, by step and outcome."""
        async with self.database.connection() as connection:
            return {(row[0], row[1]): row[2] for row in await connection.fetch(COUNTS)}


async def write(
    connection: asyncpg.pool.PoolConnectionProxy[asyncpg.Record], entry: AuditEntry
) -> None:
    """Add a step within whatever transaction the connection is in."""
    await connection.execute(
        ADD,
        entry.cycle,
        entry.step,
        entry.outcome,
        entry.actor,
        entry.model_version,
        entry.trace_id,
        entry.summary,
        msgspec.json.encode(entry.details).decode(),
    )
