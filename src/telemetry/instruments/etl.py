"""What the ETL tells about the rows it checks and loads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram

    from telemetry.signals import Labels, SignalMeter


@dataclass(frozen=True, slots=True)
class EtlInstruments:
    """Rows loaded, rules broken, and how runs ended."""

    _rows: Counter
    _runs: Counter
    _duration: Histogram
    _failures: Counter
    _tables: Labels
    _outcomes: Labels
    _rules: Labels

    @classmethod
    def create(cls, signals: SignalMeter) -> Self:
        """Create the instruments."""
        return cls(
            signals.counter("etl_rows"),
            signals.counter("etl_runs"),
            signals.histogram("etl_duration"),
            signals.counter("data_quality_failures"),
            signals.labels("etl_rows"),
            signals.labels("etl_runs"),
            signals.labels("data_quality_failures"),
        )

    def rule_checked(self, table: str, rule: str, failures: int) -> None:
        """Note how many rows of ``table`` broke ``rule``; none is worth telling too."""
        self._failures.add(failures, self._rules(table, rule))

    def rows_loaded(self, table: str, rows: int) -> None:
        """Note the rows of ``table`` that the database now holds."""
        self._rows.add(rows, self._tables(table))

    def succeeded(self, seconds: float) -> None:
        """Note a load that was committed."""
        self._ended("succeeded", seconds)

    def failed(self, seconds: float) -> None:
        """Note a load that left the database as it was."""
        self._ended("failed", seconds)

    def _ended(self, outcome: str, seconds: float) -> None:
        labels = self._outcomes(outcome)
        self._runs.add(1, labels)
        self._duration.record(seconds, labels)
