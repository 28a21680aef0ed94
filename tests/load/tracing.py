"""The trace that each request begins, and where to look at it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from telemetry.instruments.http import SERVER_ERROR
from telemetry.sampling import SLOW_SECONDS

if TYPE_CHECKING:
    from collections.abc import Container


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

    def told(
        self, status: int, headers: Container[str] | None, milliseconds: float, grafana: str
    ) -> str:
        """Say where to look at the trace, if it can be told from the answer that it is kept."""
        if headers is None or "traceresponse" not in headers:
            return "no answer names its trace"
        if status < SERVER_ERROR and milliseconds < 1000 * SLOW_SECONDS:
            return f"trace {self.trace_id} is kept by chance alone"
        return f"trace {self.trace_id} {self.link(grafana)}"

    def link(self, grafana: str) -> str:
        """Give its page in Grafana's Explore, which reads it from Tempo."""
        query = {"refId": "A", "queryType": "traceql", "query": self.trace_id}
        pane = {"t": {"datasource": "tempo", "queries": [query]}}
        return f"{grafana}/explore?schemaVersion=1&panes={quote(json.dumps(pane))}"
