"""The foot of the sidebar: how the service is, and where more is to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.errors import ApiAwayError, ApiError

if TYPE_CHECKING:
    from ui.client import Api
    from ui.visit import Visit

_KEPT_SECONDS: Final = 5
DASHBOARDS: Final = {
    "dexwatch": "Overview",
    "api-performance": "API performance",
    "model-performance": "Model performance",
    "production-data": "Production data",
}


def show(visit: Visit) -> None:
    """Say whether predictions are answered, and lead to Grafana."""
    version = _model(visit.api)
    if isinstance(version, str):
        st.badge(visit.say("Model {version} answers", version=version), color="green")
    elif version:
        st.badge(visit.say("No predictions now"), color="orange")
    else:
        st.badge(visit.say("The service is away"), color="red")
    links = [
        f"- [{visit.say(name)}]({visit.grafana.dashboard(uid)})" for uid, name in DASHBOARDS.items()
    ]
    st.markdown("**Grafana**\n" + "\n".join(links))
    st.caption(
        visit.say("These and the links to traces need Grafana, which Docker Compose brings.")
    )


@st.cache_data(ttl=_KEPT_SECONDS, show_spinner=False)
def _model(_api: Api) -> str | bool:
    """Give the version that answers; without one, whether the service is there at all."""
    try:
        model = _api.ready().components.get("model")
    except ApiAwayError:
        return False
    except ApiError:
        return True
    return True if model is None else model.detail
