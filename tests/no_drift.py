"""Drift as a service whose database is away knows it: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Never, cast

from app.status.drift_watch import LastDrift
from storage.errors import DatabaseUnavailableError
from telemetry.instruments import DriftInstruments

if TYPE_CHECKING:
    from storage.drift_store import DriftStore
    from telemetry.signals import SignalMeter


class _Unreachable:
    async def latest(self, after: int = 0) -> Never:
        raise DatabaseUnavailableError(f"reports after {after} cannot be looked for")


def without_reports(signals: SignalMeter) -> LastDrift:
    """Give what such a service holds."""
    return LastDrift(cast("DriftStore", _Unreachable()), DriftInstruments.create(signals))
