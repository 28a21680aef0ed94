"""The panels of the committed dashboards and the queries they put to Prometheus."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[3]
DASHBOARDS: Final = ROOT / "grafana" / "dashboards"

# What Grafana puts in for its own variables. The window fits data that arrive every 15 s.
_WINDOWS: Final = {"__rate_interval": "1m", "__interval": "15s", "__range": "1h"}
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")


class PanelQuery(NamedTuple):
    """A panel's query, ready to be sent to Prometheus."""

    dashboard: str
    """Uid of the dashboard."""
    panel: str
    """Title of the panel."""
    expr: str
    """PromQL without variables."""


def dashboards() -> dict[str, Any]:
    """Read the committed dashboards, by uid."""
    read = (json.loads(path.read_text("utf-8")) for path in sorted(DASHBOARDS.glob("*.json")))
    return {dashboard["uid"]: dashboard for dashboard in read}


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a dashboard's panels without its row titles, those of folded rows included."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", ())
        else:
            yield panel


def panel_queries() -> list[PanelQuery]:
    """Give every PromQL query of every panel, with all variables at "All"."""
    return [
        PanelQuery(uid, panel["title"], substituted(target["expr"], dashboard))
        for uid, dashboard in dashboards().items()
        for panel in panels(dashboard)
        for target in panel.get("targets", ())
        if target["datasource"]["type"] == "prometheus"
    ]


def substituted(expr: str, dashboard: dict[str, Any]) -> str:
    """Put in what Grafana would for the variables of a query."""
    values = _WINDOWS | {
        variable["name"]: variable["allValue"]
        for variable in dashboard["templating"]["list"]
        if variable.get("includeAll")
    }
    return _VARIABLE.sub(lambda found: values[found[1] or found[2]], expr)
