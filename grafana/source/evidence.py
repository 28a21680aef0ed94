"""Panels without numbers: traces, log lines and words."""

from __future__ import annotations

from typing import Final

from grafana.source.panel import Panel

# No other place keeps the service's traces and logs, so these two are not chosen on the page.
TEMPO: Final = {"type": "tempo", "uid": "tempo"}
LOKI: Final = {"type": "loki", "uid": "loki"}


def traces(title: str, description: str, traceql: str, *, width: int = 12) -> Panel:
    """List traces that a TraceQL search finds."""
    return Panel(
        kind="table",
        title=title,
        description=description,
        source=TEMPO,
        width=width,
        height=10,
        defaults={"unit": "none", "noValue": "no such trace"},
        options={"showHeader": True, "cellHeight": "sm"},
        targets=[
            {
                "refId": "A",
                "datasource": TEMPO,
                "queryType": "traceql",
                "tableType": "traces",
                "query": traceql,
                "limit": 20,
            }
        ],
    )


def logs(title: str, description: str, logql: str, *, width: int = 12) -> Panel:
    """Show log lines; each opens to its fields, with a link to its trace."""
    return Panel(
        kind="logs",
        title=title,
        description=description,
        source=LOKI,
        width=width,
        height=10,
        defaults={"unit": "none", "noValue": "no such line"},
        options={
            "showTime": True,
            "showLabels": False,
            "wrapLogMessage": True,
            "enableLogDetails": True,
            "prettifyLogMessage": False,
            "dedupStrategy": "none",
            "sortOrder": "Descending",
        },
        targets=[
            {
                "refId": "A",
                "datasource": LOKI,
                "editorMode": "code",
                "queryType": "range",
                "expr": logql,
                "maxLines": 200,
            }
        ],
    )


def text(title: str, description: str, markdown: str, *, width: int, height: int) -> Panel:
    """Show words."""
    return Panel(
        kind="text",
        title=title,
        description=description,
        source=None,
        width=width,
        height=height,
        options={"mode": "markdown", "content": markdown},
    )
