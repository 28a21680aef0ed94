"""Cycles: attempts to replace the champion, of which one at most is under way for a model.

What moves a cycle is a step: its row of the audit comes with the move, or neither does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID  # noqa: TC003  # likewise

import msgspec

from storage.audit_store import write
from storage.columns import columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.audit_store import AuditEntry
    from storage.database import Database

State = Literal["requested", "shadowing", "watching", "ended"]
Outcome = Literal["kept", "refused", "rolled_back", "failed", "cancelled"]

MOST_FAILURES: Final = 5
"""In a row, after which a cycle is given up, unless it watches what serves."""

CHANNEL: Final = "dexwatch_model"
"""Told whenever an alias of the registry has moved."""

PROMOTING: Final = timedelta(minutes=1)
"""What passes at most from the first answer of a promoted model to the state of its cycle."""

TELL: Final = "SELECT pg_notify($1, '')"


class NewCycle(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt to replace the champion that is to begin."""

    id: UUID
    model: str
    reason: str
    state: State = "requested"
    champion: int | None = None
    """The version that served when the challenger was registered."""
    challenger: int | None = None
    carrier: dict[str, str]
    """Trace context that every step goes on in."""


class Cycle(NewCycle, frozen=True, kw_only=True):
    """One attempt to replace the champion, as it is now."""

    outcome: Outcome | None
    failures: int
    """In a row, of the state it is in."""
    job_id: int | None
    began_at: datetime
    state_since: datetime

    @property
    def answers_since(self) -> datetime:
        """No later than the first answer of the model that is watched."""
        return self.state_since - PROMOTING


_COLUMNS: Final = columns(Cycle)
BEGIN: Final = f"""
    INSERT INTO cycles (id, model, reason, state, champion, challenger, carrier)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (model) WHERE state <> 'ended' DO NOTHING RETURNING {_COLUMNS}
"""  # noqa: S608  # our own names
GET: Final = f"SELECT {_COLUMNS} FROM cycles WHERE id = $1"  # noqa: S608  # likewise
UNDER_WAY: Final = f"""
    SELECT {_COLUMNS} FROM cycles WHERE model = $1 AND state <> 'ended'
"""  # noqa: S608  # likewise
RECENT: Final = f"""
    SELECT {_COLUMNS} FROM cycles WHERE model = $1 ORDER BY began_at DESC LIMIT $2
"""  # noqa: S608  # likewise
QUEUED: Final = "UPDATE cycles SET job_id = $2 WHERE id = $1"
FAILED: Final = "UPDATE cycles SET failures = failures + 1 WHERE id = $1 RETURNING failures"
SUCCEEDED: Final = "UPDATE cycles SET failures = 0 WHERE id = $1"
# A cycle that has ended stays as it ended, whoever comes late.
GO_ON: Final = f"""
    UPDATE cycles SET state = $2, champion = coalesce($3, champion),
        challenger = coalesce($4, challenger), failures = 0, state_since = now()
    WHERE id = $1 AND state <> 'ended' RETURNING {_COLUMNS}
"""  # noqa: S608  # likewise
END: Final = f"""
    UPDATE cycles SET state = 'ended', outcome = $2, state_since = now()
    WHERE id = $1 AND state <> 'ended' RETURNING {_COLUMNS}
"""  # noqa: S608  # likewise


@dataclass(frozen=True, slots=True)
class CycleStore:
    """Reads and moves cycles. Every method raises ``StorageError`` when the database fails."""

    database: Database

    async def begin(self, cycle: NewCycle, step: AuditEntry | None = None) -> Cycle | None:
        """Begin a cycle; None where one is under way."""
        return await self._move(
            step,
            BEGIN,
            cycle.id,
            cycle.model,
            cycle.reason,
            cycle.state,
            cycle.champion,
            cycle.challenger,
            msgspec.json.encode(cycle.carrier).decode(),
        )

    async def get(self, cycle_id: UUID) -> Cycle | None:
        """Give a cycle."""
        return await self._row(GET, cycle_id)

    async def under_way(self, model: str) -> Cycle | None:
        """Give the cycle that is under way for a model."""
        return await self._row(UNDER_WAY, model)

    async def recent(self, model: str, most: int) -> list[Cycle]:
        """Give the last cycles of a model, the newest first."""
        async with self.database.connection() as connection:
            return [_cycle(row) for row in await connection.fetch(RECENT, model, most)]

    async def queued(self, cycle_id: UUID, job_id: int) -> None:
        """Note which job advances a cycle."""
        async with self.database.connection() as connection:
            await connection.execute(QUEUED, cycle_id, job_id)

    async def go_on(
        self,
        cycle_id: UUID,
        state: State,
        *,
        champion: int | None = None,
        challenger: int | None = None,
        step: AuditEntry | None = None,
    ) -> Cycle | None:
        """Bring a cycle into another state, and tell of it; None where it has ended."""
        return await self._move(step, GO_ON, cycle_id, state, champion, challenger, tell=True)

    async def end(
        self, cycle_id: UUID, outcome: Outcome, step: AuditEntry | None = None
    ) -> Cycle | None:
        """End a cycle, and tell of it; None where it has ended already."""
        return await self._move(step, END, cycle_id, outcome, tell=True)

    async def tell_alias_moved(self) -> None:
        """Have every machine bring the registry's models into its cache."""
        await self.database.fetchval(TELL, CHANNEL)

    async def failed(self, cycle_id: UUID) -> int:
        """Count a failure; give how many there were in a row."""
        failures: int = await self.database.fetchval(FAILED, cycle_id)
        return failures

    async def succeeded(self, cycle_id: UUID) -> None:
        """Begin to count failures anew."""
        async with self.database.connection() as connection:
            await connection.execute(SUCCEEDED, cycle_id)

    async def _move(
        self, step: AuditEntry | None, query: str, *arguments: Any, tell: bool = False
    ) -> Cycle | None:
        """Change a cycle, add the row of the step that does, and tell; all of it or nothing."""
        async with self.database.connection() as connection, connection.transaction():
            row = await connection.fetchrow(query, *arguments)
            if row is None:
                return None
            if step is not None:
                await write(connection, step)
            if tell:
                await connection.execute(TELL, CHANNEL)
        return _cycle(row)

    async def _row(self, query: str, *arguments: Any) -> Cycle | None:
        async with self.database.connection() as connection:
            row = await connection.fetchrow(query, *arguments)
        return None if row is None else _cycle(row)


def _cycle(row: Mapping[str, Any]) -> Cycle:
    return Cycle(**{**row, "carrier": msgspec.json.decode(row["carrier"])})
