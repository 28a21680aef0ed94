"""What production leaves behind for retraining, and how far it has moved from training."""

from __future__ import annotations

from typing import Final

from grafana.source.charts import lines, number
from grafana.source.colours import BAD, CAUTION, percentiles, steps
from grafana.source.dashboard import INSTANCE, Dashboard, Row
from grafana.source.panel import Query
from grafana.source.promql import EVERYWHERE, SERVICE, increase, quantile, rate, series, total
from grafana.source.tables import Column, side_by_side, table

_REFERENCE: Final = "reference_win_probability_share"
# Population stability index: below 0.1 nothing moved, above 0.25 the model sees another world.
_MOVING: Final = 0.1
_MOVED: Final = 0.25

_STATE: Final = Row(
    None,
    (
        number(
            "Rows captured",
            "Predictions of the chosen time that stand in a finished file.",
            "short",
            Query(increase("capture_rows_total", EVERYWHERE, window="$__range"), "rows"),
            decimals=0,
        ),
        number(
            "Files finished",
            "Parquet files of the chosen time: one for 100 predictions, or for those of 5 minutes.",
            "short",
            Query(increase("capture_files_total", EVERYWHERE, window="$__range"), "files"),
            decimals=0,
        ),
        number(
            "Rows dropped",
            "Predictions of the chosen time that were answered but given up. Any is a loss.",
            "short",
            Query(increase("capture_drops_total", SERVICE, window="$__range"), "dropped"),
            thresholds=steps((0.5, BAD)),
            decimals=0,
        ),
        number(
            "Rows waiting",
            "Predictions that are not in a finished file yet.",
            "short",
            Query(total(series("capture_pending_rows", SERVICE)), "waiting"),
            decimals=0,
        ),
        number(
            "Longest wait",
            "How long the oldest waiting prediction has waited. Files are finished after 5 minutes "
            "at the latest, so more means that writing does not succeed.",
            "s",
            Query(f"max({series('capture_oldest_row_age_seconds', SERVICE)})", "longest wait"),
            thresholds=steps((330, CAUTION), (600, BAD)),
        ),
        number(
            "Prediction drift",
            "Population stability index of the win probabilities of the last hour against training."
            " Below 0.1 nothing has moved; above 0.25 production asks other questions.",
            "none",
            Query("max(model:win_probability_psi:rate1h)", "PSI"),
            thresholds=steps((_MOVING, CAUTION), (_MOVED, BAD)),
            decimals=3,
        ),
    ),
)

_CAPTURE: Final = Row(
    "Capture",
    (
        lines(
            "Predictions and captured rows",
            "Predictions answered and rows finished per second. Rows come in files, so they lag, "
            "but over minutes the two are equal or predictions are being lost.",
            "ops",
            Query(rate("model_predictions_total", SERVICE, window="5m"), "predictions"),
            Query(rate("capture_rows_total", EVERYWHERE, window="5m"), "captured"),
        ),
        lines(
            "Drops by reason",
            "Predictions given up per second. `disk_full` and `write_failed` are the journal's "
            "disk, `buffer_full` a disk that cannot keep up, `journal_full` files that could not "
            "be written for very long.",
            "ops",
            Query(rate("capture_drops_total", SERVICE, by="reason"), "{{reason}}"),
        ),
        lines(
            "Rows waiting over time",
            "Predictions that stand in the journal and in no file yet: a saw with teeth of 100.",
            "short",
            Query(total(series("capture_pending_rows", SERVICE)), "waiting"),
        ),
        lines(
            "Answered before the journal had them",
            "Predictions per second that a crash could have lost, because the journal was slow or "
            "failing. None in health.",
            "ops",
            Query(rate("capture_unprotected_rows_total", SERVICE, window="5m"), "unprotected"),
        ),
        lines(
            "Recovered and set aside",
            "Rows that a start found in the journals of ended processes, written to a file or "
            "found in one already; and parts of journals that are in no file and are kept aside.",
            "short",
            Query(
                increase("capture_recovered_rows_total", SERVICE, by="outcome", window="5m"),
                "{{outcome}}",
            ),
            Query(
                increase("capture_set_aside_total", SERVICE, by="damage", window="5m"),
                "set aside, {{damage}}",
            ),
        ),
        lines(
            "Writers started anew",
            "Processes that write files beside a service and had ended by themselves, or no longer "
            "answered. Rows wait in the journal meanwhile.",
            "short",
            Query(increase("capture_writer_restarts_total", SERVICE, window="5m"), "started anew"),
        ),
        lines(
            "Compacted and removed",
            "Files per hour whose rows were put into a daily one, and files that were removed: "
            "small ones because a daily one holds their rows, others because of their age or of "
            "what all files hold together.",
            "short",
            Query(increase("capture_compacted_files_total", EVERYWHERE, window="1h"), "compacted"),
            Query(
                increase("capture_removed_files_total", EVERYWHERE, by="reason", window="1h"),
                "removed, {{reason}}",
            ),
        ),
        lines(
            "Rows put into daily files",
            "Captured predictions per hour. A day ends at midnight UTC; a busy one has several "
            "files.",
            "short",
            Query(increase("capture_compacted_rows_total", EVERYWHERE, window="1h"), "rows"),
        ),
        lines(
            "Kept on the disk",
            "What all files of captured predictions hold together, and what they may: beyond it "
            "the oldest are removed.",
            "bytes",
            Query(f"max({series('capture_stored_bytes', EVERYWHERE)})", "stored"),
            Query(f"max({series('capture_stored_limit_bytes', EVERYWHERE)})", "limit"),
        ),
        lines(
            "Time to write a file",
            "95 of 100 files took no longer, encoding included. Requests do not wait for it.",
            "s",
            Query(quantile(0.95, "capture_write_duration_seconds", EVERYWHERE), "p95"),
            overrides=percentiles(),
        ),
    ),
)

