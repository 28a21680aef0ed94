"""All dashboards, and the files they are written to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grafana.source import (
    api_performance,
    infrastructure,
    model_performance,
    production_data,
    service_objectives,
    start,
)

if TYPE_CHECKING:
    from grafana.source.dashboard import Dashboard

FOLDER: Final = Path(__file__).parents[1] / "dashboards"

DASHBOARDS: Final = (
    start.DASHBOARD,
    api_performance.DASHBOARD,
    model_performance.DASHBOARD,
    service_objectives.DASHBOARD,
    production_data.DASHBOARD,
    infrastructure.DASHBOARD,
)


def rendered(dashboard: Dashboard) -> str:
    """Give the text of a dashboard's file."""
    return json.dumps(dashboard.json(), ensure_ascii=False, indent=2) + "\n"


def written() -> dict[Path, str]:
    """Give what each file of the folder has to hold."""
    return {FOLDER / f"{page.uid}.json": rendered(page) for page in DASHBOARDS}
