"""The SDK's reader that keeps a process' ledger up to date."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)
from opentelemetry.sdk.metrics.export import MetricReader

if TYPE_CHECKING:
    from telemetry.workers.aggregation import LedgerAggregation
    from telemetry.workers.ledger import Ledger

logger = logging.getLogger(__name__)

PERIOD_SECONDS: Final = 1.0


class LedgerReader(MetricReader):
    """Asks what is observed every second; what is recorded stands in the ledger at once."""

    def __init__(self, ledger: Ledger, aggregation: LedgerAggregation) -> None:
        super().__init__(
            preferred_aggregation=dict.fromkeys(
                (
                    Counter,
                    Histogram,
                    ObservableCounter,
                    ObservableGauge,
                    ObservableUpDownCounter,
                    UpDownCounter,
                ),
                aggregation,
            )
        )
        self._ledger = ledger
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """Ask what is observed now."""
        self.collect()
        self._ledger.save_exemplars()

    def _run(self) -> None:
        while not self._stopped.wait(PERIOD_SECONDS):
            try:
                self.look()
            except Exception:
                # A gauge that cannot be asked, or a full disk: it is tried again in a second.
                logger.exception("telemetry: the ledger could not be brought up to date")

    def _receive_metrics(self, metrics_data: Any, timeout_millis: float = 0, **kwargs: Any) -> None:
        """Do nothing: aggregations in a ledger give the SDK nothing to receive."""

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Ask a last time and let go of the ledger."""
        del timeout_millis, kwargs
        self._stopped.set()
        self._thread.join(PERIOD_SECONDS)
        self.look()
        self._ledger.close()