_STREAM: Final = Row(
    "Stream",
    (
        number(
            "Redis",
            "Whether Redis answered all who asked it last. Nothing is shown where rows go into "
            "files without a stream.",
            "bool_yes_no",
            Query(f"min({series('capture_stream_up', EVERYWHERE)})", "answers"),
        ),
        lines(
            "Handed to the stream",
            "Rows per second that services handed over, and rows whose answers left before that, "
            "since Redis was slow, away or catching up. Those stood in the local journal only.",
            "ops",
            Query(rate("capture_stream_rows_total", EVERYWHERE, window="5m"), "handed over"),
            Query(rate("capture_unshipped_rows_total", EVERYWHERE, window="5m"), "answered before"),
        ),
        lines(
            "Failed hand-overs by reason",
            "Attempts per second. `full` is a stream at its bound or a Redis without memory, `lost`"
            " a Redis that came back without its last seconds and gets them again.",
            "ops",
            Query(rate("capture_stream_failures_total", EVERYWHERE, by="reason"), "{{reason}}"),
        ),
        lines(
            "Rows of the stream",
            "Rows that no worker has taken yet, and rows that a worker has and no file.",
            "short",
            Query(f"max({series('capture_stream_waiting_rows', EVERYWHERE)})", "not taken"),
            Query(f"max({series('capture_stream_delivered_rows', EVERYWHERE)})", "with a worker"),
        ),
        lines(
            "Longest in the stream",
            "How long the oldest row of the stream is in it. Files are finished after 5 minutes at "
            "the latest, so more means that workers are away or behind.",
            "s",
            Query(f"max({series('capture_stream_oldest_row_age_seconds', EVERYWHERE)})", "oldest"),
            limits=((900, BAD),),
        ),
        lines(
            "Taken over and delivered again",
            "Rows taken over from silent workers, rows that came once more and were found in a "
            "file, and rows that two workers had written and one took back.",
            "short",
            Query(
                increase("capture_stream_claimed_rows_total", EVERYWHERE, window="5m"),
                "taken over",
            ),
            Query(
                increase("capture_stream_known_rows_total", EVERYWHERE, window="5m"),
                "written already",
            ),
            Query(
                increase("capture_stream_doubled_rows_total", EVERYWHERE, window="5m"),
                "taken back",
            ),
        ),
        lines(
            "Dead letters by reason",
            "Rows that could not be written and were set aside in a stream of their own.",
            "short",
            Query(
                increase("capture_stream_dead_letters_total", EVERYWHERE, by="reason", window="5m"),
                "{{reason}}",
            ),
        ),
    ),
)

_SAID: Final = Row(
    "What the last drift report says",
    (
        number(
            "Verdict",
            "Of the worker's last report: steady or drifted, or why it says neither.",
            "none",
            Query(f"max by (verdict) ({series('drift_verdict', SERVICE)}) == 1", "{{verdict}}"),
            shows="name",
            silent="no report",
        ),
        number(
            "Drifted features",
            "Features that lie apart from the model's baseline by more than chance and more than a "
            "little, of 133.",
            "short",
            Query(f"max({series('drift_features_drifted', SERVICE)})", "features"),
            thresholds=steps((1, CAUTION)),
            silent="no report",
        ),
        number(
            "Predictions looked at",
            "The latest ones of the model that answers, as far as they stand in files.",
            "short",
            Query(f"max({series('drift_window_rows', SERVICE)})", "rows"),
            silent="no report",
        ),
        number(
            "Unseen forms",
            "Share of the forms asked about that the baseline hardly holds.",
            "percentunit",
            Query(f"max({series('drift_unseen_form_share', SERVICE)})", "share"),
            thresholds=steps((0.01, CAUTION)),
            silent="no verdict",
        ),
        number(
            "Broken features",
            "Features with values that are missing or out of their range.",
            "short",
            Query(f"max({series('drift_broken_features', SERVICE)})", "features"),
            thresholds=steps((1, BAD)),
            silent="no report",
        ),
        number(
            "Age of the report",
            "The worker makes one a minute.",
            "s",
            Query(f"min({series('drift_report_age_seconds', SERVICE)})", "age"),
            thresholds=steps((900, BAD)),
            silent="no report",
        ),
        lines(
            "Features that lie furthest apart",
            "Population stability index of the ten features furthest from the model's baseline, "
            "less its mean under no drift. Above 0.02 a feature counts as drifted, if chance does "
            "not explain it.",
            "none",
            Query(
                f"topk(10, max by (feature) ({series('drift_feature_psi', SERVICE)}))",
                "{{feature}}",
            ),
            limits=((0.02, CAUTION),),
            decimals=3,
        ),
        lines(
            "What has moved",
            "1 while the last report says so: features, predictions, concept (feedback), forms or "
            "quality.",
            "none",
            Query(f"max by (reason) ({series('drift_reason', SERVICE)})", "{{reason}}"),
            most=1,
        ),
        lines(
            "Feedback against answers",
            "Standard deviations by which wins, and the squared error, lie above what a calibrated "
            "model would see; the size alone is drawn. Above 3.5 it is no chance.",
            "none",
            Query(f"abs(max by (score) ({series('drift_concept_z', SERVICE)}))", "{{score}}"),
            limits=((3.5, CAUTION),),
            decimals=1,
        ),
        lines(
            "Answers against the baseline, and volume",
            "Population stability index of the win probabilities, less its mean under no drift; "
            "and the predictions of the last hour beside the median of the day before.",
            "none",
            Query(f"max({series('drift_prediction_psi', SERVICE)})", "PSI of answers"),
            Query(f"max({series('drift_volume_ratio', SERVICE)})", "volume, times the usual"),
            decimals=3,
        ),
    ),
)

