"""Tables of what holds now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from grafana.source.panel import PROMETHEUS, Panel, Query, targets


@dataclass(frozen=True)
class Column:
    """A column of a table: a query with one value a row."""

    name: str
    unit: str
    expr: str
    thresholds: dict[str, Any] | None = None


def table(  # noqa: PLR0913  # a panel has that many parts
    title: str,
    description: str,
    *columns: Column,
    labels: dict[str, str],
    width: int = 24,
    height: int = 8,
    silent: str = "no data",
) -> Panel:
    """Show labels and values of now side by side; `labels` gives label and heading."""
    values = [chr(ord("A") + place) for place in range(len(columns))]
    # With one query Grafana calls its column "Value", with several "Value #A" and so on.
    fields = ["Value"] if len(columns) == 1 else [f"Value #{value}" for value in values]
    return Panel(
        kind="table",
        title=title,
        description=description,
        source=PROMETHEUS,
        width=width,
        height=height,
        defaults={
            "unit": columns[0].unit,
            "noValue": silent,
            "custom": {"align": "auto", "filterable": True, "cellOptions": {"type": "auto"}},
        },
        overrides=[_column(column) for column in columns],
        options={
            "showHeader": True,
            "cellHeight": "sm",
            "sortBy": [{"displayName": columns[0].name, "desc": True}],
        },
        targets=targets(
            [Query(column.expr, column.name) for column in columns], instant=True, format="table"
        ),
        transformations=[
            {"id": "merge", "options": {}},
            # Whatever else a series is labelled with does not help to read the table.
            {
                "id": "filterFieldsByName",
                "options": {"include": {"names": [*labels, *fields]}},
            },
            {
                "id": "organize",
                "options": {
                    "excludeByName": {},
                    "indexByName": {name: place for place, name in enumerate([*labels, *fields])},
                    "renameByName": labels
                    | {field: column.name for field, column in zip(fields, columns, strict=True)},
                },
            },
        ],
    )


def side_by_side(
    title: str, description: str, *columns: Column, label: tuple[str, str], width: int = 12
) -> Panel:
    """Draw the columns of a table as groups of bars; `label` is the rows' label and heading."""
    rows = table(title, description, *columns, labels=dict([label]), width=width)
    return replace(
        rows,
        kind="barchart",
        defaults=rows.defaults
        | {
            "min": 0,
            "color": {"mode": "palette-classic"},
            "custom": {"fillOpacity": 80, "lineWidth": 1, "gradientMode": "none"},
        },
        overrides=[],
        options={
            "xField": label[1],
            "orientation": "auto",
            "stacking": "none",
            "showValue": "never",
            "groupWidth": 0.7,
            "barWidth": 0.95,
            "barRadius": 0,
            "fullHighlight": False,
            "xTickLabelRotation": 0,
            "xTickLabelSpacing": 0,
            "legend": {
                "showLegend": True,
                "displayMode": "list",
                "placement": "bottom",
                "calcs": [],
            },
            "tooltip": {"mode": "multi", "sort": "none"},
        },
        transformations=[
            *rows.transformations,
            {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": label[1]}]}},
        ],
    )


def _column(column: Column) -> dict[str, Any]:
    properties: list[dict[str, Any]] = [{"id": "unit", "value": column.unit}]
    if column.thresholds is not None:
        properties += [
            {"id": "thresholds", "value": column.thresholds},
            {"id": "custom.cellOptions", "value": {"type": "color-text"}},
        ]
    return {"matcher": {"id": "byName", "options": column.name}, "properties": properties}
