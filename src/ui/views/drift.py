"""How far production has moved from training, and how it goes with replacing the model."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.markup import bar, percent, table
from ui.recorded import loop
from ui.trouble import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.operation_schema import (
        ConceptDrift,
        Drift,
        DriftReport,
        FeatureDrift,
        PredictionDrift,
    )
    from ui.visit import Visit

VERDICTS: Final = {
    "no_data": ("No predictions to look at yet", "blue"),
    "too_few": ("Too few predictions for a verdict", "blue"),
    "unknown": ("Nothing to compare with", "orange"),
    "steady": ("Nothing has moved", "green"),
    "drifted": ("Something has moved", "red"),
}
STATES: Final = {
    None: "No cycle to replace the model is under way.",
    "requested": "A cycle has begun: battles are played and a candidate is trained.",
    "shadowing": "A candidate is scored beside the model on live traffic.",
    "watching": "A new model serves and is watched.",
}
_MOST_FEATURES: Final = 10
_CALM: Final = 210
"""Hue of bars that are neither good nor bad."""


def show(visit: Visit) -> None:
    """Show the last report, what is captured, and the loop."""
    st.title(visit.say("Drift"))
    drift = visit.api.drift()
    if drift.report_state == "database_unavailable":
        st.warning(visit.say("The database is away: a newer report may exist than is shown."))
    if drift.report is not None:
        _show_report(visit, drift.report)
    elif drift.report_state == "none":
        st.info(visit.say("There is no report yet; the worker makes one every minute."))
    st.subheader(visit.say("Captured predictions"))
    _show_capture(visit, drift)
    st.subheader(visit.say("The loop"))
    _show_loop(visit)
    with st.container(horizontal=True):
        st.link_button(
            visit.say("Production data in Grafana"), visit.grafana.dashboard("production-data")
        )
        st.link_button(
            visit.say("The loop in Grafana"), visit.grafana.dashboard("model-performance")
        )


def _show_report(visit: Visit, report: DriftReport) -> None:
    words, colour = VERDICTS.get(report.verdict, (report.verdict, "gray"))
    st.badge(visit.say(words), color=colour)  # type: ignore[arg-type]  # one of the colours above
    st.markdown(plain(report.detail[:1].upper() + report.detail[1:]))
    span = f"{report.computed_at:%Y-%m-%d %H:%M} UTC"
    if report.since is not None and report.until is not None:
        span += f" · {report.since:%Y-%m-%d %H:%M} – {report.until:%Y-%m-%d %H:%M}"
    st.caption(f"{span} · {visit.say('{count} predictions', count=report.rows)}")
    if report.predictions is not None:
        st.markdown(f"**{visit.say('Win probabilities that are answered')}**")
        st.html(_shares(visit, report.predictions))
    if report.features:
        moved = sorted(report.features, key=lambda feature: feature.psi, reverse=True)
        st.markdown(f"**{visit.say('Features that moved most')}**")
        st.html(_features(visit, moved[:_MOST_FEATURES]))
    if report.concept:
        st.markdown(f"**{visit.say('What feedback says')}**")
        st.html(_concept(visit, report.concept))


def _shares(visit: Visit, predictions: PredictionDrift) -> str:
    rows = [
        (
            f"{10 * place}–{10 * place + 10} %",
            percent(before) + bar(before, percent(before), hue=_CALM),
            percent(now) + bar(now, percent(now), hue=_CALM),
        )
        for place, (before, now) in enumerate(
            zip(predictions.baseline, predictions.window, strict=True)
        )
    ]
    return table(["", visit.say("training"), visit.say("production")], rows)


def _features(visit: Visit, features: Sequence[FeatureDrift]) -> str:
    rows = [
        (escape(feature.name), visit.say("moved") if feature.drifted else "", f"{feature.psi:.3f}")
        for feature in features
    ]
    return table([visit.say("Feature"), "", "PSI"], rows, numbers=1)


def _concept(visit: Visit, concept: Sequence[ConceptDrift]) -> str:
    rows = [
        (
            escape(one.model_version),
            visit.say("moved") if one.drifted else "",
            f"{one.judged}",
            percent(one.predicted),
            percent(one.won),
        )
        for one in concept
    ]
    heads = [visit.say(head) for head in ("Model", "", "Battles", "Predicted", "Won")]
    return table(heads, rows, numbers=3)


def _show_capture(visit: Visit, drift: Drift) -> None:
    st.markdown(
        visit.say("{count} predictions wait for their file.", count=drift.capture.pending_rows)
    )
    if drift.capture.trouble:
        st.warning(plain(drift.capture.trouble))


def _show_loop(visit: Visit) -> None:
    known = loop(visit.api.metrics())
    if known.state in STATES:
        st.markdown(visit.say(STATES[known.state]))
    else:
        st.markdown(visit.say("A cycle is under way."))
    if known.steps:
        rows = [
            (escape(visit.say(step)), escape(visit.say(outcome)), f"{count}")
            for (step, outcome), count in sorted(known.steps.items())
        ]
        st.html(table([visit.say(head) for head in ("Step", "Outcome", "Times")], rows, numbers=1))
