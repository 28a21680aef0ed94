"""Begin a cycle: at most one is under way for a model, whoever asks, and however often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from storage.audit_store import AuditEntry
from storage.cycle_store import CycleStore, NewCycle
from storage.jobs import JobQueue
from telemetry.propagation import carrier
from telemetry.trace_ids import current_trace_id

if TYPE_CHECKING:
    from opentelemetry import trace

    from storage.cycle_store import Cycle, State
    from storage.database import Database


@dataclass(frozen=True, slots=True)
class CycleRequests:
    """Takes requests for cycles of one model. Raises ``StorageError`` when the database fails."""

    database: Database
    model: str
    tracer: trace.Tracer
    actor: str

    async def begin(
        self,
        reason: str,
        *,
        state: State = "requested",
        champion: int | None = None,
        challenger: int | None = None,
    ) -> Cycle | None:
        """Begin a cycle whose steps all go on in the trace that begins here.

        Args:
            reason: for the record.
            state: to begin in; beyond the first with the versions that it is about.
            champion: that serves now.
            challenger: that is to serve.

        Returns:
            The cycle; None where one is under way.

        """
        with self.tracer.start_as_current_span("lifecycle request"):
            new = NewCycle(
                id=uuid4(),
                model=self.model,
                reason=reason,
                state=state,
                champion=champion,
                challenger=challenger,
                carrier=carrier(),
            )
            entry = AuditEntry(
                cycle=new.id,
                step="request",
                outcome="done",
                actor=self.actor,
                model_version=None,
                trace_id=current_trace_id(),
                summary=reason,
                details={},
            )
            cycle = await CycleStore(self.database).begin(new, entry)
            if cycle is None:
                return None
        await self.queue(cycle)
        return cycle

    async def queue(self, cycle: Cycle) -> None:
        """Have a worker advance a cycle, if none is to do so already."""
        job_id = await JobQueue(self.database).add(cycle.id, self.model)
        if job_id is not None:
            await CycleStore(self.database).queued(cycle.id, job_id)

    async def resume(self) -> None:
        """Queue the cycle that is under way, should its job have been lost."""
        cycle = await CycleStore(self.database).under_way(self.model)
        if cycle is not None:
            await self.queue(cycle)

    async def rested(self, pause: timedelta) -> bool:
        """Tell whether the last cycle began so long ago that another may begin by itself."""
        last = await CycleStore(self.database).recent(self.model, 1)
        return not last or last[0].began_at < datetime.now(UTC) - pause

    async def call_off(self, cycle: Cycle) -> None:
        """Have no worker advance a cycle any more; what one does for it now is broken off."""
        now = await CycleStore(self.database).get(cycle.id)
        if now is not None and now.job_id is not None:
            await JobQueue(self.database).cancel(now.job_id)
