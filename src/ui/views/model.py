"""The model that answers: what it learnt from, how good it is, and whether battles agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from ui.markup import table
from ui.recorded import Bucket, calibration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.client import Api
    from ui.schema import ModelInfo
    from ui.visit import Visit

_KEPT_SECONDS: Final = 15
MEASURES: Final = {
    "hit": "Best move found",
    "regret": "Wins given away",
    "brier": "Brier score",
    "calibration_error": "Calibration error",
}
POPULATIONS: Final = {
    "closed": "Four known moves each",
    "open": "B's moves not known",
    "few": "One to three moves",
    "many": "Five to twenty moves",
    "unlearnable": "Moves that A cannot learn",
    "mega": "With mega forms",
    "status": "With status moves",
    "level_up": "Moves learnt by level",
    "all": "All of them",
}
_PICTURE: Final = re.compile(r"^!\[.*\]\(.*\)\n?", re.MULTILINE)
"""The card's pictures are with the MLflow run, where no page reaches them."""


def show(visit: Visit) -> None:
    """Show the model's facts, its measures, live calibration and its card."""
    st.title(visit.say("Model"))
    info = _info(visit.api)
    facts = {
        "Version": info.version,
        "Trained": f"{info.trained_at:%Y-%m-%d}",
        "Games learnt from": f"{info.training_data.get('games', 0):,}".replace(",", "\N{NBSP}"),
        "Features": f"{len(info.features)}",
    }
    with st.container(horizontal=True):
        for name, value in facts.items():
            st.metric(visit.say(name), value, width="content")
    st.subheader(visit.say("How good it is"))
    st.caption(visit.say("On matchups that training never saw, by kind of question."))
    st.html(_measures(visit, info.metrics))
    st.subheader(visit.say("Calibration"))
    st.caption(
        visit.say(
            "Of battles predicted at 70 %, A should win 70 %. Each point is a tenth of the answers"
            " whose winner was told, larger for more of them; on the line is right."
        )
    )
    buckets = calibration(_metrics(visit.api), info.version)
    if buckets:
        st.vega_lite_chart(_reliability(visit, buckets), width="stretch")
    else:
        st.info(visit.say("Nobody has told a winner to this model yet."))
    st.caption(visit.say("In training it was off by this much (expected calibration error):"))
    st.vega_lite_chart(_errors(visit, info.metrics), width="stretch")
    with st.expander(visit.say("The model card")):
        # Its heading would be the page's second.
        st.markdown(_PICTURE.sub("", info.card).replace("\n# ", "\n## ").removeprefix("# "))


@st.cache_data(ttl=_KEPT_SECONDS, show_spinner=False)
def _info(_api: Api) -> ModelInfo:
    return _api.model_info()


@st.cache_data(ttl=_KEPT_SECONDS, show_spinner=False)
def _metrics(_api: Api) -> str:
    return _api.metrics()


def _populations(metrics: dict[str, float], measure: str) -> list[str]:
    return [name.removesuffix(f"_{measure}") for name in metrics if name.endswith(f"_{measure}")]


def _population(visit: Visit, name: str) -> str:
    return visit.say(POPULATIONS.get(name, name))


def _measures(visit: Visit, metrics: dict[str, float]) -> str:
    rows = [
        [
            _population(visit, population),
            *(f"{metrics.get(f'{population}_{measure}', 0):.4f}" for measure in MEASURES),
        ]
        for population in _populations(metrics, "hit")
    ]
    heads = [visit.say(head) for head in ("Question", *MEASURES.values())]
    return table(heads, rows, numbers=len(MEASURES))


def _reliability(visit: Visit, buckets: Sequence[Bucket]) -> dict[str, Any]:
    share = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": "%"}}
    values = [
        {"predicted": bucket.predicted, "won": bucket.won, "judged": bucket.judged}
        for bucket in buckets
    ]
    line = {
        "data": {"values": [{"predicted": 0, "won": 0}, {"predicted": 1, "won": 1}]},
        "mark": {"type": "line", "strokeDash": [4, 4], "color": "gray"},
        "encoding": {"x": {"field": "predicted", **share}, "y": {"field": "won", **share}},
    }
    points = {
        "data": {"values": values},
        "mark": {"type": "point", "filled": True, "opacity": 0.9},
        "encoding": {
            "x": {"field": "predicted", "title": visit.say("predicted"), **share},
            "y": {"field": "won", "title": visit.say("won"), **share},
            "size": {
                "field": "judged",
                "type": "quantitative",
                "legend": None,
                "scale": {"range": [60, 400]},
            },
            "tooltip": [
                {"field": "judged", "title": visit.say("battles")},
                {"field": "predicted", "format": ".1%", "title": visit.say("predicted")},
                {"field": "won", "format": ".1%", "title": visit.say("won")},
            ],
        },
    }
    return {"height": 300, "layer": [line, points]}


def _errors(visit: Visit, metrics: dict[str, float]) -> dict[str, Any]:
    measure = "calibration_error"
    values = [
        {"population": _population(visit, name), "error": metrics[f"{name}_{measure}"]}
        for name in _populations(metrics, measure)
    ]
    return {
        "height": 280,
        "data": {"values": values},
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "y": {
                "field": "population",
                "type": "nominal",
                "sort": None,
                "title": None,
                "axis": {"labelLimit": 220, "labelOverlap": False},
            },
            "x": {
                "field": "error",
                "type": "quantitative",
                "axis": {"format": ".1%"},
                "title": visit.say("Calibration error"),
            },
        },
    }
