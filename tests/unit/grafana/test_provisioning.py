"""Where Grafana reads, and that each place leads to the others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from tests.promql_names import OWN, metrics
from tests.unit.grafana.panels import ROOT, dashboards, panels

if TYPE_CHECKING:
    from pathlib import Path

PROVISIONING: Final = ROOT / "grafana" / "provisioning"
SOURCES: Final[dict[str, dict[str, Any]]] = {
    source["uid"]: source
    for source in yaml.safe_load(
        (PROVISIONING / "datasources" / "datasources.yaml").read_text("utf-8")
    )["datasources"]
}
TEMPO: Final = SOURCES["tempo"]["jsonData"]


def test_the_data_sources_are_these() -> None:
    """Each kind of signal has one data source, under a uid that never changes."""
    assert {uid: source["type"] for uid, source in SOURCES.items()} == {
        "prometheus": "prometheus",
        "alertmanager": "alertmanager",
        "tempo": "tempo",
        "loki": "loki",
    }
    assert [uid for uid, source in SOURCES.items() if source.get("isDefault")] == ["prometheus"]


def test_dashboards_use_data_sources_that_exist() -> None:
    """Each uid that a panel names is provisioned, and the page's variable begins at one."""
    for dashboard in dashboards().values():
        (choice,) = (v for v in dashboard["templating"]["list"] if v["type"] == "datasource")
        assert choice["current"]["value"] in SOURCES
        assert choice["query"] == SOURCES[choice["current"]["value"]]["type"]
        for panel in panels(dashboard):
            for target in panel["targets"]:
                source = target["datasource"]
                uid = source["uid"].replace("${datasource}", choice["current"]["value"])
                assert SOURCES[uid]["type"] == source["type"]


def test_a_point_leads_to_its_trace() -> None:
    """The exemplars' label trace_id opens a trace in Tempo."""
    (link,) = SOURCES["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
    assert link["name"] == "trace_id"
    assert SOURCES[link["datasourceUid"]]["type"] == "tempo"


def test_a_span_leads_to_its_lines() -> None:
    """A span asks Loki for its service's lines by the id of its trace."""
    link = TEMPO["tracesToLogsV2"]
    assert SOURCES[link["datasourceUid"]]["type"] == "loki"
    assert link["customQuery"] is True
    assert link["query"] == '{$${__tags}} | trace_id="$${__trace.traceId}"'
    # Loki writes the dots of an attribute as underscores.
    assert link["tags"] == [{"key": "service.name", "value": "service_name"}]


def test_a_span_leads_to_metrics() -> None:
    """A span asks Prometheus for metrics that exist, by labels that they have."""
    link = TEMPO["tracesToMetrics"]
    assert SOURCES[link["datasourceUid"]]["type"] == "prometheus"
    labels = {tag["value"] for tag in link["tags"]}
    assert labels == {"job", "endpoint"}
    for query in link["queries"]:
        names = metrics(query["query"].replace("$$__tags", ""))
        assert names <= set(OWN)
        if "$$__tags" in query["query"]:
            assert all("endpoint" in OWN[name] for name in names)


def test_a_line_leads_to_its_trace() -> None:
    """The structured metadata trace_id of a log line opens a trace in Tempo."""
    (link,) = SOURCES["loki"]["jsonData"]["derivedFields"]
    assert SOURCES[link["datasourceUid"]]["type"] == "tempo"
    assert (link["matcherType"], link["matcherRegex"]) == ("label", "trace_id")
    assert link["url"] == "$${__value.raw}"


def test_an_alert_leads_to_its_silences() -> None:
    """Prometheus's alerts are shown with the Alertmanager that sends them."""
    uid = SOURCES["prometheus"]["jsonData"]["alertmanagerUid"]
    assert SOURCES[uid]["type"] == "alertmanager"
    assert SOURCES[uid]["jsonData"]["implementation"] == "prometheus"


@pytest.mark.parametrize("path", sorted(PROVISIONING.rglob("*.yaml")), ids=lambda path: path.name)
def test_nothing_is_taken_for_an_environment_variable(path: Path) -> None:
    """Every `$` that Grafana itself has to see is doubled."""
    values = json.dumps(yaml.safe_load(path.read_text("utf-8")))
    assert "$" not in values.replace("$$", "")


def test_dashboards_come_from_files_alone() -> None:
    """What is changed on the page cannot be saved over the files, at Grafana's top level."""
    (provider,) = yaml.safe_load(
        (PROVISIONING / "dashboards" / "dashboards.yaml").read_text("utf-8")
    )["providers"]
    assert provider["allowUiUpdates"] is False
    assert provider["folder"] == ""
    assert provider["updateIntervalSeconds"] > 0
