"""The contract that the five tables of the dex keep, checked row by row."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import polars as pl

from etl.columns import typed
from etl.errors import EtlError
from etl.rules import rules
from features.dex import KEYS, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES: Final = 3
"""Broken rows that are kept of each rule."""
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """Where a rule is broken."""

    key: str
    """Key columns with their values, such as ``form_id=25, move_id=85``."""
    column: str
    value: object


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """How many rows of a table broke a rule, and the first of them."""

    table: str
    rule: str
    failures: int
    examples: tuple[BrokenRow, ...]


class DataQualityError(EtlError):
    """Rows break rules; the message names the first of them."""

    def __init__(self, broken: tuple[RuleOutcome, ...]) -> None:
        self.broken = broken
        rows = [
            f"{outcome.table} ({row.key}): {row.column} = {row.value!r} breaks '{outcome.rule}'"
            for outcome in broken
            for row in outcome.examples
        ][:_SHOWN]
        more = sum(outcome.failures for outcome in broken) - len(rows)
        super().__init__("; ".join(rows) + (f"; and {more} more" if more else ""))


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check."""

    good: Mapping[str, pl.DataFrame]
    """The rows that break no rule, by table, with the types of the dex contract."""
    outcomes: tuple[RuleOutcome, ...]
    """Every rule that was checked, kept or broken."""

    @property
    def broken(self) -> tuple[RuleOutcome, ...]:
        """The rules that a row broke."""
        return tuple(outcome for outcome in self.outcomes if outcome.failures)

    def sound(self) -> Mapping[str, pl.DataFrame]:
        """Give the tables when they break nothing.

        Raises:
            DataQualityError: a rule is broken.

        """
        if self.broken:
            raise DataQualityError(self.broken)
        return self.good


def check(tables: Mapping[str, pl.DataFrame]) -> Checked:
    """Check the five tables against every rule.

    Args:
        tables: by name, with the columns of the dex contract. A column may hold text, as read
            from CSV, and is then converted.

    """
    outcomes: list[RuleOutcome] = []
    frames: dict[str, pl.DataFrame] = {}
    broken: dict[str, pl.Series] = {}
    for table in TABLES:
        frame, unreadable = typed(table, tables[table])
        frames[table] = frame
        broken[table] = pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True)
        outcomes.append(_not_empty(table, frame))
        for column, values in unreadable.items():
            where = values.is_not_null()
            broken[table] |= where
            outcomes.append(_outcome(frame, table, f"{column}: type", where, (column, values)))
    by_table = attrgetter("table")
    for table, group in groupby(sorted(rules(frames), key=by_table), key=by_table):
        frame = frames[table]
        kept = list(group)
        found = frame.select(
            rule.broken.fill_null(value=False).alias(str(i)) for i, rule in enumerate(kept)
        )
        for rule, where in zip(kept, found, strict=True):
            broken[table] |= where
            shown = (rule.column, frame[rule.column])
            outcomes.append(_outcome(frame, table, rule.name, where, shown))
    good = {table: frame.filter(~broken[table]) for table, frame in frames.items()}
    return Checked(good, tuple(outcomes))


def _not_empty(table: str, frame: pl.DataFrame) -> RuleOutcome:
    examples = (BrokenRow("no row", "rows", 0),) if frame.is_empty() else ()
    return RuleOutcome(table, "not empty", len(examples), examples)


def _outcome(
    frame: pl.DataFrame, table: str, rule: str, where: pl.Series, shown: tuple[str, pl.Series]
) -> RuleOutcome:
    failures = int(where.sum())
    if not failures:
        return RuleOutcome(table, rule, 0, ())
    column, values = shown
    examples = tuple(
        BrokenRow(", ".join(f"{key}={frame[key][row]}" for key in KEYS[table]), column, values[row])
        for row in where.arg_true().head(EXAMPLES)
    )
    return RuleOutcome(table, rule, failures, examples)
