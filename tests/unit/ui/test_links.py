"""Where the pages lead to."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from ui.links import TEMPO, Grafana
from ui.views.state import DASHBOARDS

GRAFANA = Path(__file__).parents[3] / "grafana"
HERE = Grafana("http://grafana.example:3000/")


@pytest.mark.parametrize("uid", [*DASHBOARDS, "production-data", "model-performance"])
def test_every_dashboard_that_is_linked_exists(uid: str) -> None:
    """A link names the uid of a dashboard that is provisioned."""
    known = {json.loads(path.read_text())["uid"] for path in GRAFANA.glob("dashboards/*.json")}
    assert HERE.dashboard(uid) == f"http://grafana.example:3000/d/{uid}"
    assert uid in known


def test_a_trace_opens_in_the_data_source_that_holds_it() -> None:
    """Explore is asked for the trace's id, of the provisioned Tempo."""
    url = urlsplit(HERE.trace("4d98885cd13f96806b0fd9565e96a6b2"))
    assert (url.netloc, url.path) == ("grafana.example:3000", "/explore")
    words = parse_qs(url.query)
    (pane,) = json.loads(words["panes"][0]).values()
    (query,) = pane["queries"]
    assert query["query"] == "4d98885cd13f96806b0fd9565e96a6b2"
    sources = yaml.safe_load(next(GRAFANA.glob("provisioning/datasources/*.y*ml")).read_text())
    kinds = {source["uid"]: source["type"] for source in sources["datasources"]}
    assert kinds[TEMPO] == query["datasource"]["type"]
    assert pane["datasource"] == query["datasource"]["uid"] == TEMPO
