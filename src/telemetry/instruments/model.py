"""What the service tells about its model and its predictions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic, time
from typing import TYPE_CHECKING, NamedTuple, Self

from opentelemetry.metrics import Observation

from telemetry.bound import Bound, kept_context
from telemetry.instruments.confidence import ConfidenceWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from opentelemetry.context import Context
    from opentelemetry.metrics import Counter, Histogram

    from telemetry.signals import Labels, SignalMeter


class _Series(NamedTuple):
    """What the predictions of one version are recorded in."""

    predictions: Bound
    duration: Bound
    win_probability: Bound


@dataclass(slots=True)
class _Serving:
    """The model that answers now."""

    version: str | None = None
    load_seconds: float = 0.0
    trained_at: datetime | None = None
    checked_at: float | None = None


@dataclass(frozen=True, slots=True)
class ModelInstruments:
    """Predictions, their confidence, and which model makes them."""

    _predictions: Counter
    _duration: Histogram
    _win_probability: Histogram
    _loads: Counter
    _load_failures: Counter
    _explanation_duration: Histogram
    _explanations_refused: Counter
    _labels: Labels
    _confidence: ConfidenceWindow
    _series: dict[str, _Series] = field(default_factory=dict)
    _serving: _Serving = field(default_factory=_Serving)
    _explaining: list[Callable[[], int]] = field(default_factory=list)

    @classmethod
    def create(cls, signals: SignalMeter, confidence: ConfidenceWindow | None = None) -> Self:
        """Create the instruments; ``confidence`` may come with a clock of its own."""
        made = cls(
            signals.counter("model_predictions"),
            signals.histogram("model_prediction_duration"),
            signals.histogram("model_win_probability"),
            signals.counter("model_loads"),
            signals.counter("model_load_failures"),
            signals.histogram("model_explanation_duration"),
            signals.counter("model_explanations_refused"),
            signals.labels("model_predictions"),
            confidence or ConfidenceWindow(),
        )
        made._explanations_refused.add(0)
        made._load_failures.add(0)
        signals.gauge("model_explanations_pending", made._observe_explaining)
        signals.gauge("model_confidence_score", made._observe_confidence)
        signals.gauge("model_confidence_predictions", made._observe_confidence_predictions)
        signals.gauge("model_info", made._observe_info)
        signals.gauge("model_age", made._observe_age)
        signals.gauge("model_check_age", made._observe_check_age)
        signals.gauge("model_load_duration", made._observe_load_duration)
        return made

    def predicted(self, model_version: str, seconds: float, win_probability: float) -> None:
        """Note one answered prediction and the win probability of the move it recommends."""
        self.predicted_batch(model_version, seconds, (win_probability,), kept_context())

    def predicted_batch(
        self,
        model_version: str,
        seconds: float,
        win_probabilities: Sequence[float],
        kept: Context | None = None,
    ) -> None:
        """Note predictions that were answered together, each after the same ``seconds``.

        ``kept`` is the context of a trace that will be kept: exemplars lead there.
        """
        series = self._series.get(model_version)
        if series is None:
            series = self._series[model_version] = self._make(model_version)
        series.predictions.record(len(win_probabilities), kept)
        for win_probability in win_probabilities:
            series.duration.record(seconds, kept)
            series.win_probability.record(win_probability, kept)
            self._confidence.add(model_version, win_probability)

    def _make(self, model_version: str) -> _Series:
        labels = self._labels(model_version)
        return _Series(
            Bound(self._predictions, labels),
            Bound(self._duration, labels),
            Bound(self._win_probability, labels),
        )

    def explained(self, model_version: str, seconds: float) -> None:
        """Note an explanation, which counts as no prediction."""
        self._explanation_duration.record(seconds, self._labels(model_version))

    def explanation_refused(self) -> None:
        """Note an explanation that was refused because enough were under way."""
        self._explanations_refused.add(1)

    def watch_explanations(self, pending: Callable[[], int]) -> None:
        """Ask ``pending``, whenever someone looks, how many explanations are under way."""
        self._explaining[:] = [pending]

    def model_loaded(
        self, version: str, seconds: float, /, *, trained_at: datetime | None = None
    ) -> None:
        """Note that a model began to serve after taking so long to load."""
        labels = self._labels(version)
        self._loads.add(1, labels)
        # The first prediction would be lost to rate() if its series began with it.
        self._predictions.add(0, labels)
        self._serving.version = version
        self._serving.load_seconds = seconds
        self._serving.trained_at = trained_at

    def model_load_failed(self) -> None:
        """Note that a model could not be loaded; the one before it answers on."""
        self._load_failures.add(1)

    def model_checked(self) -> None:
        """Note that it was looked whether another model is to serve."""
        self._serving.checked_at = monotonic()

    def _observe_check_age(self) -> Iterator[Observation]:
        if self._serving.checked_at is not None:
            yield Observation(monotonic() - self._serving.checked_at)

    def _observe_explaining(self) -> Iterator[Observation]:
        for pending in self._explaining:
            yield Observation(pending())

    def _observe_confidence(self) -> Iterator[Observation]:
        for version, (mean, _) in self._confidence.means().items():
            yield Observation(mean, self._labels(version))

    def _observe_confidence_predictions(self) -> Iterator[Observation]:
        for version, (_, predictions) in self._confidence.means().items():
            yield Observation(predictions, self._labels(version))

    def _observe_info(self) -> Iterator[Observation]:
        if self._serving.version is not None:
            yield Observation(1, self._labels(self._serving.version))

    def _observe_age(self) -> Iterator[Observation]:
        if self._serving.version is not None and self._serving.trained_at is not None:
            age = time() - self._serving.trained_at.astimezone(UTC).timestamp()
            yield Observation(age, self._labels(self._serving.version))

    def _observe_load_duration(self) -> Iterator[Observation]:
        if self._serving.version is not None:
            yield Observation(self._serving.load_seconds, self._labels(self._serving.version))
