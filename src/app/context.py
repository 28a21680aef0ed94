"""The finished services that handlers are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.problems.exceptions import NoDexError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.access.guard import Guard
    from app.access.rate_limits import Rates
    from app.explanations.service import ExplanationService
    from app.joined_calls import JoinedCalls
    from app.predictions.batches import BatchService
    from app.predictions.feedback_service import FeedbackService
    from app.predictions.service import PredictionService
    from app.served_dex import ServedDex
    from app.status.drift_watch import LastDrift
    from config.settings import ServerSettings
    from registry.manifest import ModelManifest


class DexState:
    """The dex that is served now; a newer one takes its place in one assignment."""

    def __init__(self, current: ServedDex | None = None) -> None:
        self._current = current

    @property
    def current(self) -> ServedDex | None:
        """The served dex, or nothing before the first load."""
        return self._current

    def swap(self, served: ServedDex) -> None:
        """Serve this one from now on; requests under way finish with the one they have."""
        self._current = served

    def require(self) -> ServedDex:
        """Give the served dex.

        Raises:
            NoDexError: none has been loaded yet.

        """
        if self._current is None:
            raise NoDexError
        return self._current


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """What the service is made of, opened before the first request and closed after the last."""

    dex: DexState
    predictions: PredictionService
    batches: BatchService
    explanations: ExplanationService
    feedback: FeedbackService
    drift: LastDrift
    manifest: Callable[[], ModelManifest | None]
    """What is known of the loaded model."""
    render_metrics: JoinedCalls[tuple[bytes, str]]
    """Gives the body of ``/metrics`` and its content type.

    It takes milliseconds, and nobody's rate limits how often it is asked for.
    """
    guard: Guard
    """Lets callers through by their API keys."""
    rates: Rates
    """What callers have asked of late."""
    settings: ServerSettings
    cors_origins: Sequence[str]
    """Whose pages may read answers in a browser."""
    database_available: Callable[[], bool]
    model_version: Callable[[], str | None]
    """The label of the loaded model, or nothing while there is none."""
    capture_pending: Callable[[], int]
    """How many captured rows wait for the disk."""
    capture_trouble: Callable[[], str | None]
    """What keeps captured rows from their files, if anything does."""
