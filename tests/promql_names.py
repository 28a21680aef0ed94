"""Which metrics and labels a query names."""

from __future__ import annotations

import re
from typing import Final

from telemetry.signals import Kind, schema

# What the programs beside the service call theirs, and what Prometheus makes itself.
FOREIGN: Final = ("alertmanager_", "node_", "otelcol_", "prometheus_")
MADE: Final = {"ALERTS", "up"}
RECORDED: Final = re.compile(r"(?:slo|model|collector):\w+:\w+")
SELECTOR: Final = re.compile(r"([A-Za-z_:][\w:]*)\s*(\{[^}]*\})")
NOT_METRICS: Final = re.compile(
    r"\b(?:by|without|on|ignoring) \([^)]*\)|\"[^\"]*\"|\{[^}]*\}|\[[^\]]*\]"
    r"|\b\w+(?= ?\(| by \()|\b(?:by|on|or|and|unless)\b|\boffset \w+|(?<![\w:])[\d.]+"
)
NAME: Final = re.compile(r"[A-Za-z_:][\w:]*")
EQUAL: Final = re.compile(r'(\w+)="([^"]*)"')
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


def _values() -> dict[tuple[str, str], tuple[str, ...]]:
    """Give the values that a label of one of our own metrics may take, where they are counted."""
    allowed = {}
    for name, signal in schema().signals.items():
        family = schema().prometheus_name(name)
        for part in ("", "_bucket", "_sum", "_count"):
            for attribute, label in zip(signal.attributes, schema().labels(name), strict=True):
                if values := schema().attributes[attribute].values:
                    allowed[family + part, label] = values
    return allowed


VALUES: Final = _values()


def not_of_the_schema(expr: str) -> set[str]:
    """Give the labels and values in an expression's selectors that no series of ours has."""
    wrong = set()
    for metric, matchers in SELECTOR.findall(expr):
        if metric in OWN:
            wrong |= set(LABEL.findall(matchers)) - {*OWN[metric], *EVERY_SERIES}
            wrong |= {
                f"{label}={value}"
                for label, value in EQUAL.findall(matchers)
                if value and value not in VALUES.get((metric, label), (value,))
            }
    return wrong


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
