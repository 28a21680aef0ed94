"""The record of a cycle: its state, and a row of the audit with a span for each step.

A step that moves its cycle does so with its row, in one transaction: one that is cut off before is
done again, one that is cut off after is recorded.

Steps are ordinary blocking code (battles, fits, MLflow); what they tell the database goes over an
event loop that runs only while they do.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from lifecycle.request import CycleRequests
from storage.audit_store import AuditEntry, AuditStore
from storage.cycle_store import CycleStore
from storage.database import Database
from storage.exclusive import exclusive
from storage.feedback_store import FeedbackStore
from storage.live_store import LiveStore
from telemetry.propagation import continued
from telemetry.trace_ids import current_trace_id

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from opentelemetry import trace

    from config.settings import DatabaseSettings
    from storage.audit_store import AuditRow
    from storage.cycle_store import Cycle, Outcome, State
    from telemetry.setup import Telemetry

PATIENCE_SECONDS: Final = 60.0
"""How long a step waits for another of the same model. Only playing and learning take longer."""

_Result = TypeVar("_Result")


@dataclass(slots=True)
class Step:
    """A step, and what is recorded of it, filled in while it is done."""

    cycle: Cycle
    name: str
    span: trace.Span
    outcome: str = "done"
    """A value of the attribute ``step_outcome`` in signals.toml."""
    summary: str = ""
    model_version: int | None = None
    details: dict[str, Any] = field(default_factory=dict)
    noted: bool = False
    """Whether its row is there, and what it says now comes too late."""


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

        An error ends the step as failed, who breaks it off (Ctrl-C) as cancelled; both go on.
        """
        try:
            with self._telemetry.tracer("dexwatch").start_as_current_span(
                f"lifecycle {name}", context=continued(cycle.carrier)
            ) as span:
                step = Step(cycle, name, span)
                try:
                    yield step
                except Exception as error:
                    step.outcome = "failed"
                    step.summary = f"{type(error).__name__}: {error}".partition("\n")[0]
                    raise
                except BaseException as error:
                    step.outcome = "cancelled"
                    step.summary = f"broken off: {type(error).__name__}"
                    raise
                finally:
                    if not step.noted:
                        self.wait(self._audit.add(self._entry(step)))
        finally:
            # The next step may take minutes, and be broken off.
            self._telemetry.send_spans()

    def go_on(
        self,
        step: Step,
        state: State,
        *,
        champion: int | None = None,
        challenger: int | None = None,
    ) -> bool:
        """Bring a step's cycle into another state, have its row say so, and tell every machine.

        All of it or nothing: a step that is cut off before is done again.

        Returns:
            Whether it is so. Not where the cycle has ended meanwhile; the step goes on then, and
            is to tell what becomes of the aliases.

        """
        return self._move(
            step,
            self.cycles.go_on(
                step.cycle.id,
                state,
                champion=champion,
                challenger=challenger,
                step=self._entry(step),
            ),
        )

    def end(self, step: Step, outcome: Outcome) -> None:
        """End a step's cycle likewise."""
        if not self._move(step, self.cycles.end(step.cycle.id, outcome, self._entry(step))):
            self.tell_alias_moved()

    def _move(self, step: Step, moving: Coroutine[Any, Any, Cycle | None]) -> bool:
        step.noted = self.wait(moving) is not None
        return step.noted

    def _entry(self, step: Step) -> AuditEntry:
        version = None if step.model_version is None else f"v{step.model_version}"
        step.span.set_attribute("dexwatch.lifecycle.outcome", step.outcome)
        if version:
            step.span.set_attribute("dexwatch.model.version", version)
        return AuditEntry(
            cycle=step.cycle.id,
            step=step.name,
            outcome=step.outcome,
            actor=self.actor,
            model_version=version,
            trace_id=current_trace_id(),
            summary=step.summary,
            details=step.details,
        )

    def steps(self, cycle: Cycle) -> list[AuditRow]:
        """Give what the audit holds of a cycle."""
        return self.wait(self._audit.of_cycle(cycle.id))

    def requests(self, model: str) -> CycleRequests:
        """Take requests for cycles of a model, in the name of the same actor."""
        tracer = self._telemetry.tracer("dexwatch")
        return CycleRequests(self._database, model, tracer, self.actor)

    def tell_alias_moved(self) -> None:
        """Have every machine bring the registry's models into its cache."""
        self.wait(self.cycles.tell_alias_moved())
