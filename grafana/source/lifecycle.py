"""How models come to serve: rows of the model's page."""

from __future__ import annotations

from typing import Final

from grafana.source.charts import lines
from grafana.source.dashboard import Row
from grafana.source.panel import Query
from grafana.source.promql import MODEL, SERVICE, quantile, rate, series

SHADOW: Final = Row(
    "Another model beside the champion",
    (
        lines(
            "Scored beside the champion",
            "Predictions per second that a challenger, or the champion from before, has scored as "
            "well; that it failed over; and that it was not asked about, by reason. It goes first "
            "under load.",
            "ops",
            Query(rate("shadow_predictions_total", MODEL, by="model_version"), "{{model_version}}"),
            Query(
                rate("shadow_failures_total", MODEL, by="model_version"), "failed {{model_version}}"
            ),
            Query(rate("shadow_skips_total", SERVICE, by="reason"), "not asked: {{reason}}"),
            width=8,
        ),
        lines(
            "Distance to the champion",
            "How far its win probability of the recommended move is from the champion's, and in "
            "which share of predictions it would recommend another move.",
            "percentunit",
            Query(quantile(0.5, "shadow_difference", MODEL, by="model_version"), "median"),
            Query(quantile(0.95, "shadow_difference", MODEL, by="model_version"), "p95"),
            Query(
                f"{rate('shadow_disagreements_total', MODEL)}"
                f" / ({rate('shadow_predictions_total', MODEL)} > 0)",
                "another move",
            ),
            width=8,
        ),
        lines(
            "Time it takes",
            "What it took for a batch, the features being there. The champion waits for nothing.",
            "s",
            Query(
                quantile(0.95, "shadow_prediction_duration_seconds", MODEL, by="model_version"),
                "p95 {{model_version}}",
            ),
            width=8,
        ),
    ),
)

RECORD: Final = Row(
    "How it came to serve",
    (
        lines(
            "Cycle under way",
            "Where the attempt to replace the champion is: asked for, scored beside it, or serving "
            "and watched. `dexwatch cycle show` tells its steps.",
            "short",
            Query(f"max by (state) ({series('lifecycle_state', SERVICE)})", "{{state}}"),
        ),
        lines(
            "Steps of all cycles",
            "How often each step has had each outcome, as the audit in the database has it. Every "
            "rise is marked on all panels.",
            "short",
            Query(
                f"max by (step, outcome) ({series('lifecycle_steps', SERVICE)})",
                "{{step}}: {{outcome}}",
            ),
        ),
    ),
)
