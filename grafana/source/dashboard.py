"""A dashboard: rows of panels, the choices above them and the links between pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from grafana.source.panel import Panel

# What Grafana 12 writes itself, so that it has nothing to convert.
SCHEMA_VERSION: Final = 41
COLUMNS: Final = 24
TAG: Final = "dexwatch"


@dataclass(frozen=True)
class Row:
    """Panels under one heading; the first row of a page needs none."""

    title: str | None
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Choice:
    """A list above the panels to choose label values from."""

    name: str
    label: str
    description: str
    query: str


INSTANCE: Final = Choice(
    "instance",
    "Instance",
    "One start of the service",
    'label_values(service_workers{job="dexwatch"}, instance)',
)


@dataclass(frozen=True)
class Dashboard:
    """A page of Grafana."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    choices: tuple[Choice, ...] = ()
    since: str = "now-1h"
    refresh: str = "15s"

    def json(self) -> dict[str, Any]:
        """Give the dashboard as Grafana reads it."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": False,
            # One cursor on all panels of a page.
            "graphTooltip": 1,
            "time": {"from": self.since, "to": "now"},
            "timezone": "browser",
            "refresh": self.refresh,
            "timepicker": {"refresh_intervals": ["5s", "15s", "1m", "5m"]},
            "templating": {"list": [_datasource(), *map(_variable, self.choices)]},
            "annotations": {"list": [_alerts(), _versions(), _steps()]},
            "links": [_others()],
            "panels": _placed(self.rows),
        }


def _placed(rows: tuple[Row, ...]) -> list[dict[str, Any]]:
    """Set panels from left to right and break where the page is full."""
    placed: list[dict[str, Any]] = []
    y = 0
    for row in rows:
        if row.title is not None:
            placed.append(
                {
                    "id": len(placed) + 1,
                    "type": "row",
                    "title": row.title,
                    "collapsed": False,
                    "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": y},
                    "panels": [],
                }
            )
            y += 1
        x = tallest = 0
        for panel in row.panels:
            if x + panel.width > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            placed.append(panel.placed(len(placed) + 1, x, y))
            x, tallest = x + panel.width, max(tallest, panel.height)
        y += tallest
    return placed


def _datasource() -> dict[str, Any]:
    return {
        "name": "datasource",
        "label": "Prometheus",
        "description": "Where the metrics are read",
        "type": "datasource",
        "query": "prometheus",
        "current": {"selected": True, "text": "Prometheus", "value": "prometheus"},
        "hide": 2,
        "includeAll": False,
        "multi": False,
        "options": [],
        "refresh": 1,
        "regex": "",
    }


def _variable(choice: Choice) -> dict[str, Any]:
    return {
        "name": choice.name,
        "label": choice.label,
        "description": choice.description,
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "definition": choice.query,
        "query": {"qryType": 1, "query": choice.query, "refId": f"variable-{choice.name}"},
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "includeAll": True,
        # Not a list of all values: that would hide what appears while the page is open.
        "allValue": ".*",
        "multi": True,
        "options": [],
        # Asked again whenever the time range changes.
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "hide": 0,
    }


def _alerts() -> dict[str, Any]:
    return _marks(
        "Alerts",
        "red",
        'ALERTS{alertstate="firing",alertname!="Watchdog"}',
        title="{{alertname}}",
        words="{{severity}}",
    )


def _versions() -> dict[str, Any]:
    # Only the moment at which a version starts to answer, not all the time it does.
    now = 'sum by (model_version) (model_info{job="dexwatch"})'
    before = 'sum by (model_version) (model_info{job="dexwatch"} offset 1m)'
    return _marks(
        "Model versions",
        "purple",
        f"{now} unless {before}",
        title="Model {{model_version}} answers",
        words="",
    )


def _steps() -> dict[str, Any]:
    # The moment at which the audit got another row of a kind.
    now = 'max by (step, outcome) (lifecycle_steps{job="dexwatch"})'
    before = 'max by (step, outcome) (lifecycle_steps{job="dexwatch"} offset 1m)'
    return _marks(
        "Lifecycle of the model",
        "blue",
        f"{now} > ({before} or 0 * {now})",
        title="{{step}}: {{outcome}}",
        words="",
    )


def _marks(name: str, colour: str, expr: str, *, title: str, words: str) -> dict[str, Any]:
    """Mark the times at which a query gives something, on every panel."""
    return {
        "name": name,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "target": {"refId": "Anno", "expr": expr, "interval": "15s"},
        "titleFormat": title,
        "textFormat": words,
        "tagKeys": "",
    }


def _others() -> dict[str, Any]:
    return {
        "type": "dashboards",
        "title": "Dexwatch",
        "tags": [TAG],
        "asDropdown": False,
        "includeVars": False,
        "keepTime": True,
        "targetBlank": False,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    }
