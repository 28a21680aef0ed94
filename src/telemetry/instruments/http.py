"""What the service tells about the requests it answers: in our words and the conventions'."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from opentelemetry.metrics import Observation

from telemetry.bound import Bound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry import metrics
    from opentelemetry.context import Context
    from opentelemetry.metrics import Histogram

    from telemetry.signals import Labels, SignalMeter

SERVER_ERROR: Final = 500


class _Series(NamedTuple):
    """What one kind of request is recorded in."""

    requests: Bound
    errors: Bound
    duration: Bound
    conventional_duration: Bound


@dataclass(frozen=True, slots=True)
class HttpInstruments:
    """Requests, errors and their duration."""

    _requests: metrics.Counter
    _errors: metrics.Counter
    _duration: Histogram
    _labels: Labels
    _conventional_duration: Histogram
    _series: dict[tuple[str, str, int, str, str | None], _Series] = field(default_factory=dict)
    _active: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        made = cls(
            signals.counter("api_requests"),
            signals.counter("api_errors"),
            signals.histogram("api_request_duration"),
            signals.labels("api_requests"),
            signals.histogram("http.server.request.duration"),
        )
        signals.updown("http.server.active_requests", made._observe_active)
        return made

    def expect(self, endpoint: str, method: str, status: int) -> None:
        """Begin to count an answer at 0: a rate does not see what a series has when it begins."""
        labels = self._labels(endpoint, method, str(status))
        for counter in (self._requests, self._errors):
            Bound(counter, labels).record(0)

    def began(self, method: str, scheme: str) -> None:
        """Count a request as under way. Called from one thread, the event loop's."""
        self._active[method, scheme] += 1

    def ended(self, method: str, scheme: str) -> None:
        """Count it no longer."""
        self._active[method, scheme] -= 1

    def finished(  # noqa: PLR0913  # what there is to know of a request
        self,
        endpoint: str,
        method: str,
        status: int,
        seconds: float,
        *,
        scheme: str = "http",
        route: str | None = None,
        error: str | None = None,
        kept: Context | None = None,
    ) -> None:
        """Count a request whose answer has left.

        ``route`` is the endpoint where it is a route, ``error`` the kind of error, if any,
        ``kept`` the context of the server span if its trace will be kept: exemplars lead there.
        """
        series = self._of((endpoint, method, status, scheme, error), route)
        series.requests.record(1, kept)
        series.duration.record(seconds, kept)
        series.conventional_duration.record(seconds, kept)
        if status >= SERVER_ERROR:
            series.errors.record(1, kept)

    def refused(  # noqa: PLR0913  # likewise
        self, endpoint: str, method: str, status: int, requests: int, *, route: str, error: str
    ) -> None:
        """Count requests that were refused before anything was done for them: they took no time."""
        series = self._of((endpoint, method, status, "http", error), route)
        series.requests.record(requests)
        series.errors.record(requests)

    def _of(self, key: tuple[str, str, int, str, str | None], route: str | None) -> _Series:
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = self._make(key, route)
            # Without its own zero the ratio of errors to requests has no value while all is well.
            series.errors.record(0)
        return series

    def _make(self, key: tuple[str, str, int, str, str | None], route: str | None) -> _Series:
        endpoint, method, status, scheme, error = key
        conventional: dict[str, str | int] = {
            "http.request.method": method,
            "http.response.status_code": status,
            "url.scheme": scheme,
        }
        if route is not None:
            conventional["http.route"] = route
        if error is not None:
            conventional["error.type"] = error
        ours = self._labels(endpoint, method, str(status))
        return _Series(
            Bound(self._requests, ours),
            Bound(self._errors, ours),
            Bound(self._duration, ours),
            Bound(self._conventional_duration, conventional),
        )

    def _observe_active(self) -> Iterator[Observation]:
        for (method, scheme), requests in list(self._active.items()):
            yield Observation(requests, {"http.request.method": method, "url.scheme": scheme})
