"""Panels that draw numbers from Prometheus."""

from __future__ import annotations

from typing import Any, Literal

from grafana.source.colours import steps
from grafana.source.panel import PROMETHEUS, Panel, Query, targets


def lines(  # noqa: PLR0913  # a panel has that many parts
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    width: int = 12,
    stacked: bool = False,
    limits: tuple[tuple[float, str], ...] = (),
    overrides: list[dict[str, Any]] | None = None,
    most: float | None = None,
    decimals: int | None = None,
) -> Panel:
    """Draw values over time; `limits` are lines at the values where alerts begin."""
    defaults: dict[str, Any] = {
        "unit": unit,
        "min": 0,
        "color": {"mode": "palette-classic"},
        "thresholds": steps(*limits),
        "custom": {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 40 if stacked else 10,
            "showPoints": "auto",
            "pointSize": 4,
            "spanNulls": False,
            "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "line" if limits else "off"},
        },
    }
    if most is not None:
        defaults["max"] = most
    if decimals is not None:
        defaults["decimals"] = decimals
    return Panel(
        kind="timeseries",
        title=title,
        description=description,
        source=PROMETHEUS,
        width=width,
        height=8,
        defaults=defaults,
        overrides=overrides or [],
        options={
            "legend": {
                "showLegend": True,
                "displayMode": "table",
                "placement": "bottom",
                "calcs": ["mean", "max", "lastNotNull"],
            },
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        targets=targets(queries),
    )


def in_unit(name: str, unit: str) -> dict[str, Any]:
    """Show one series in a unit of its own."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": "unit", "value": unit}],
    }


def number(  # noqa: PLR0913  # a panel has that many parts
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    width: int = 4,
    height: int = 4,
    thresholds: dict[str, Any] | None = None,
    mappings: list[dict[str, Any]] | None = None,
    leads_to: str | None = None,
    decimals: int | None = None,
    silent: str = "no data",
    shows: Literal["value", "name", "value_and_name"] = "value",
) -> Panel:
    """Show the last value, coloured by thresholds; `leads_to` is the uid of a dashboard."""
    defaults: dict[str, Any] = {
        "unit": unit,
        "noValue": silent,
        "color": {"mode": "thresholds"},
        "thresholds": thresholds or steps(start="blue"),
        "mappings": mappings or [],
    }
    if decimals is not None:
        defaults["decimals"] = decimals
    return Panel(
        kind="stat",
        title=title,
        description=description,
        source=PROMETHEUS,
        width=width,
        height=height,
        defaults=defaults,
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "background" if thresholds else "value",
            "graphMode": "area",
            "justifyMode": "auto",
            "orientation": "auto",
            "textMode": shows,
            "wideLayout": True,
        },
        targets=targets(queries),
        links=[_link("Details", leads_to)] if leads_to else [],
    )


def heat(title: str, description: str, unit: str, query: Query, *, width: int = 12) -> Panel:
    """Draw how many observations fell into each bucket of a histogram over time."""
    return Panel(
        kind="heatmap",
        title=title,
        description=description,
        source=PROMETHEUS,
        width=width,
        height=8,
        # The unit of a heatmap's numbers; that of its buckets stands on the axis.
        defaults={"unit": "short", "custom": {"scaleDistribution": {"type": "linear"}}},
        options={
            "calculate": False,
            "cellGap": 1,
            "color": {
                "mode": "scheme",
                "scheme": "Oranges",
                "scale": "exponential",
                "exponent": 0.5,
                "steps": 64,
                "fill": "dark-orange",
                "reverse": False,
            },
            "exemplars": {"color": "rgba(31,96,196,0.8)"},
            "filterValues": {"le": 1e-9},
            "legend": {"show": True},
            "rowsFrame": {"layout": "auto"},
            "tooltip": {"mode": "single", "yHistogram": True, "showColorScale": True},
            "yAxis": {"axisPlacement": "left", "reverse": False, "unit": unit},
        },
        targets=targets([query], format="heatmap"),
    )


def bars(  # noqa: PLR0913  # a panel has that many parts
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    width: int = 12,
    buckets: bool = False,
    thresholds: dict[str, Any] | None = None,
) -> Panel:
    """Show last values as bars; with `buckets` those of one cumulative histogram, taken apart."""
    return Panel(
        kind="bargauge",
        title=title,
        description=description,
        source=PROMETHEUS,
        width=width,
        height=8,
        defaults={
            "unit": unit,
            "min": 0,
            "noValue": "no data",
            "color": {"mode": "thresholds"},
            "thresholds": thresholds or steps(start="blue"),
        },
        options={
            "displayMode": "basic",
            "orientation": "horizontal",
            "showUnfilled": True,
            "valueMode": "color",
            "namePlacement": "auto",
            "sizing": "auto",
            "legend": {"showLegend": False, "displayMode": "hidden", "calcs": []},
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        },
        targets=targets(queries, instant=True, format="heatmap" if buckets else "time_series"),
    )


def _link(title: str, uid: str) -> dict[str, Any]:
    return {"title": title, "url": f"/d/{uid}?${{__url_time_range}}", "targetBlank": False}
