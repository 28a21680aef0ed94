"""The model that answers: what it learnt from, how good it is, and whether battles agree."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.markup import table
from ui.plot import reliability
from ui.recorded import Bucket, calibration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.client import Api
    from ui.operation_schema import ModelInfo
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
    """Show the model's facts, its measures, its calibration as judged and as told, and its card."""
    st.title(visit.say("Model"))
    info = _info(visit.api)
    facts = {
        visit.say("Version"): info.version,
        visit.say("Trained"): f"{info.trained_at:%Y-%m-%d}",
        visit.say("Games learnt from"): f"{info.training_data.get('games', 0):,}".replace(
            ",", "\N{NBSP}"
        ),
        visit.say("Features"): f"{len(info.features)}",
    }
    with st.container(horizontal=True):
        for name, value in facts.items():
            st.metric(name, value, width="content")
    st.subheader(visit.say("How good it is"))
    st.caption(visit.say("On matchups that training never saw, by kind of question."))
    st.html(_measures(visit, info.metrics))
    st.subheader(visit.say("Calibration"))
    st.caption(
        visit.say(
            "Of battles predicted at 70 %, A should win 70 %. Each point stands for a tenth of the"
            " scale, larger for more battles; on the line is right."
        )
    )
    judged, told = st.columns(2)
    with judged:
        st.markdown(f"**{visit.say('On matchups that training never saw')}**")
        bins = [Bucket(part.rows, part.predicted, part.won) for part in info.calibration]
        _diagram(visit, bins, visit.say("This model was released without it."))
    with told:
        st.markdown(f"**{visit.say('Where somebody told the winner')}**")
        buckets = calibration(_metrics(visit.api), info.version)
        _diagram(visit, buckets, visit.say("Nobody has told a winner to this model yet."))
    with st.expander(visit.say("The model card")):
        # Its heading would be the page's second.
        st.markdown(_PICTURE.sub("", info.card).replace("\n# ", "\n## ").removeprefix("# "))


def _diagram(visit: Visit, buckets: Sequence[Bucket], otherwise: str) -> None:
    if buckets:
        st.html(reliability(buckets, visit.say("predicted"), visit.say("won")))
    else:
        st.info(otherwise)


@st.cache_data(ttl=_KEPT_SECONDS, show_spinner=False)
def _info(_api: Api) -> ModelInfo:
    return _api.model_info()


@st.cache_data(ttl=_KEPT_SECONDS, show_spinner=False)
def _metrics(_api: Api) -> str:
    return _api.metrics()


def _populations(metrics: dict[str, float]) -> list[str]:
    """Name the kinds of question; each of them was calibrated, and all of them together."""
    measure = "_calibration_error"
    return [name.removesuffix(measure) for name in metrics if name.endswith(measure)]


def _measured(metrics: dict[str, float], population: str, measure: str) -> str:
    value = metrics.get(f"{population}_{measure}")
    return "" if value is None else f"{value:.4f}"


def _measures(visit: Visit, metrics: dict[str, float]) -> str:
    rows = [
        [
            escape(visit.say(POPULATIONS.get(population, population))),
            *(_measured(metrics, population, measure) for measure in MEASURES),
        ]
        for population in _populations(metrics)
    ]
    heads = [visit.say(head) for head in ("Question", *MEASURES.values())]
    return table(heads, rows, numbers=len(MEASURES))
