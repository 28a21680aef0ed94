"""The one resource that traces, metrics and logs share."""

from __future__ import annotations

import uuid
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from opentelemetry.sdk.resources import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE: Final = "dexwatch"


def describe(declared: Mapping[str, str]) -> Resource:
    """Say who speaks; what was ``declared`` from outside wins over what is known here."""
    return Resource.create(
        {
            "service.name": SERVICE,
            "service.version": version(SERVICE),
            "service.instance.id": str(uuid.uuid4()),
            "deployment.environment.name": "local",
            **declared,
        }
    )