_DRIFT: Final = Row(
    "Drift",
    (
        lines(
            "Prediction drift over time",
            "Population stability index of the win probabilities of the last hour against those of "
            "the training reference.",
            "none",
            Query("model:win_probability_psi:rate1h", "PSI {{model_version}}"),
            limits=((_MOVING, CAUTION), (_MOVED, BAD)),
            decimals=3,
        ),
        side_by_side(
            "Win probability, production and training",
            "Share of the recommended moves in each bucket of win probability: those of the last "
            "hour beside the training reference, scored by the model that answers now. What the "
            "drift index sums up is the difference between the two.",
            Column(
                "production", "percentunit", "max by (bound) (model:win_probability_share:rate1h)"
            ),
            Column("training", "percentunit", f"max by (bound) ({series(_REFERENCE, SERVICE)})"),
            label=("bound", "up to"),
        ),
    ),
)

_QUALITY: Final = Row(
    "Quality of data",
    (
        lines(
            "Odd questions by kind",
            "Moves per second in questions that were answered all the same, by what is odd.",
            "ops",
            Query(rate("question_findings_total", SERVICE, by="finding"), "{{finding}}"),
        ),
        table(
            "Broken rules of the dex",
            "Rules that rows broke when the dex was loaded in the chosen time, and how many rows. "
            "A rule that holds does not appear.",
            Column(
                "Rows",
                "short",
                "max by (table, rule) (last_over_time("
                'data_quality_failures_total{job="dexwatch"}[$__range]))',
                steps((1, BAD)),
            ),
            labels={"table": "Table", "rule": "Rule"},
            width=12,
            silent="no broken rule in the chosen time",
        ),
        table(
            "Loads of the dex",
            "How many loads ended in the chosen time, by how they ended.",
            Column(
                "Loads",
                "short",
                'sum by (outcome) (last_over_time(etl_runs_total{job="dexwatch"}[$__range]))',
            ),
            Column(
                "Seconds",
                "s",
                "sum by (outcome) (last_over_time("
                'etl_duration_seconds_sum{job="dexwatch"}[$__range]))',
            ),
            labels={"outcome": "Outcome"},
            width=8,
            silent="no load in the chosen time",
        ),
        table(
            "Rows of the dex",
            "Rows loaded in the chosen time, by table.",
            Column(
                "Rows",
                "short",
                'sum by (table) (last_over_time(etl_rows_total{job="dexwatch"}[$__range]))',
            ),
            labels={"table": "Table"},
            width=8,
            silent="no load in the chosen time",
        ),
        table(
            "Model registry",
            "Requests to the registry in the chosen time, made by commands beside the service.",
            Column(
                "Requests",
                "short",
                "sum by (operation, outcome) (last_over_time("
                'registry_operations_total{job="dexwatch"}[$__range]))',
            ),
            Column(
                "Seconds",
                "s",
                "sum by (operation, outcome) (last_over_time("
                'registry_operation_duration_seconds_sum{job="dexwatch"}[$__range]))',
            ),
            labels={"operation": "Operation", "outcome": "Outcome"},
            width=8,
            silent="no request in the chosen time",
        ),
    ),
)

DASHBOARD: Final = Dashboard(
    uid="production-data",
    title="Production Data",
    description="What is captured for retraining, what is lost, and how far production has moved.",
    since="now-6h",
    choices=(INSTANCE,),
    rows=(_STATE, _CAPTURE, _STREAM, _SAID, _DRIFT, _QUALITY),
)
