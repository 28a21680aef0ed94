"""What the model answers, how sure it is and how long it takes."""

from __future__ import annotations

from typing import Final

from grafana.source import lifecycle
from grafana.source.charts import bars, heat, lines, number
from grafana.source.colours import BAD, CAUTION, percentiles, steps
from grafana.source.dashboard import INSTANCE, Choice, Dashboard, Row
from grafana.source.evidence import logs, traces
from grafana.source.panel import Query
from grafana.source.promql import (
    MODEL,
    SERVICE,
    VERSION,
    confidence,
    increase,
    mean,
    quantile,
    rate,
    series,
    total,
)
from grafana.source.tables import Column, table

_DURATION: Final = "model_prediction_duration_seconds"
_WIN: Final = "model_win_probability_bucket"
_JUDGED: Final = increase("feedback_predictions_total", MODEL, by="bound", window="$__range")
_UNSURE: Final = 0.6
_SLOW: Final = 0.1

_GUIDE: Final = Row(
    None,
    (
        lines(
            "Prédictions/min",
            "Predictions answered per minute, by model version; each element of a batch is one.",
            "short",
            Query(
                f"60 * {rate('model_predictions_total', MODEL, by='model_version')}",
                "{{model_version}}",
            ),
        ),
        lines(
            "Confiance",
            "Mean confidence of the moves recommended in the last minute: the larger of p and "
            "1 - p. No line while nothing is predicted. LowModelConfidence fires below 0.6.",
            "percentunit",
            Query(
                confidence(MODEL, by="model_version"),
                "{{model_version}}",
            ),
            limits=((_UNSURE, CAUTION),),
            most=1,
        ),
        lines(
            "Latence modèle",
            "95 of 100 predictions took no longer, features and queueing included. "
            "HighModelLatency fires above 0.1 s. Each point is a traced request: click it.",
            "s",
            Query(
                quantile(0.95, _DURATION, MODEL, by="model_version"),
                "p95 {{model_version}}",
                exemplars=True,
            ),
            limits=((_SLOW, BAD),),
        ),
        bars(
            "Distribution win probability",
            "How many recommended moves of the chosen time had a win probability up to each bound "
            "and above the one before.",
            "short",
            Query(increase(_WIN, MODEL, by="le", window="$__range"), "{{le}}"),
            buckets=True,
        ),
    ),
)

_ANSWERS: Final = Row(
    "Answers over time",
    (
        heat(
            "Win probability of answers",
            "How many recommended moves per second had which win probability.",
            "percentunit",
            Query(rate(_WIN, MODEL, by="le"), "{{le}}"),
        ),
        lines(
            "Mean win probability",
            "Mean win probability of the recommended moves. It follows the questions that are "
            "asked; a jump at a change of version is the model's.",
            "percentunit",
            Query(mean("model_win_probability", MODEL, by="model_version"), "{{model_version}}"),
            most=1,
        ),
        lines(
            "Model latency percentiles",
            "Half, 95 and 99 of 100 predictions took no longer.",
            "s",
            *(
                Query(quantile(share, _DURATION, MODEL), name)
                for share, name in (
                    (0.5, "p50"),
                    (0.95, "p95"),
                    (0.99, "p99"),
                )
            ),
            overrides=percentiles(),
        ),
        lines(
            "Odd questions",
            "Moves per second in questions that were answered all the same: ones that the Pokémon "
            "cannot learn, and ones named twice.",
            "ops",
            Query(rate("question_findings_total", SERVICE, by="finding"), "{{finding}}"),
        ),
    ),
)

_BATCHING: Final = Row(
    "Batching",
    (
        lines(
            "Duels per batch",
            "How many duels one call of the model scored: whatever was queued when it began.",
            "short",
            Query(mean("model_batch_duels", SERVICE), "mean"),
            Query(quantile(0.95, "model_batch_duels", SERVICE), "p95"),
            width=8,
        ),
        lines(
            "Wait for the scoring thread",
            "How long duels waited in the queue. It rises before requests are refused.",
            "s",
            *(
                Query(quantile(share, "model_queue_duration_seconds", SERVICE), name)
                for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
            ),
            overrides=percentiles(),
            width=8,
        ),
        lines(
            "Queue and refusals",
            "Duels waiting now, and duels per second that were not scored, by reason.",
            "short",
            Query(total(series("model_queue_duels", SERVICE)), "waiting"),
            Query(rate("model_refusals_total", SERVICE, by="reason"), "refused/s: {{reason}}"),
            width=8,
        ),
    ),
)

