"""Whether the service can answer, and how its parts are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

from app.problems.exceptions import NotReadyError
from app.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.context import AppContext

State = Literal["ok", "degraded", "unavailable"]

NEEDED: Final = ("dex", "model")
"""Without these nothing can be predicted. The database is not among them: once it has given the
dex, predictions go on without it."""


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """How a part of the service is."""

    state: State
    detail: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the service is: ``degraded`` still answers, ``unavailable`` does not."""

    status: State
    version: Annotated[str, Meta(description="Release of the service")]
    components: dict[str, Component]


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: Literal["ok"] = "ok"


def health(context: AppContext) -> Health:
    """Look at every part."""
    components = _components(context)
    status: State
    if any(components[name].state != "ok" for name in NEEDED):
        status = "unavailable"
    elif any(component.state != "ok" for component in components.values()):
        status = "degraded"
    else:
        status = "ok"
    return Health(status=status, version=VERSION, components=dict(components))


def require_ready(context: AppContext) -> Health:
    """Give the health of a service that can predict.

    Raises:
        NotReadyError: a part that predictions need is missing.

    """
    report = health(context)
    missing = [
        (name, report.components[name].detail)
        for name in NEEDED
        if report.components[name].state != "ok"
    ]
    if missing:
        raise NotReadyError(missing)
    return report


def _components(context: AppContext) -> Mapping[str, Component]:
    dex = context.dex.current
    model = context.model_version()
    return {
        "database": Component(state="ok", detail="it answers")
        if context.database_available()
        else Component(
            state="unavailable",
            detail="it does not answer; it is tried again, and a dex once loaded serves on",
        ),
        "dex": Component(state="ok", detail=f"version {dex.version}")
        if dex
        else Component(state="unavailable", detail="it has not been loaded from the database yet"),
        "model": Component(state="ok", detail=model)
        if model
        else Component(state="unavailable", detail="no model is loaded; `make train` makes one"),
        "capture": _capture(context),
    }


def _capture(context: AppContext) -> Component:
    waiting = f"{context.capture_pending()} rows wait"
    trouble = context.capture_trouble()
    if trouble is None:
        return Component(state="ok", detail=waiting)
    return Component(state="degraded", detail=f"{trouble}; {waiting}; predictions are answered on")
