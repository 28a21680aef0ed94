"""What serving processes see of models: sums over a few seconds, added up when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.database import Database

Role = Literal["serving", "shadow"]

ADD: Final = """
    INSERT INTO live_windows (model_version, role, predictions, failures, slow, seconds,
        confidence, disagreements, difference, skipped)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
SUM: Final = """
    SELECT coalesce(sum(predictions), 0)::bigint AS predictions,
        coalesce(sum(failures), 0)::bigint AS failures, coalesce(sum(slow), 0)::bigint AS slow,
        coalesce(sum(seconds), 0) AS seconds, coalesce(sum(confidence), 0) AS confidence,
        coalesce(sum(disagreements), 0)::bigint AS disagreements,
        coalesce(sum(difference), 0) AS difference, coalesce(sum(skipped), 0)::bigint AS skipped,
        count(*) FILTER (WHERE predictions + failures > 0) AS windows,
        count(*) FILTER (WHERE failures > 0) AS failed_windows,
        count(*) FILTER (WHERE slow > 0) AS slow_windows
    FROM live_windows WHERE model_version = $1 AND role = $2 AND at >= $3 AND at < $4
"""
REMOVE: Final = "DELETE FROM live_windows WHERE at < $1"


class LiveSums(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of a model over some time."""

    predictions: int = 0
    failures: int = 0
    slow: int = 0
    """Predictions above 0.1 s."""
    seconds: float = 0.0
    """What they took together."""
    confidence: float = 0.0
    """Sum of max(p, 1 - p) of recommended moves."""
    disagreements: int = 0
    """Of a shadow: where it would recommend another move."""
    difference: float = 0.0
    """Of a shadow: sum of |its p - the champion's| of the champion's recommended move."""
    skipped: int = 0
    """Of a shadow: predictions that it was not asked about."""

    def __add__(self, other: Self) -> Self:
        return type(self)(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__}
        )


class LiveWindow(LiveSums, frozen=True, kw_only=True):
    """The same of one process over a few seconds."""

    model_version: str
    role: Role


class LiveTotal(LiveSums, frozen=True, kw_only=True):
    """What was seen of a model by all processes."""

    windows: int = 0
    """In how many windows there were any, some that failed, and some that were slow."""
    failed_windows: int = 0
    slow_windows: int = 0

    @property
    def asked(self) -> int:
        """How many predictions there were to make."""
        return self.predictions + self.failures


@dataclass(frozen=True, slots=True)
class LiveStore:
    """Adds and sums up. Every method raises ``StorageError`` when the database fails."""

    database: Database

    async def add(self, windows: Sequence[LiveWindow]) -> None:
        """Add windows."""
        async with self.database.connection() as connection, connection.transaction():
            # Sessions of the service are read-only unless they say otherwise.
            await connection.execute("SET TRANSACTION READ WRITE")
            await connection.executemany(
                ADD,
                [
                    (
                        window.model_version,
                        window.role,
                        *(getattr(window, name) for name in LiveSums.__struct_fields__),
                    )
                    for window in windows
                ],
            )

    async def total(
        self, model_version: str, role: Role, since: datetime, until: datetime
    ) -> LiveTotal:
        """Add up what was seen of a model in a role between two moments."""
        async with self.database.connection() as connection:
            row = await connection.fetchrow(SUM, model_version, role, since, until)
        assert row is not None  # noqa: S101  # an aggregate always gives a row
        return LiveTotal(**row)

    async def remove_before(self, moment: datetime) -> None:
        """Remove what is older."""
        async with self.database.connection() as connection:
            await connection.execute(REMOVE, moment)