_SERVED: Final = Row(
    "The model that answers",
    (
        table(
            "Versions",
            "The model version of each instance, since when it is trained and how long it took to "
            "load. Two versions at once are normal for a few seconds around a change.",
            Column(
                "Age",
                "s",
                f"max by (model_version, instance) ({series('model_age_seconds', MODEL)})",
            ),
            Column(
                "Load time",
                "s",
                f"max by (model_version, instance) "
                f"({series('model_load_duration_seconds', MODEL)})",
            ),
            labels={"model_version": "Version", "instance": "Instance"},
            width=12,
        ),
        number(
            "Cache looked at",
            "Time since the model cache was last looked at for another version. It is looked at "
            "every 5 s: more than a minute means that a promoted model would not be noticed.",
            "s",
            Query(f"max({series('model_check_age_seconds', SERVICE)})", "cache looked at"),
            thresholds=steps((30, CAUTION), (60, BAD)),
            height=8,
        ),
        number(
            "Models loaded",
            "How often the instances that run have loaded a model.",
            "short",
            Query(total(series("model_loads_total", MODEL)), "loads"),
            height=8,
            decimals=0,
        ),
        number(
            "Load failures",
            "Models that could not be loaded in the chosen time; the one before goes on answering.",
            "short",
            Query(
                increase("model_load_failures_total", SERVICE, window="$__range"), "load failures"
            ),
            thresholds=steps((0.5, BAD)),
            height=8,
            decimals=0,
        ),
    ),
)

_EXPLANATIONS: Final = Row(
    "Explanations",
    (
        lines(
            "Latency of explanations",
            "95 of 100 explanations took no longer, waiting included.",
            "s",
            Query(
                quantile(0.95, "model_explanation_duration_seconds", MODEL),
                "p95",
                exemplars=True,
            ),
            overrides=percentiles(),
        ),
        lines(
            "Explanations under way",
            "Explanations being made or waiting, and those refused per second because enough were.",
            "short",
            Query(total(series("model_explanations_pending", SERVICE)), "under way"),
            Query(rate("model_explanations_refused_total", SERVICE), "refused/s"),
        ),
    ),
)

_FEEDBACK: Final = Row(
    "What became of predicted battles",
    (
        lines(
            "Brier score and log-loss",
            "Of the predictions whose winner was told in the last day, by model version; the lower "
            "the better. Always saying 50 % scores 0.25 and 0.69.",
            "short",
            Query(series("model:brier_score:ratio1d", VERSION), "Brier {{model_version}}"),
            Query(series("model:log_loss:ratio1d", VERSION), "log-loss {{model_version}}"),
            width=8,
        ),
        lines(
            "Calibration",
            "Share of battles that A won, and the share that had been predicted, by bucket of the "
            "predicted win probability, over the chosen time. Where the two lines of a bucket "
            "part, the model is too sure or not sure enough.",
            "percentunit",
            *(
                Query(
                    f"{increase(name, MODEL, by='bound', window='$__range')} / ({_JUDGED} > 0)",
                    f"{label} up to {{{{bound}}}}",
                )
                for name, label in (
                    ("feedback_wins_total", "won"),
                    ("feedback_expected_wins_total", "predicted"),
                )
            ),
            width=8,
            most=1,
        ),
        lines(
            "Calibration error",
            "Mean distance between predicted and actual share of wins over the ten buckets, in the "
            "last day, by model version.",
            "percentunit",
            Query(series("model:calibration_error:ratio1d", VERSION), "{{model_version}}"),
            width=8,
        ),
        lines(
            "Feedback",
            "Winners told per minute, and feedback that was refused, by reason.",
            "short",
            Query(
                f"60 * {rate('feedback_winners_total', MODEL, by='winner')}", "won by {{winner}}"
            ),
            Query(
                f"60 * {rate('feedback_refusals_total', SERVICE, by='reason')}",
                "refused: {{reason}}",
            ),
            width=12,
        ),
        lines(
            "Judged predictions of the last day",
            "On how many predictions the scores above stand.",
            "short",
            Query(series("model:feedback_predictions:increase1d", VERSION), "{{model_version}}"),
            width=12,
        ),
    ),
)

_EVIDENCE: Final = Row(
    "From a number to a prediction",
    (
        traces(
            "Slow or failed predictions",
            "Traces of prediction requests that took 0.1 s or more or failed: all of these are "
            "kept. A span of the request links to the batch that scored it.",
            '{ resource.service.name = "dexwatch" && kind = server'
            ' && span.http.route =~ "/predict/.*" && (status = error || duration >= 100ms) }',
        ),
        logs(
            "Predictions",
            "One line a prediction: open it for its id, which the captured row has too, its model "
            "version and the link to its trace.",
            '{service_name="dexwatch"} | prediction_id != "" | model_version =~ "$model_version"'
            ' | line_format "{{.pokemon_a_id}} against {{.pokemon_b_id}}: {{.recommended_move}},'
            ' {{.win_probability}} ({{.model_version}})"',
        ),
    ),
)

DASHBOARD: Final = Dashboard(
    uid="model-performance",
    title="Model Performance",
    description="What the model answers, how sure it is, how long it takes and which one it is.",
    choices=(
        INSTANCE,
        Choice(
            "model_version",
            "Model",
            "Version in the registry",
            'label_values(model_predictions_total{job="dexwatch",instance=~"$instance"},'
            " model_version)",
        ),
    ),
    rows=(
        *(_GUIDE, _ANSWERS, _BATCHING, _SERVED, _EXPLANATIONS, _FEEDBACK),
        *(lifecycle.SHADOW, lifecycle.RECORD, _EVIDENCE),
    ),
)
