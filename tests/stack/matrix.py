"""The signal matrix: every query that somebody relies on, and when it has an answer.

Queries come from the guide, the dashboards and the rules. In the running stack each of them gives
data, except those listed here with the fault that makes it give some; promtool's tests play those
faults, and the cheap ones happen in this stack.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

import yaml
from tests import texts
from tests.unit.grafana.panels import panel_queries

ROOT: Final = Path(__file__).parents[2]
FRENCH: Final = ROOT / "docs" / "fr" / "demarrage.md"

NEEDS_A_FAULT: Final[dict[str, str]] = {
    "grafana infrastructure: Operations, query 2": "a statement that fails",
    "grafana infrastructure: Refused by the collector, query 4": "a back end that says no for good",
    "grafana production-data: Broken rules of the dex": "a broken row of the dex",
    "grafana production-data: Longest in the stream": "a stream",
    "grafana production-data: Redis": "a stream",
    "grafana production-data: Rows of the stream": "a stream",
    "grafana production-data: Rows of the stream, query 2": "a stream",
    "metric capture_stream_oldest_row_age_seconds": "a stream",
    "metric capture_stream_up": "a stream",
    "grafana production-data: Answers against the baseline, and volume, query 2": "hours of it",
    "metric drift_volume_ratio": "hours of predictions",
    "metric data_quality_failures_total": "a broken row of the dex",
    "rule collector:dropped_items:total": "a back end that says no for good",
}
"""Signals without data in health, with the fault, or the part, that gives them some."""

_METRIC: Final = re.compile(
    r"\b((?:api|model|capture|database|dex|drift|etl|data_quality|question|feedback|shadow|lifecycle"
    r"|reference|registry|event_loop"
    r"|service|telemetry|http_server|db_client|process|node|otelcol|prometheus|alertmanager|up)"
    r"[a-z0-9_]*)\b(?!\s*[(:])"
)


_NO_METRICS: Final = re.compile(
    r'"[^"]*"|\{[^}]*\}|\b(?:by|without|on|ignoring|group_left|group_right) *\([^)]*\)'
)
"""Parts of an expression that name labels."""


class Entry(NamedTuple):
    """One row of the matrix."""

    signal: str
    query: str


def entries() -> list[Entry]:
    """Give all of them."""
    return [*guide(), *dashboards(), *records(), *metrics_of_rules()]


def guide() -> list[Entry]:
    """Give the queries of the page after the guide, and where the guide is here those of it too."""
    pages = [FRENCH.read_text(encoding="utf-8"), *([texts.guide()] if texts.ARE_HERE else [])]
    blocks = re.findall(r"```promql\n(.*?)```", "\n".join(pages), re.DOTALL)
    lines = [
        line for block in blocks for line in block.splitlines() if line and not line.startswith("#")
    ]
    asked = dict.fromkeys([*lines, "rate(api_requests_total[1m])"])
    return [Entry(f"guide: {line}", line) for line in asked]


def dashboards() -> list[Entry]:
    """Give the queries of every panel."""
    number: Counter[tuple[str, str]] = Counter()
    entries = []
    for query in panel_queries():
        number[query.dashboard, query.panel] += 1
        later = number[query.dashboard, query.panel]
        signal = f"grafana {query.dashboard}: {query.panel}"
        entries.append(Entry(signal + (f", query {later}" if later > 1 else ""), query.expr))
    return entries


def records() -> list[Entry]:
    """Give every recorded series."""
    return [Entry(f"rule {rule['record']}", rule["record"]) for rule in _rules("record")]


def metrics_of_rules() -> list[Entry]:
    """Give every metric that a rule looks at."""
    names = {
        name
        for kind in ("alert", "record")
        for rule in _rules(kind)
        for name in _METRIC.findall(_NO_METRICS.sub("", rule["expr"]))
    }
    for rule in _rules("alert"):
        for pattern in re.findall(r'__name__=~"(.+?)"', rule["expr"]):
            # Alternatives in brackets, each with each.
            parts = [part.split("|") for part in re.split(r"[()]", pattern)]
            names |= {"".join(choice) for choice in product(*parts)}
    return [Entry(f"metric {name}", name) for name in sorted({*names, "up"} - {"api"})]


def _rules(kind: str) -> list[dict[str, str]]:
    return [
        rule
        for path in sorted((ROOT / "prometheus" / "rules").glob("*.yml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if kind in rule
    ]
