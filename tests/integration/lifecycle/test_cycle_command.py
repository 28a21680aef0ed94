"""``dexwatch cycle show`` of records that lack something."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from click.testing import CliRunner
from tests.integration.lifecycle.conftest import recording

from cli.main import dexwatch
from storage.audit_store import AuditEntry, AuditStore
from storage.cycle_store import NewCycle

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from storage.database import Database
    from storage.embedded import DatabaseUrls


def _shown(urls: DatabaseUrls, data_dir: Path, *options: str) -> list[str]:
    environment = {"DEXWATCH_DATABASE_URL": urls.owner, "DEXWATCH_DATA_DIR": str(data_dir)}
    done = CliRunner().invoke(dexwatch, ["cycle", "show", *options], env=environment)
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def test_a_cycle_without_steps_or_traces_is_shown(
    database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    """A line for the cycle, one for each step, and its trace only where a step has one."""
    trace = "0af7651916cd43dd8448eb211c80319c"
    with recording(database_urls) as record:
        cycle = record.wait(
            record.cycles.begin(NewCycle(id=uuid4(), model="dexwatch", reason="a test", carrier={}))
        )
        assert cycle is not None
        assert _shown(database_urls, tmp_path) == [f"{cycle.id} requested (a test)"]
        for trace_id in (trace, None):
            record.wait(_add(record.cycles.database, cycle.id, trace_id))
        *_, last = _shown(database_urls, tmp_path)
        assert last == f"trace {trace} (Grafana, Explore, Tempo, if it was kept)"
        *_, seed, size, _ = _shown(database_urls, tmp_path, "--details")
        assert (seed, size) == ("    seed: 7", "    size: 2 MB, at most 20")


async def _add(database: Database, cycle: UUID, trace_id: str | None) -> None:
    await AuditStore(database).add(
        AuditEntry(
            cycle=cycle,
            step="label",
            outcome="failed",
            actor="worker",
            model_version=None,
            trace_id=trace_id,
            summary="no Node",
            details={
                "seed": 7,
                "size": {"check": "size", "passed": True, "says": "2 MB, at most 20"},
            },
        )
    )
