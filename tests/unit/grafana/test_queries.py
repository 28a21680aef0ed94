"""The panels' queries against the schema of signals."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml
from tests.programs import program
from tests.promql_names import (
    EVERY_SERIES,
    GROUPS,
    OWN,
    known,
    metrics,
    not_of_the_schema,
)
from tests.unit.grafana.panels import PanelQuery, dashboards, panel_queries

from telemetry.signals import schema

QUERIES: Final = panel_queries()
RULES: Final = Path(__file__).parents[3] / "prometheus" / "rules"
RECORDED: Final = {
    rule["record"]: metrics(rule["expr"])
    for path in RULES.glob("*.yml")
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
    if "record" in rule
}
"""What each recorded rule is made of."""


def test_metrics_are_found_in_queries() -> None:
    """The test's own reading of PromQL finds names and leaves words of the language out."""
    query = 'sum by (le, a) (rate(x_bucket{b="c:d"}[5m])) / on (a) avg(slo:y:z or vector(0)) > 0.5'
    assert metrics(query) == {"x_bucket", "slo:y:z"}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: f"{query.dashboard}: {query.panel}")
def test_a_query_asks_for_what_there_is(query: PanelQuery) -> None:
    """Each metric in a query is in the schema, or belongs to a program of the stack."""
    names = metrics(query.expr)
    assert names
    assert not {name for name in names if not known(name)}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: f"{query.dashboard}: {query.panel}")
def test_a_query_uses_labels_that_there_are(query: PanelQuery) -> None:
    """Labels that choose and group the service's series are those of the schema."""
    assert not not_of_the_schema(query.expr)
    names = metrics(query.expr)
    if names <= set(OWN):
        allowed = set(EVERY_SERIES).union(*(OWN[name] for name in names))
        groups = GROUPS.findall(query.expr)
        assert {label.strip() for group in groups for label in group.split(",")} <= allowed


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: f"{query.dashboard}: {query.panel}")
def test_series_are_added_up(query: PanelQuery) -> None:
    """Quantiles keep `le`, and a rate of the service's counters is always a sum."""
    if "histogram_quantile" in query.expr:
        assert re.search(r"histogram_quantile\([\d.]+, sum by \(le\b", query.expr)
    rates = re.findall(r"(\w+)(?: by \([^)]*\))? ?\((?:rate|increase)\(", query.expr)
    assert len(rates) == len(re.findall(r"\b(?:rate|increase)\(", query.expr))
    assert set(rates) <= {"sum", "avg"}


def test_prometheus_can_read_every_query(tmp_path: Path) -> None:
    """Each query of a panel is PromQL, as promtool reads it."""
    rules = [
        {"record": f"panel:query:{place}", "expr": query.expr}
        for place, query in enumerate(QUERIES)
    ]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), "utf-8")
    done = subprocess.run(
        [program("promtool"), "check", "rules", str(path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert f"{len(QUERIES)} rules found" in done.stdout


def test_every_signal_is_shown() -> None:
    """Each metric of our own is on some panel, itself or in a recorded rule that is."""
    shown = set().union(*(metrics(query.expr) for query in QUERIES))
    while more := set().union(*(RECORDED.get(name, set()) for name in shown)) - shown:
        shown |= more
    hidden = {
        name
        for name in schema().signals
        if not any(
            f"{schema().prometheus_name(name)}{part}" in shown
            for part in ("", "_bucket", "_count", "_sum")
        )
    }
    assert not hidden


def test_what_comes_to_the_collector_is_counted_once() -> None:
    """Points that come back from the collector's queue on the disk are not received again."""
    received = re.compile(r"otelcol_receiver_\w+\{([^}]*)\}")
    chosen = [labels for query in QUERIES for labels in received.findall(query.expr)]
    assert len(chosen) == 6
    assert all('receiver="otlp"' in labels for labels in chosen)


def test_choices_ask_for_what_there_is() -> None:
    """The lists above the panels are values of labels that the named metrics have."""
    asked = 0
    for dashboard in dashboards().values():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"])
                assert found is not None
                (metric,) = metrics(found[1])
                assert known(metric)
                assert metric not in OWN or found[2] in {*OWN[metric], *EVERY_SERIES}
                assert variable["query"]["query"] == variable["definition"]
                asked += 1
    assert asked


def test_marks_ask_for_what_there_is() -> None:
    """What is marked over time on every panel are metrics that exist."""
    for dashboard in dashboards().values():
        for mark in dashboard["annotations"]["list"]:
            names = metrics(mark["target"]["expr"])
            assert names
            assert all(map(known, names))
