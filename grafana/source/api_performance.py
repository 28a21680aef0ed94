"""What clients see: how much is asked, how fast and how often it goes wrong."""

from __future__ import annotations

from typing import Final

from grafana.source.charts import heat, lines
from grafana.source.colours import BAD, percentiles, statuses, steps
from grafana.source.dashboard import INSTANCE, Choice, Dashboard, Row
from grafana.source.evidence import logs, traces
from grafana.source.panel import Query
from grafana.source.promql import API, SERVICE, error_ratio, quantile, rate, series, total
from grafana.source.tables import Column, table

_DURATION: Final = "api_request_duration_seconds"
_SLOW: Final = 0.5
_ERRORS: Final = 0.05

_GUIDE: Final = Row(
    None,
    (
        lines(
            "Requêtes/s",
            "Requests answered per second, all endpoints chosen above together.",
            "reqps",
            Query(rate("api_requests_total", API), "requests"),
        ),
        lines(
            "Latence P95",
            "95 of 100 requests were answered within this time. HighAPILatency fires above 0.5 s. "
            "Each point is a request that was traced: click it to open its trace.",
            "s",
            Query(quantile(0.95, _DURATION, API), "p95", exemplars=True),
            limits=((_SLOW, BAD),),
            overrides=percentiles(),
        ),
        lines(
            "Taux d'erreurs",
            "Share of requests of the last 5 minutes answered with a status of 500 or above; no "
            "line where nothing was asked. HighErrorRate fires above 5 %.",
            "percentunit",
            Query(error_ratio(API), "errors"),
            limits=((_ERRORS, BAD),),
        ),
        lines(
            "Status HTTP",
            "Requests per second by the status they were answered with.",
            "reqps",
            Query(rate("api_requests_total", API, by="status"), "{{status}}"),
            stacked=True,
            overrides=statuses(),
        ),
    ),
)

_LATENCY: Final = Row(
    "Latency",
    (
        lines(
            "Latency percentiles",
            "Half, 95 and 99 of 100 requests were answered within these times.",
            "s",
            *(
                Query(quantile(share, _DURATION, API), name)
                for share, name in (
                    (0.5, "p50"),
                    (0.95, "p95"),
                    (0.99, "p99"),
                )
            ),
            overrides=percentiles(),
        ),
        heat(
            "Latency of requests",
            "How many requests per second took how long. Each point is a request that was traced: "
            "click it to open its trace.",
            "s",
            Query(rate(f"{_DURATION}_bucket", API, by="le"), "{{le}}", exemplars=True),
        ),
    ),
)

_ENDPOINTS: Final = Row(
    "Endpoints",
    (
        lines(
            "Requests by endpoint",
            "Requests per second of each route.",
            "reqps",
            Query(rate("api_requests_total", API, by="endpoint"), "{{endpoint}}"),
        ),
        lines(
            "P95 by endpoint",
            "95 of 100 requests to a route were answered within this time.",
            "s",
            Query(quantile(0.95, _DURATION, API, by="endpoint"), "{{endpoint}}", exemplars=True),
        ),
        table(
            "Endpoints now",
            "Rate and latency of each route now, and its errors over the last 5 minutes.",
            Column("Requests/s", "reqps", rate("api_requests_total", API, by="endpoint, method")),
            Column(
                "P95",
                "s",
                quantile(0.95, _DURATION, API, by="endpoint, method"),
                steps((_SLOW, BAD)),
            ),
            Column(
                "Errors",
                "percentunit",
                error_ratio(API, by="endpoint, method"),
                steps((_ERRORS, BAD)),
            ),
            labels={"endpoint": "Endpoint", "method": "Method"},
        ),
    ),
)

_PROCESS: Final = Row(
    "Inside the service",
    (
        lines(
            "Active requests",
            "Requests that are being answered at this moment, by method.",
            "short",
            Query(
                total(series("http_server_active_requests", SERVICE), by="http_request_method"),
                "{{http_request_method}}",
            ),
            width=8,
        ),
        lines(
            "Event loop delay",
            "How late the event loop wakes. Every request waits at least this long, so a rise here "
            "raises all latencies at once: something blocks the loop.",
            "s",
            *(
                Query(quantile(share, "event_loop_delay_seconds", SERVICE), name)
                for share, name in (
                    (0.5, "p50"),
                    (0.99, "p99"),
                )
            ),
            overrides=percentiles(),
            width=8,
        ),
        lines(
            "Server duration by method",
            "P95 of http.server.request.duration, the standard measure of HTTP servers, to compare "
            "with other services. It has no choice of endpoint.",
            "s",
            Query(
                quantile(
                    0.95,
                    "http_server_request_duration_seconds",
                    SERVICE,
                    by="http_request_method",
                ),
                "{{http_request_method}}",
            ),
            width=8,
        ),
    ),
)

_PROTECTION: Final = Row(
    "Protection",
    (
        lines(
            "Refused requests",
            "Requests per second that were refused for want of an API key or a scope (401, 403), "
            "or because their caller asks too much (429), by reason.",
            "reqps",
            Query(rate("api_refusals_total", SERVICE, by="reason"), "{{reason}}"),
            width=8,
        ),
        lines(
            "Connections ended",
            "Connections per second that the service ended: clients that send or read too slowly, "
            "send too much or no HTTP, and those beyond the most that there may be.",
            "ops",
            Query(rate("api_connections_ended_total", SERVICE, by="reason"), "{{reason}}"),
            width=8,
        ),
        lines(
            "Connections",
            "Connections of clients that are open in all processes, idle ones included.",
            "short",
            Query(total(series("api_connections", SERVICE)), "open"),
            width=8,
        ),
    ),
)

_EVIDENCE: Final = Row(
    "From a number to a request",
    (
        traces(
            "Slow or failed requests",
            "Traces of requests that took 0.1 s or more or failed: all of these are kept.",
            '{ resource.service.name = "dexwatch" && kind = server'
            " && (status = error || duration >= 100ms) }",
        ),
        logs(
            "Warnings and errors",
            "What the service logged as warning or worse. Open a line for its fields and the link "
            "to its trace.",
            '{service_name="dexwatch"} | severity_number >= 13',
        ),
    ),
)

DASHBOARD: Final = Dashboard(
    uid="api-performance",
    title="API Performance",
    description="How much is asked of the API, how fast it answers and how often it fails.",
    choices=(
        INSTANCE,
        Choice(
            "endpoint",
            "Endpoint",
            "Route template",
            'label_values(api_requests_total{job="dexwatch",instance=~"$instance"}, endpoint)',
        ),
    ),
    rows=(_GUIDE, _LATENCY, _ENDPOINTS, _PROCESS, _PROTECTION, _EVIDENCE),
)
