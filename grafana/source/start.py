"""The first page: is everything well, and where to look when it is not."""

from __future__ import annotations

from typing import Final

from grafana.source.charts import number
from grafana.source.colours import BAD, CAUTION, GOOD, steps
from grafana.source.dashboard import Dashboard, Row
from grafana.source.evidence import text
from grafana.source.panel import Query
from grafana.source.promql import (
    EVERYWHERE,
    confidence,
    error_ratio,
    increase,
    quantile,
    rate,
    series,
)
from grafana.source.tables import Column, table

_UP_DOWN: Final = [
    {
        "type": "value",
        "options": {
            "0": {"text": "down", "color": BAD, "index": 0},
            "1": {"text": "up", "color": GOOD, "index": 1},
        },
    }
]

_PAGES: Final = """\
| page | answers |
| --- | --- |
| [API Performance](/d/api-performance) | How much is asked, how fast and how often does it fail? |
| [Model Performance](/d/model-performance) | What does the model answer, and how sure is it? |
| [Service Objectives](/d/service-objectives) | What was promised, and how much of it is used up? |
| [Production Data](/d/production-data) | What is captured, what is lost, what has moved? |
| [Infrastructure](/d/infrastructure) | Machine, database, collector and Prometheus itself |

**From an alert to the row behind it:** the alert's runbook names a panel; a point of its latency
panel opens the trace; *Logs for this span* shows its lines, with the model version and the id of
the prediction. Its features are in the captured files, within five minutes:

```python
pl.scan_parquet("data/production/*.parquet").filter(pl.col("trace_id") == "...").collect()
```
"""

_NOW: Final = Row(
    None,
    (
        number(
            "Up",
            "Whether Prometheus reaches each part. Everything on these pages comes from them.",
            "none",
            Query("min by (job) (up)", "{{job}}"),
            width=24,
            height=3,
            thresholds=steps((1, GOOD), start=BAD),
            mappings=_UP_DOWN,
            leads_to="infrastructure",
            shows="value_and_name",
        ),
        number(
            "Requests/s",
            "Requests answered per second.",
            "reqps",
            Query(rate("api_requests_total", EVERYWHERE), "requests"),
            leads_to="api-performance",
        ),
        number(
            "P95 latency",
            "95 of 100 requests were answered within this time.",
            "s",
            Query(quantile(0.95, "api_request_duration_seconds", EVERYWHERE), "p95"),
            thresholds=steps((0.1, CAUTION), (0.5, BAD)),
            leads_to="api-performance",
        ),
        number(
            "Errors",
            "Share of requests of the last 5 minutes answered with 500 or above.",
            "percentunit",
            Query(error_ratio(EVERYWHERE), "errors"),
            thresholds=steps((0.01, CAUTION), (0.05, BAD)),
            leads_to="api-performance",
            silent="nothing asked",
        ),
        number(
            "Predictions/min",
            "Predictions answered per minute.",
            "short",
            Query(f"60 * {rate('model_predictions_total', EVERYWHERE)}", "predictions"),
            leads_to="model-performance",
        ),
        number(
            "Confidence",
            "Mean confidence of the moves recommended in the last minute.",
            "percentunit",
            Query(confidence(EVERYWHERE), "confidence"),
            thresholds=steps((0.6, GOOD), start=CAUTION),
            leads_to="model-performance",
            silent="nothing predicted",
        ),
        number(
            "Model",
            "The version that answers now.",
            "none",
            Query(
                f"max by (model_version) ({series('model_info', EVERYWHERE)})", "{{model_version}}"
            ),
            leads_to="model-performance",
            shows="name",
        ),
        number(
            "Error budget left",
            "The smallest share of a 30 days' error budget that is left.",
            "percentunit",
            Query("min(slo:error_budget_remaining:ratio30d)", "left"),
            thresholds=steps((0, CAUTION), (0.25, GOOD), start=BAD),
            leads_to="service-objectives",
        ),
        number(
            "Fastest burn",
            "How many times faster than allowed an error budget was used in the last hour.",
            "suffix:x",
            Query("max(slo:burn_rate:rate1h)", "burn rate"),
            thresholds=steps((1, CAUTION), (6, BAD)),
            leads_to="service-objectives",
            silent="nothing asked",
        ),
        number(
            "Rows dropped, 1 h",
            "Answered predictions of the last hour that were not captured.",
            "short",
            Query(increase("capture_drops_total", EVERYWHERE, window="1h"), "dropped"),
            thresholds=steps((0.5, BAD)),
            leads_to="production-data",
            decimals=0,
        ),
        number(
            "Prediction drift",
            "Population stability index of the win probabilities of the last hour.",
            "none",
            Query("max(model:win_probability_psi:rate1h)", "PSI"),
            thresholds=steps((0.1, CAUTION), (0.25, BAD)),
            leads_to="production-data",
            decimals=3,
        ),
        number(
            "Telemetry lost, 1 h",
            "Spans, points and log records of the last hour that the collector never got. While "
            "this is not 0, what is missing on these pages may only be missing here.",
            "short",
            Query(increase("telemetry_lost_total", EVERYWHERE, window="1h"), "lost"),
            thresholds=steps((0.5, CAUTION), (1000, BAD)),
            leads_to="infrastructure",
            decimals=0,
        ),
        number(
            "Workers",
            "Processes that serve.",
            "short",
            Query(f"sum({series('service_workers', EVERYWHERE)})", "workers"),
            leads_to="infrastructure",
            decimals=0,
        ),
    ),
)

_MORE: Final = Row(
    "Alerts and pages",
    (
        table(
            "Alerts",
            "Alerts that fire or are about to. Watchdog always fires: when it is missing, rules "
            "are not evaluated and the absence of other alerts means nothing.",
            Column(
                "Alerts",
                "none",
                'count by (alertname, severity, alertstate) (ALERTS{alertstate=~"firing|pending"})',
            ),
            labels={"alertname": "Alert", "severity": "Severity", "alertstate": "State"},
            width=12,
            height=11,
            silent="Not even Watchdog fires: are rules evaluated?",
        ),
        text(
            "Where to look",
            "The other pages, and the way from an alert to the prediction behind it.",
            _PAGES,
            width=12,
            height=11,
        ),
    ),
)

DASHBOARD: Final = Dashboard(
    uid="dexwatch",
    title="Dexwatch",
    description="Is everything well, and where to look when it is not.",
    rows=(_NOW, _MORE),
)
