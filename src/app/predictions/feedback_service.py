"""Take what became of predicted battles, once each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.problems.exceptions import ConflictingFeedbackError, UnknownPredictionError
from capture.finder import FinderBusyError
from inference.lane import OverloadedError
from storage.feedback_store import JudgedPrediction

if TYPE_CHECKING:
    from uuid import UUID

    from capture.finder import PredictionFinder
    from storage.feedback_store import Feedback, FeedbackStore, Winner
    from telemetry.instruments import FeedbackInstruments


@dataclass(frozen=True, slots=True)
class FeedbackService:
    """Joins feedback with its prediction and stores both."""

    store: FeedbackStore
    finder: PredictionFinder
    instruments: FeedbackInstruments

    async def take(
        self, prediction_id: UUID, winner: Winner, key_id: str | None = None
    ) -> Feedback:
        """Store who won; the same again changes nothing and gives the same.

        Args:
            prediction_id: as it was answered.
            winner: of the battle.
            key_id: of the API key that it is told with.

        Raises:
            UnknownPredictionError: no journal and no file has the prediction.
            ConflictingFeedbackError: somebody else had won before.
            OverloadedError: enough predictions are being looked for, or some cannot be now.
            StorageError: the database does not answer, or refuses.

        """
        known = await self.store.find(prediction_id)
        if known is None:
            judged = await self._judge(prediction_id, winner)
            known = await self.store.add(judged, key_id)
            if known is not None:
                self.instruments.judged(known.model_version, known.win_probability, winner)
                return known
            # Somebody else has told it meanwhile.
            known = await self.store.find(prediction_id)
        if known is None or known.winner != winner:
            self.instruments.refused("conflict")
            raise ConflictingFeedbackError(str(prediction_id))
        return known

    async def _judge(self, prediction_id: UUID, winner: Winner) -> JudgedPrediction:
        try:
            row = await self.finder.find(str(prediction_id))
        except FinderBusyError as error:
            raise OverloadedError("enough predictions are being looked for") from error
        except OSError as error:
            raise OverloadedError("not everything could be looked through") from error
        except ValueError:
            row = None  # no id that we have made
        if row is None:
            self.instruments.refused("unknown_prediction")
            raise UnknownPredictionError(str(prediction_id))
        return JudgedPrediction(
            prediction_id=prediction_id,
            winner=winner,
            predicted_at=row["predicted_at"],
            model_version=row["model_version"],
            pokemon_a_id=row["pokemon_a_id"],
            pokemon_b_id=row["pokemon_b_id"],
            recommended_move=row["recommended_move"],
            win_probability=row["win_probability"],
        )
