"""Words that the dashboards' queries are made of."""

from __future__ import annotations

from typing import Final

# Which series a query is about. `job` is the service's name, `instance` one start of it.
SERVICE: Final = 'job="dexwatch",instance=~"$instance"'
API: Final = f'{SERVICE},endpoint=~"$endpoint"'
MODEL: Final = f'{SERVICE},model_version=~"$model_version"'
# A recorded series has no instance: it stands for all of them.
VERSION: Final = 'model_version=~"$model_version"'
# The start page has no choices.
EVERYWHERE: Final = 'job="dexwatch"'

# At least four times the interval of the data, however far the page is zoomed in.
AUTOMATIC: Final = "$__rate_interval"


def series(metric: str, scope: str) -> str:
    """Select the series of a metric."""
    return f"{metric}{{{scope}}}"


def rate(metric: str, scope: str, *, by: str = "", window: str = AUTOMATIC) -> str:
    """Add up how fast counters grow, per second."""
    return total(f"rate({series(metric, scope)}[{window}])", by=by)


def increase(metric: str, scope: str, *, by: str = "", window: str = AUTOMATIC) -> str:
    """Add up by how much counters grew in a window."""
    return total(f"increase({series(metric, scope)}[{window}])", by=by)


def total(expr: str, *, by: str = "") -> str:
    """Add up series, in groups that share the labels of `by`."""
    return f"sum by ({by}) ({expr})" if by else f"sum({expr})"


def quantile(share: float, histogram: str, scope: str, *, by: str = "") -> str:
    """Estimate a quantile over all series of a histogram, in groups that share `by`."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket', scope, by=labels)})"


def mean(histogram: str, scope: str, *, by: str = "") -> str:
    """Average what a histogram saw."""
    parts = (rate(f"{histogram}_{part}", scope, by=by) for part in ("sum", "count"))
    return " / ".join(parts)


def error_ratio(scope: str, *, by: str = "") -> str:
    """Give the share of requests answered with 500 or above, as the alert sees it."""
    counters = ("api_errors_total", "api_requests_total")
    return " / ".join(rate(counter, scope, by=by, window="5m") for counter in counters)


def confidence(scope: str, *, by: str = "") -> str:
    """Give the confidence of all instances, each counting as much as it predicted."""
    score, predictions = (
        series(f"model_confidence_{part}", scope) for part in ("score", "predictions")
    )
    return f"{total(f'{score} * {predictions}', by=by)} / {total(predictions, by=by)}"
