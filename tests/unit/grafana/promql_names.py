"""Which metrics and labels a query names."""

from __future__ import annotations

import re
from typing import Final

from telemetry.signals import Kind, schema

# What the programs beside the service call theirs, and what Prometheus makes itself.
FOREIGN: Final = ("alertmanager_", "node_", "otelcol_", "prometheus_")
MADE: Final = {"ALERTS", "up"}
RECORDED: Final = re.compile(r"(?:slo|model):\w+:\w+")
SELECTOR: Final = re.compile(r"([A-Za-z_:][\w:]*)\s*(\{[^}]*\})")
NOT_METRICS: Final = re.compile(
    r"\b(?:by|without|on|ignoring) \([^)]*\)|\"[^\"]*\"|\{[^}]*\}|\[[^\]]*\]"
    r"|\b\w+(?= ?\(| by \()|\b(?:by|on|or|and|unless)\b|\boffset \w+|(?<![\w:])[\d.]+"
)
NAME: Final = re.compile(r"[A-Za-z_:][\w:]*")
LABEL: Final = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
GROUPS: Final = re.compile(r"\b(?:by|on) \(([^)]*)\)")

# What Prometheus adds to each.
EVERY_SERIES: Final = {"job", "instance"}


def _names() -> dict[str, tuple[str, ...]]:
    """Give the labels of each of the service's names in Prometheus."""
    names: dict[str, tuple[str, ...]] = {}
    for name in (*schema().signals, *schema().conventions):
        family, labels = schema().prometheus_name(name), schema().labels(name)
        if schema().find(name).kind is Kind.HISTOGRAM:
            names[f"{family}_bucket"] = (*labels, "le")
            names[f"{family}_sum"] = names[f"{family}_count"] = labels
        else:
            names[family] = labels
    return names


OWN: Final = _names()


def metrics(expr: str) -> set[str]:
    """Give the metrics of a query."""
    return set(NAME.findall(NOT_METRICS.sub(" ", expr)))


def known(metric: str) -> bool:
    """Say whether the service or a program of the stack has a metric."""
    return (
        metric in OWN
        or metric in MADE
        or metric.startswith(FOREIGN)
        or RECORDED.fullmatch(metric) is not None
    )
