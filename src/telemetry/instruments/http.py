"""What the service tells about the requests it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram

    from telemetry.signals import Labels, SignalMeter

SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class HttpInstruments:
    """Requests, errors and their duration."""

    _requests: Counter
    _errors: Counter
    _duration: Histogram
    _labels: Labels
    _series: dict[tuple[str, str, int], dict[str, str]] = field(default_factory=dict)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        return cls(
            signals.counter("api_requests"),
            signals.counter("api_errors"),
            signals.histogram("api_request_duration"),
            signals.labels("api_requests"),
        )

    def finished(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Count a request whose answer has left.

        Recorded in the context of the server span, so that an exemplar leads to its trace.
        """
        key = (endpoint, method, status)
        labels = self._series.get(key)
        if labels is None:
            labels = self._series[key] = self._labels(endpoint, method, str(status))
            # Without its own zero the ratio of errors to requests has no value while all is well.
            self._errors.add(0, labels)
        self._requests.add(1, labels)
        self._duration.record(seconds, labels)
        if status >= SERVER_ERROR:
            self._errors.add(1, labels)
