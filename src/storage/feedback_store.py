"""Feedback in PostgreSQL: once for each prediction, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # msgspec resolves field types
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID  # noqa: TC003  # likewise

import msgspec

from storage.columns import columns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from storage.database import Database

Winner = Literal["A", "B", "draw"]
REACHED: Final[Mapping[str, float]] = {"A": 1.0, "draw": 0.5, "B": 0.0}
"""What A has reached in a battle, by its winner: what a win probability is held against."""


class JudgedPrediction(msgspec.Struct, frozen=True, kw_only=True):
    """A prediction and who won."""

    prediction_id: UUID
    winner: Winner
    predicted_at: datetime
    model_version: str
    pokemon_a_id: int
    pokemon_b_id: int
    recommended_move: str
    win_probability: float


class Feedback(JudgedPrediction, frozen=True, kw_only=True):
    """A judged prediction as it is stored."""

    received_at: datetime


_COLUMNS: Final = columns(Feedback)
FIND: Final = f"SELECT {_COLUMNS} FROM feedback WHERE prediction_id = $1"  # noqa: S608  # our own names
SINCE: Final = f"""
    SELECT {_COLUMNS} FROM feedback WHERE received_at >= $1 ORDER BY received_at
"""  # noqa: S608  # likewise
OF_VERSION: Final = f"""
    SELECT {_COLUMNS} FROM feedback WHERE model_version = $1 AND predicted_at >= $2
    ORDER BY received_at DESC LIMIT $3
"""  # noqa: S608  # likewise
COUNT_OF_VERSION: Final = """
    SELECT count(*) FROM feedback WHERE model_version = $1 AND predicted_at >= $2
"""
OUTCOMES: Final = """
    SELECT model_version, win_probability, winner, count(*) AS predictions
    FROM (SELECT * FROM feedback ORDER BY received_at DESC LIMIT $1) AS latest
    GROUP BY model_version, win_probability, winner
"""
ADD: Final = f"""
    INSERT INTO feedback (prediction_id, winner, predicted_at, model_version, pokemon_a_id,
        pokemon_b_id, recommended_move, win_probability)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (prediction_id) DO NOTHING RETURNING {_COLUMNS}
"""  # noqa: S608  # likewise
NOTE_KEY: Final = "INSERT INTO feedback_keys (prediction_id, key_id) VALUES ($1, $2)"


@dataclass(frozen=True, slots=True)
class FeedbackStore:
    """Reads and adds feedback."""

    database: Database

    async def find(self, prediction_id: UUID) -> Feedback | None:
        """Give what is known of a prediction's battle.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        async with self.database.connection() as connection:
            row = await connection.fetchrow(FIND, prediction_id)
        return None if row is None else Feedback(**row)

    async def add(self, judged: JudgedPrediction, key_id: str | None = None) -> Feedback | None:
        """Store feedback; None where there is some of the same prediction already.

        Args:
            judged: what is told.
            key_id: of the API key that it is told with; noted beside it.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        async with self.database.connection() as connection, connection.transaction():
            # Sessions of the service are read-only unless they say otherwise.
            await connection.execute("SET TRANSACTION READ WRITE")
            row = await connection.fetchrow(
                ADD,
                judged.prediction_id,
                judged.winner,
                judged.predicted_at,
                judged.model_version,
                judged.pokemon_a_id,
                judged.pokemon_b_id,
                judged.recommended_move,
                judged.win_probability,
            )
            if row is not None and key_id is not None:
                await connection.execute(NOTE_KEY, judged.prediction_id, key_id)
        return None if row is None else Feedback(**row)

    async def of_version(self, model_version: str, since: datetime, most: int) -> list[Feedback]:
        """Give what was last heard of a model's predictions since a moment, the newest first.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        async with self.database.connection() as connection:
            rows = await connection.fetch(OF_VERSION, model_version, since, most)
        return [Feedback(**row) for row in rows]

    async def count(self, model_version: str, since: datetime) -> int:
        """Count what was heard of a model's predictions since a moment.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        count: int = await self.database.fetchval(COUNT_OF_VERSION, model_version, since)
        return count

    async def outcomes(self, latest: int) -> dict[str, dict[tuple[float, str], int]]:
        """Count what was received last, by model version and by what was predicted and who won.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        async with self.database.connection() as connection:
            rows = await connection.fetch(OUTCOMES, latest)
        found: dict[str, dict[tuple[float, str], int]] = {}
        for row in rows:
            answer = row["win_probability"], row["winner"]
            found.setdefault(row["model_version"], {})[answer] = row["predictions"]
        return found

    async def since(self, moment: datetime) -> AsyncIterator[Feedback]:
        """Go through what was received at ``moment`` or later, the oldest first.

        Raises:
            StorageError: the database does not answer, or refuses.

        """
        async with self.database.connection() as connection, connection.transaction():
            async for row in connection.cursor(SINCE, moment, prefetch=1000):
                yield Feedback(**row)
