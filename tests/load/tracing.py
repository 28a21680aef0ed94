"""The trace that each request begins, and where to look at it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace that a user begins."""

    trace_id: str
    span_id: str

    @classmethod
    def begin(cls) -> Self:
        """Draw its ids."""
        return cls(secrets.token_hex(16), secrets.token_hex(8))

    @property
    def traceparent(self) -> str:
        """Give the header of W3C Trace Context; it is to be recorded."""
        return f"00-{self.trace_id}-{self.span_id}-01"

    def link(self, grafana: str) -> str:
        """Give its page in Grafana's Explore, which reads it from Tempo."""
        query = {"refId": "A", "queryType": "traceql", "query": self.trace_id}
        pane = {"t": {"datasource": "tempo", "queries": [query]}}
        return f"{grafana}/explore?schemaVersion=1&panes={quote(json.dumps(pane))}"
