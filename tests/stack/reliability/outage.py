"""One fault: done, watched, undone, and what was seen of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx
import polars as pl
from tests.acceptance.service import feedback_key
from tests.stack.reliability.components import ALERTS
from tests.stack.reliability.record import Seen
from tests.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.stack.reliability.components import Component
    from tests.stack.reliability.load import Asked, Load

BEFORE_SECONDS: Final = 8.0
"""What comes before a fault, to compare with."""
LONGEST_SECONDS: Final = 300.0
_ARRIVING: Final = {
    "Collector": "model_predictions_total",
    "MLflow": 'registry_operations_total{operation="fetch",outcome="succeeded"}',
}
"""What comes to Prometheus anew when a component works again."""


@dataclass(frozen=True)
class Watched:
    """A service under load, and where to look."""

    api: str
    prometheus: str
    alertmanager: str
    load: Load
    client: httpx.Client
    data_dir: Path
    """Of the service."""

    def unwell(self) -> str:
        """Give the components that the service itself calls unwell."""
        parts: dict[str, Any] = self._get(f"{self.api}/health").json()["components"]
        said = [f"{name} {part['state']}" for name, part in parts.items() if part["state"] != "ok"]
        return ", ".join(said) or "ok"

    def firing(self) -> set[str]:
        """Give the alerts that somebody would be told of."""
        told = {"active": "true", "inhibited": "false", "silenced": "false"}
        found = self._get(f"{self.alertmanager}/api/v2/alerts", **told).json()
        return {one["labels"]["alertname"] for one in found}

    def value(self, expression: str) -> float:
        """Ask Prometheus for one number; 0 where there is none."""
        found = self._get(f"{self.prometheus}/api/v1/query", query=expression).json()
        result = found["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0

    def give_feedback(self) -> tuple[int, float]:
        """Say who won the last prediction; give the status and the seconds it took."""
        last = next(one.ids[0] for one in reversed(tuple(self.load.asked)) if one.ids)
        began = time.monotonic()
        answer = self.client.post(
            f"{self.api}/feedback",
            json={"prediction_id": last, "winner": "A"},
            headers=feedback_key(self.data_dir),
        )
        return answer.status_code, time.monotonic() - began

    def _get(self, url: str, **parameters: str) -> httpx.Response:
        return self.client.get(url, params=parameters).raise_for_status()

    def is_well(self, components: Sequence[str], since: float) -> bool:
        """Tell whether everything works that needs the components.

        Args:
            components: names of those that were away.
            since: the time of day from which on they were not.

        """
        fetched = 'registry_operations_total{operation="fetch",outcome="succeeded"}'
        return (
            self.unwell() == "ok"
            and self.give_feedback()[0] == httpx.codes.OK
            and (
                "Collector" not in components or self._seen_since("model_predictions_total", since)
            )
            and ("MLflow" not in components or self._seen_since(fetched, since))
        )

    def _seen_since(self, metric: str, since: float) -> bool:
        """Tell whether Prometheus has a sample of it that is newer."""
        return self.value(f"max(timestamp({metric}))") > since


@dataclass(frozen=True)
class Fault:
    """What is done to components at once."""

    name: str
    components: Sequence[Component]

    @property
    def alerts(self) -> set[str]:
        """What is to fire, and nothing else that names a component."""
        if self.name in {"restarted", "killed"}:
            return set()
        return {component.alert for component in self.components}

    def begin(self) -> None:
        """Do it."""
        for component in self.components:
            if self.name == "frozen":
                component.freeze()
            else:
                component.stop()

    def end(self) -> None:
        """Undo it."""
        for component in self.components:
            if self.name == "frozen":
                component.thaw()
            else:
                component.start()


def meet(watched: Watched, fault: Fault) -> tuple[Seen, list[Asked]]:
    """Do a fault until its alert fires, undo it, and wait until all is well and no alert is left.

    Also gives what was asked from the fault until all was well.
    """
    time.sleep(BEFORE_SECONDS)
    names = [component.name for component in fault.components]
    began = time.monotonic()
    fault.begin()
    firing: float | None = None
    feedback, ready, unwell = "", 200, "ok"
    if fault.alerts:
        status, seconds = watched.give_feedback()
        feedback = f"{status} after {seconds:.1f} s"
        wait_for(lambda: fault.alerts <= watched.firing(), LONGEST_SECONDS)
        firing = time.monotonic() - began
        unwell = watched.unwell()
        ready = watched.client.get(f"{watched.api}/health/ready").status_code
    alerts = watched.firing() & set(ALERTS.values())
    fault.end()
    ended, since = time.monotonic(), time.time()
    wait_for(lambda: watched.is_well(names, since), LONGEST_SECONDS)
    well = time.monotonic()
    alerts |= watched.firing() & set(ALERTS.values())
    before = watched.load.between(began - BEFORE_SECONDS, began)
    during = watched.load.between(began, ended)
    asked = watched.load.between(began, well)
    wait_for(lambda: not watched.firing() & set(ALERTS.values()), LONGEST_SECONDS)
    return (
        Seen(
            component=" and ".join(names),
            fault=fault.name,
            away_seconds=ended - began,
            asked=sum(one.predictions for one in asked),
            failed=sum(one.predictions for one in asked if one.outcome != httpx.codes.OK),
            p99_before_ms=_p99(before),
            p99_during_ms=_p99(during),
            health=unwell,
            ready=ready,
            feedback=feedback,
            alerts=tuple(sorted(alerts)),
            firing_seconds=firing,
            well_seconds=well - ended,
        ),
        asked,
    )


def _p99(asked: Sequence[Asked]) -> float:
    seconds = pl.Series([one.ended - one.due for one in asked])
    return 1000 * (seconds.quantile(0.99, "higher") or 0.0)
