"""Bounds on what the HTTP instrumentation may put into metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentelemetry.sdk.metrics.view import DropAggregation, ExplicitBucketHistogramAggregation, View

from telemetry.signals import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

REQUEST_DURATION_ATTRIBUTES: Final = frozenset(
    {
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "url.scheme",
    }
)
ACTIVE_REQUESTS_ATTRIBUTES: Final = frozenset({"http.request.method", "url.scheme"})


def http_views() -> Sequence[View]:
    """Give the views of the HTTP server metrics.

    The allow-lists hold nothing that a client can choose freely, such as the Host header.
    """
    return (
        View(
            instrument_name="http.server.request.duration",
            attribute_keys=set(REQUEST_DURATION_ATTRIBUTES),
            aggregation=ExplicitBucketHistogramAggregation(schema().buckets["latency"]),
        ),
        View(
            instrument_name="http.server.active_requests",
            attribute_keys=set(ACTIVE_REQUESTS_ATTRIBUTES),
        ),
        # The instrumentation keeps one content length for all requests under way, so this metric
        # mixes them up; and a request's length is whatever its client claims.
        View(instrument_name="http.server.*.body.size", aggregation=DropAggregation()),
    )
