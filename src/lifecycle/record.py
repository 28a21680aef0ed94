"""The record of a cycle: its state, and a row of the audit with a span for each step.

Steps are ordinary blocking code (battles, fits, MLflow); what they tell the database goes over an
event loop that runs only while they do.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from opentelemetry import trace

from lifecycle.request import CycleRequests
from storage.audit_store import AuditEntry, AuditStore
from storage.cycle_store import CycleStore
from storage.database import Database
from storage.exclusive import exclusive
from storage.feedback_store import FeedbackStore
from storage.live_store import LiveStore
from telemetry.propagation import continued

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from config.settings import DatabaseSettings
    from storage.audit_store import AuditRow
    from storage.cycle_store import Cycle
    from telemetry.setup import Telemetry

CHANNEL: Final = "dexwatch_model"
"""Told whenever an alias of the registry has moved."""

PATIENCE_SECONDS: Final = 60.0
"""How long a step waits for another of the same model. Only playing and learning take longer."""

_Result = TypeVar("_Result")


@dataclass(slots=True)
class Step:
    """What is recorded of a step, filled in while it is done."""

    outcome: str = "done"
    """A value of the attribute ``step_outcome`` in signals.toml."""
    summary: str = ""
    model_version: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """An open record. Its methods block, and raise ``StorageError`` when the database fails."""

    cycles: CycleStore
    live: LiveStore
    feedback: FeedbackStore
    actor: str
    """Who does the steps, for the audit."""
    _audit: AuditStore
    _database: Database
    _runner: asyncio.Runner
    _telemetry: Telemetry

    @classmethod
    @contextmanager
    def open(
        cls, settings: DatabaseSettings, url: str, telemetry: Telemetry, actor: str
    ) -> Iterator[Self]:
        """Open the record in a database that may be written to."""
        with asyncio.Runner() as runner:
            opening = Database.open(settings, url, read_only=False)
            database = runner.run(opening.__aenter__())
            try:
                yield cls(
                    CycleStore(database),
                    LiveStore(database),
                    FeedbackStore(database),
                    actor,
                    AuditStore(database),
                    database,
                    runner,
                    telemetry,
                )
            finally:
                runner.run(opening.__aexit__(None, None, None))

    def wait(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Do something with the database."""
        return self._runner.run(work)

    @contextmanager
    def alone(self, model: str) -> Iterator[None]:
        """Do steps for a model while nobody else does: neither a worker nor a command.

        Raises:
            HeldElsewhereError: somebody else does, for long.

        """
        having = exclusive(self._database, model, PATIENCE_SECONDS)
        self.wait(having.__aenter__())
        try:
            yield
        finally:
            self.wait(having.__aexit__(None, None, None))

    @contextmanager
    def step(self, cycle: Cycle, name: str) -> Iterator[Step]:
        """Do a step in the trace of its cycle; what came of it is a row of the audit.

        An error ends the step as failed, and is raised on.
        """
        step = Step()
        try:
            with self._telemetry.tracer("dexwatch").start_as_current_span(
                f"lifecycle {name}", context=continued(cycle.carrier)
            ) as span:
                try:
                    yield step
                except Exception as error:
                    step.outcome = "failed"
                    step.summary = f"{type(error).__name__}: {error}".partition("\n")[0]
                    raise
                finally:
                    self._note(cycle, name, step, span)
        finally:
            # The next step may take minutes, and be broken off.
            self._telemetry.send_spans()

    def _note(self, cycle: Cycle, name: str, step: Step, span: trace.Span) -> None:
        context = span.get_span_context()
        version = None if step.model_version is None else f"v{step.model_version}"
        span.set_attribute("dexwatch.lifecycle.outcome", step.outcome)
        if version:
            span.set_attribute("dexwatch.model.version", version)
        entry = AuditEntry(
            cycle=cycle.id,
            step=name,
            outcome=step.outcome,
            actor=self.actor,
            model_version=version,
            trace_id=trace.format_trace_id(context.trace_id) if context.is_valid else None,
            summary=step.summary,
            details=step.details,
        )
        self.wait(self._audit.add(entry))

    def steps(self, cycle: Cycle) -> list[AuditRow]:
        """Give what the audit holds of a cycle."""
        return self.wait(self._audit.of_cycle(cycle.id))

    def requests(self, model: str) -> CycleRequests:
        """Take requests for cycles of a model, in the name of the same actor."""
        tracer = self._telemetry.tracer("dexwatch")
        return CycleRequests(self._database, model, tracer, self.actor)

    def tell_alias_moved(self) -> None:
        """Have every machine bring the registry's models into its cache."""
        self.wait(self._database.fetchval("SELECT pg_notify($1, '')", CHANNEL))
