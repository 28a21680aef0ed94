"""What every panel has: a title, a place where its data come from, and queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

PROMETHEUS: Final = {"type": "prometheus", "uid": "${datasource}"}

# Data arrive every 10 to 15 s; asking more finely only draws the same point twice.
MIN_INTERVAL: Final = "15s"


@dataclass(frozen=True)
class Query:
    """A PromQL query and the name of the series that it gives."""

    expr: str
    legend: str
    exemplars: bool = False
    """Whether the traces behind the numbers are drawn as points."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A panel without its place on the page."""

    kind: str
    title: str
    description: str
    source: dict[str, str] | None
    width: int
    height: int
    defaults: dict[str, Any] = field(default_factory=dict)
    overrides: list[dict[str, Any]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    targets: list[dict[str, Any]] = field(default_factory=list)
    transformations: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)

    def placed(self, number: int, x: int, y: int) -> dict[str, Any]:
        """Give the panel as Grafana reads it."""
        parts: dict[str, Any] = {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "gridPos": {"h": self.height, "w": self.width, "x": x, "y": y},
            "fieldConfig": {"defaults": self.defaults, "overrides": self.overrides},
            "options": self.options,
            "targets": self.targets,
        }
        if self.source is not None:
            parts["datasource"] = self.source
        if self.source == PROMETHEUS:
            parts["interval"] = MIN_INTERVAL
        if self.transformations:
            parts["transformations"] = self.transformations
        if self.links:
            parts["links"] = self.links
        return parts


def targets(
    queries: tuple[Query, ...] | list[Query],
    *,
    instant: bool = False,
    format: str = "time_series",  # noqa: A002  # Grafana's own name for it
) -> list[dict[str, Any]]:
    """Put queries to Prometheus."""
    return [
        {
            "refId": chr(ord("A") + place),
            "datasource": PROMETHEUS,
            "editorMode": "code",
            "expr": query.expr,
            "legendFormat": query.legend,
            "format": format,
            "range": not instant,
            "instant": instant,
            "exemplar": query.exemplars,
        }
        for place, query in enumerate(queries)
    ]
