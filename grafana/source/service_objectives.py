"""What was promised, how much of it is used up and how fast."""

from __future__ import annotations

from typing import Final

from grafana.source.charts import bars, lines
from grafana.source.colours import BAD, CAUTION, GOOD, steps
from grafana.source.dashboard import Choice, Dashboard, Row
from grafana.source.panel import Query
from grafana.source.promql import EVERYWHERE, rate
from grafana.source.tables import Column, table

_SLO: Final = 'slo=~"$slo"'
_WINDOWS: Final = ("5m", "30m", "1h", "6h", "3d")

# At these rates the alerts say that a month's budget is gone in two days, or in five.
_FAST: Final = 14.4
_SLOW: Final = 6

_BUDGETS: Final = Row(
    None,
    (
        bars(
            "Error budget left",
            "Share of the failures allowed in 30 days that has not been used. Below 0 the "
            "objective of these 30 days is missed.",
            "percentunit",
            Query(f"slo:error_budget_remaining:ratio30d{{{_SLO}}}", "{{slo}}"),
            thresholds=steps((0, CAUTION), (0.25, GOOD), start=BAD),
        ),
        lines(
            "Burn rate",
            "How many times faster than allowed the budget is used, over the last hour: 1 uses it "
            "up in exactly 30 days.",
            "suffix:x",
            Query(f"slo:burn_rate:rate1h{{{_SLO}}}", "{{slo}}"),
            limits=((_SLOW, CAUTION), (_FAST, BAD)),
        ),
        table(
            "Objectives",
            "What is promised and what the last 3 days gave.",
            Column("Objective", "percentunit", f"max by (slo) (slo:objective:ratio{{{_SLO}}})"),
            Column(
                "Last 3 days",
                "percentunit",
                f"1 - max by (slo) (slo:error_ratio:rate3d{{{_SLO}}})",
            ),
            Column(
                "Last hour", "percentunit", f"1 - max by (slo) (slo:error_ratio:rate1h{{{_SLO}}})"
            ),
            labels={"slo": "Objective of"},
            height=6,
        ),
    ),
)

_RATIOS: Final = Row(
    "Failures",
    (
        *(
            lines(
                f"Failed share, last {window}",
                f"Share of the requests of {window} that broke the objective. Burn-rate alerts "
                "compare a long window with a short one, so that they begin and end soon.",
                "percentunit",
                Query(f"slo:error_ratio:rate{window}{{{_SLO}}}", "{{slo}}"),
                width=8,
            )
            for window in _WINDOWS
        ),
        lines(
            "Prediction requests/s",
            "The traffic that the objectives are about. With very little of it the burn-rate "
            "alerts stay silent: one failure of three requests says nothing.",
            "reqps",
            Query(
                rate(
                    "api_requests_total",
                    f'{EVERYWHERE},endpoint=~"/predict/best-move.*"',
                    by="endpoint",
                ),
                "{{endpoint}}",
            ),
            width=8,
        ),
    ),
)

DASHBOARD: Final = Dashboard(
    uid="service-objectives",
    title="Service Objectives",
    description="Objectives of predictions, their error budgets and how fast these are used.",
    since="now-24h",
    refresh="1m",
    choices=(Choice("slo", "Objective", "Promise", "label_values(slo:objective:ratio, slo)"),),
    rows=(_BUDGETS, _RATIOS),
)
