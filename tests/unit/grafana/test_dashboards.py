"""What every dashboard and every panel has to be."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grafana.source.catalogue import FOLDER, written
from tests import texts
from tests.texts import of_the_texts
from tests.unit.grafana.panels import dashboards, panels

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the user's guide calls them, and what it lists for each.
OF_THE_GUIDE = {
    "api-performance": (
        "API Performance",
        ["Requêtes/s", "Latence P95", "Taux d'erreurs", "Status HTTP"],
    ),
    "model-performance": (
        "Model Performance",
        ["Prédictions/min", "Confiance", "Latence modèle", "Distribution win probability"],
    ),
}

# Units that Grafana knows by these ids; any other text would be shown behind the number.
UNITS = {"Bps", "bool_yes_no", "bytes", "none", "ops", "percentunit", "reqps", "s", "short"}
UNITS |= {"suffix:x"}

DASHBOARDS = dashboards()
PANELS = [
    pytest.param(uid, panel, id=f"{uid}: {panel['title']}")
    for uid, dashboard in DASHBOARDS.items()
    for panel in panels(dashboard)
]


def _links(text: str) -> set[str]:
    return set(re.findall(r"/d/([\w-]+)", text))


def _cells(dashboard: dict[str, Any]) -> Iterator[tuple[int, int]]:
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        yield from itertools.product(
            range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        )


def test_the_files_are_what_the_code_writes() -> None:
    """The committed files equal fresh ones, and there is none that no code writes."""
    files = {path: path.read_text("utf-8") for path in FOLDER.iterdir()}
    assert files == written(), "run `python -m grafana.source`"


def test_the_pages_are_these() -> None:
    """The guide's two dashboards, four more and the start page are there, each in its own file."""
    assert {path.stem for path in FOLDER.iterdir()} == set(DASHBOARDS)
    assert set(DASHBOARDS) == {
        "api-performance",
        "dexwatch",
        "infrastructure",
        "model-performance",
        "production-data",
        "service-objectives",
    }


@pytest.mark.parametrize("uid", OF_THE_GUIDE)
def test_the_guides_panels_come_first(uid: str) -> None:
    """Each dashboard of the guide has its uid, its title and, on top, its panels by name."""
    title, names = OF_THE_GUIDE[uid]
    assert DASHBOARDS[uid]["title"] == title
    assert [panel["title"] for panel in DASHBOARDS[uid]["panels"][:4]] == names


@of_the_texts
def test_the_guide_says_so() -> None:
    """Uids, titles and panel names are those in the guide's own text."""
    sections = re.findall(
        r"### Dashboard \d+ : (.+?)\s*\n- URL: http://localhost:3000/d/(\S+)\n"
        r"- \*\*Métriques\*\* : (.+)\n",
        texts.guide(),
    )
    assert {uid: (title, names.split(", ")) for title, uid, names in sections} == OF_THE_GUIDE


def test_uids_and_titles_are_unique() -> None:
    """No two dashboards share a uid or a title, nor two panels of a dashboard an id or a title."""
    assert len(DASHBOARDS) == len(list(FOLDER.iterdir()))
    assert len({dashboard["title"] for dashboard in DASHBOARDS.values()}) == len(DASHBOARDS)
    for dashboard in DASHBOARDS.values():
        for key in ("id", "title"):
            values = [panel[key] for panel in dashboard["panels"]]
            assert len(set(values)) == len(values)


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_no_panel_covers_another(uid: str) -> None:
    """Every panel has its own place within the 24 columns of the page."""
    cells = list(_cells(DASHBOARDS[uid]))
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_a_panel_explains_itself(uid: str, panel: dict[str, Any]) -> None:
    """A panel has a description and, unless it is words, a data source, a unit and queries."""
    assert panel["description"].endswith(".")
    if panel["type"] == "text":
        return
    assert panel["datasource"]["uid"]
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["datasource"] == panel["datasource"]
        if panel["datasource"]["type"] == "prometheus":
            # Which Prometheus is a variable of the page, and every series has a name.
            assert target["datasource"]["uid"] == "${datasource}"
            assert target["legendFormat"]
            assert panel["interval"] == "15s"
    ids = [target["refId"] for target in panel["targets"]]
    assert len(set(ids)) == len(ids), uid


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_what_is_counted_is_shown_in_no_seconds(uid: str, panel: dict[str, Any]) -> None:
    """Where a panel of seconds draws how often something was done, that has a unit of its own."""
    if panel.get("fieldConfig", {}).get("defaults", {}).get("unit") != "s":
        return
    units = {
        override["matcher"]["options"]: part["value"]
        for override in panel["fieldConfig"]["overrides"]
        for part in override["properties"]
        if part["id"] == "unit"
    }
    counts = [target for target in panel["targets"] if re.match(r"sum.*\(increase", target["expr"])]
    assert {units.get(target["legendFormat"]) for target in counts} <= {"short"}, uid


@pytest.mark.parametrize(
    ("uid", "title"),
    [
        ("api-performance", "Latence P95"),
        ("api-performance", "Latency of requests"),
        ("model-performance", "Latence modèle"),
    ],
)
def test_latency_leads_to_traces(uid: str, title: str) -> None:
    """The latency panels ask for exemplars, from a histogram's buckets."""
    (panel,) = (panel for panel in panels(DASHBOARDS[uid]) if panel["title"] == title)
    assert all(target["exemplar"] and "_bucket" in target["expr"] for target in panel["targets"])


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_every_variable_is_used_and_every_used_one_exists(uid: str) -> None:
    """What can be chosen on a page changes its queries, and no query names what is not there."""
    dashboard = DASHBOARDS[uid]
    text = json.dumps(dashboard["panels"])
    used = set(re.findall(r"\$\{?(\w+)", text)) - {"__rate_interval", "__range", "__url_time_range"}
    assert used == {variable["name"] for variable in dashboard["templating"]["list"]}


def test_links_lead_somewhere() -> None:
    """Every /d/... is a dashboard that exists, and the start page links all the others."""
    for uid in DASHBOARDS:
        assert _links((FOLDER / f"{uid}.json").read_text("utf-8")) <= set(DASHBOARDS)
    start = (FOLDER / "dexwatch.json").read_text("utf-8")
    assert _links(start) == set(DASHBOARDS) - {"dexwatch"}


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_a_status_has_one_colour(uid: str) -> None:
    """Wherever series are named by an HTTP status, 2xx are green, 4xx orange and 5xx red."""
    for panel in panels(DASHBOARDS[uid]):
        if any(target.get("legendFormat") == "{{status}}" for target in panel["targets"]):
            colours = {
                override["matcher"]["options"]: override["properties"][0]["value"]["fixedColor"]
                for override in panel["fieldConfig"]["overrides"]
            }
            of = {
                status: [colour for pattern, colour in colours.items() if _matches(pattern, status)]
                for status in ("200", "302", "404", "500")
            }
            assert of == {"200": ["green"], "302": ["blue"], "404": ["orange"], "500": ["red"]}


def _matches(pattern: str, name: str) -> bool:
    return re.search(pattern.strip("/"), name) is not None


def test_the_folder_holds_nothing_else() -> None:
    """Only JSON files lie where Grafana looks for dashboards."""
    assert all(path.suffix == ".json" for path in Path(FOLDER).iterdir())
