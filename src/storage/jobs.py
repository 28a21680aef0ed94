"""Durable jobs in PostgreSQL (PgQueuer): they survive their worker, and one runs at a time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from pgqueuer import PgQueuer
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context, Job  # noqa: TC002  # read from the entry point
from pgqueuer.domain.types import JobId

from storage.borders import translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from storage.database import Database

ADVANCE: Final = "advance cycle"
"""The one kind of job: bring a cycle to its end."""
# It tells at INFO what it retries, which it does with each stop of a worker.
logging.getLogger("pgqueuer").setLevel(logging.WARNING)

HEARTBEAT_SECONDS: Final = 30.0
"""A job whose worker has been silent for so long is taken over by another."""


@dataclass(frozen=True, slots=True)
class JobQueue:
    """Adds jobs and calls them off. Raises ``StorageError`` when the database fails."""

    database: Database

    async def add(self, cycle_id: UUID, model: str) -> int | None:
        """Queue a cycle; None where one of the same model is queued or running."""
        async with self._queries() as queries:
            (job_id,) = await queries.enqueue(
                ADVANCE, cycle_id.bytes, dedupe_key=model, on_conflict="skip"
            )
        return None if job_id is None else int(job_id)

    async def cancel(self, job_id: int) -> None:
        """Call a job off, whether it waits or runs."""
        async with self._queries() as queries:
            await queries.mark_job_as_cancelled([JobId(job_id)])

    @asynccontextmanager
    async def _queries(self) -> AsyncIterator[Queries]:
        connection = await self.database.connect()
        try:
            with translated():
                yield Queries.from_asyncpg_connection(connection)
        finally:
            connection.terminate()


async def work(
    database: Database,
    advance: Callable[[UUID], Coroutine[Any, Any, None]],
    stopping: asyncio.Event,
    *,
    pause: float,
) -> None:
    """Do jobs until told to stop; what runs then is taken up again by the next worker.

    Args:
        database: with the right to write.
        advance: brings a cycle to its end. Cancelled when its job is called off, and when the work
            stops.
        stopping: set to stop.
        pause: seconds between looks for jobs that nobody told of.

    Raises:
        StorageError: the connection is lost; may be called again.

    """
    connection = await database.connect()
    try:
        with translated():
            queue = PgQueuer.from_asyncpg_connection(connection)

            @queue.entrypoint(ADVANCE, concurrency_limit=1)
            async def run(job: Job, context: Context) -> None:
                with context.cancellation:
                    if not await _unless_stopped(advance(UUID(bytes=job.payload)), stopping):
                        raise RetryRequested

            await _until_stopped(queue, stopping, pause)
    finally:
        connection.terminate()


async def _until_stopped(queue: PgQueuer, stopping: asyncio.Event, pause: float) -> None:
    async def end() -> None:
        await stopping.wait()
        queue.shutdown.set()

    ending = asyncio.create_task(end())
    try:
        await queue.run(
            batch_size=1,
            dequeue_timeout=timedelta(seconds=pause),
            heartbeat_timeout=timedelta(seconds=HEARTBEAT_SECONDS),
        )
    finally:
        ending.cancel()


async def _unless_stopped(advancing: Coroutine[Any, Any, None], stopping: asyncio.Event) -> bool:
    """Await what a job does; False when it was broken off because the worker stops."""
    doing = asyncio.create_task(advancing)
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({doing, stop}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            await doing
            return True
        return False
    finally:
        stop.cancel()
        doing.cancel()
        await asyncio.gather(doing, stop, return_exceptions=True)
