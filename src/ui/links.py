"""Addresses of Grafana's pages, as a browser opens them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

TEMPO: Final = "tempo"
"""The uid of the data source, as grafana/provisioning gives it."""


@dataclass(frozen=True, slots=True)
class Grafana:
    """A Grafana by its address."""

    url: str

    def dashboard(self, uid: str) -> str:
        """Give the address of a dashboard."""
        return f"{self.url.rstrip('/')}/d/{uid}"

    def trace(self, trace_id: str) -> str:
        """Give the address at which Explore shows a trace."""
        query = {
            "refId": "A",
            "datasource": {"type": "tempo", "uid": TEMPO},
            "queryType": "traceql",
            "query": trace_id,
        }
        pane = {
            "datasource": TEMPO,
            "queries": [query],
            "range": {"from": "now-6h", "to": "now"},
        }
        panes = json.dumps({"trace": pane}, separators=(",", ":"))
        words = urlencode({"schemaVersion": 1, "orgId": 1, "panes": panes})
        return f"{self.url.rstrip('/')}/explore?{words}"
