"""Drift reports in PostgreSQL: the latest few thousand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database

KEPT: Final = 10_000
"""Reports; a week of one a minute."""

ADD: Final = """
    INSERT INTO drift_reports (computed_at, model_version, verdict, row_count, report)
    VALUES ($1, $2, $3, $4, $5) RETURNING report_id
"""
FORGET: Final = "DELETE FROM drift_reports WHERE report_id <= $1 AND report_id <> $2"
LATEST: Final = """
    SELECT report_id, report FROM drift_reports WHERE report_id > $1
    ORDER BY report_id DESC LIMIT 1
"""
STANDING: Final = """
    SELECT report_id, report, count(*) OVER () AS reports FROM drift_reports
    WHERE report_id > coalesce((
        SELECT report_id FROM drift_reports WHERE verdict <> $2 OR model_version <> $1
        ORDER BY report_id DESC LIMIT 1), 0)
    ORDER BY report_id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class DriftStore:
    """Adds and reads reports, each as its JSON."""

    database: Database

    async def add(
        self, computed_at: datetime, model_version: str, verdict: str, rows: int, report: bytes
    ) -> None:
        """Store a report under what it says, and forget what is over :data:`KEPT`.

        But for the first of those that say the same: it tells since when, however long that is.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        async with self.database.connection() as connection, connection.transaction():
            number = await connection.fetchval(
                ADD, computed_at, model_version, verdict, rows, report.decode()
            )
            first = await connection.fetchrow(STANDING, model_version, verdict)
            await connection.execute(FORGET, number - KEPT, first["report_id"])

    async def latest(self, after: int = 0) -> tuple[int, bytes] | None:
        """Give the number and the JSON of the last report, unless that is no later than ``after``.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        async with self.database.connection() as connection:
            row = await connection.fetchrow(LATEST, after)
        return None if row is None else (row["report_id"], row["report"].encode())

    async def standing(self, model_version: str, verdict: str) -> tuple[int, bytes] | None:
        """Count the last reports that all say so of a version; give the first one's JSON.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        async with self.database.connection() as connection:
            row = await connection.fetchrow(STANDING, model_version, verdict)
        return None if row is None else (row["reports"], row["report"].encode())
