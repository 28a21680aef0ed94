"""Bounds on what instrumentations may put into metrics: allow-lists and buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.sdk.metrics.view import (
    Aggregation,
    DefaultAggregation,
    DropAggregation,
    ExplicitBucketHistogramAggregation,
    View,
)

from telemetry.signals import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry.signals import Signal


def views(kept_by: Aggregation | None = None) -> Sequence[View]:
    """Give a view for each metric of the conventions that the schema lists.

    What an instrumentation records beyond their attributes becomes no label. ``kept_by`` takes
    the place of the SDK's aggregations.
    """
    known = schema()
    listed = [
        View(
            instrument_name=name,
            attribute_keys=set(signal.attributes),
            aggregation=kept_by or _aggregation(signal),
        )
        for name, signal in known.conventions.items()
    ]
    # The instrumentation keeps one content length for all requests under way, so this metric
    # mixes them up; and a request's length is whatever its client claims.
    return (
        *listed,
        View(instrument_name="http.server.*.body.size", aggregation=DropAggregation()),
    )


def _aggregation(signal: Signal) -> Aggregation:
    if not signal.buckets:
        return DefaultAggregation()
    return ExplicitBucketHistogramAggregation(schema().buckets[signal.buckets])
