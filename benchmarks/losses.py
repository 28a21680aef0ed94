"""What captured predictions came through, and the table of it in docs/reliability.md."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import msgspec
from benchmarks.marked import Marked, table

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORD: Final = Path(__file__).with_name("losses.json")
PAGE: Final = Path(__file__).parents[1] / "docs" / "reliability.md"
PLACE: Final = Marked(
    RECORD,
    PAGE,
    "<!-- written by `make kills`, `make reloads` and `make full-disk` -->\n",
    "<!-- that far -->\n",
)
COLUMNS: Final = (
    "what was done",
    "on",
    "answered",
    "missing",
    "doubled",
    "not answered",
    "further",
)
ANSWERED: Final = 200


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done under load, and what became of the predictions."""

    day: date
    answered: int
    """Predictions that were answered, or had been acknowledged when their process was killed; where
    wrk asked, which keeps no ids, by the service's own count."""
    missing: int
    """Of those, in no file in the end, and not counted as dropped."""
    doubled: int
    """Of those, in more than one."""
    failed: dict[str, int]
    """Requests that were not answered with 200, by status or by what the client met."""
    further: str = ""

    @classmethod
    def today(
        cls,
        *,
        answered: int,
        missing: int,
        doubled: int,
        statuses: Mapping[int | str, int],
        further: str = "",
    ) -> Self:
        """Take what was counted just now, and how often requests ended in which way."""
        return cls(
            day=datetime.now(UTC).date(),
            answered=answered,
            missing=missing,
            doubled=doubled,
            failed={str(name): count for name, count in statuses.items() if name != ANSWERED},
            further=further,
        )

    def row(self) -> tuple[str, ...]:
        """Show it, but for what was done."""
        failed = ", ".join(f"{name} {count:,}" for name, count in sorted(self.failed.items()))
        counts = (f"{count:,}" for count in (self.answered, self.missing, self.doubled))
        return (str(self.day), *counts, failed or "none", self.further)


def read() -> dict[str, Trial]:
    """Read the record: trials by what was done."""
    return msgspec.json.decode(RECORD.read_bytes(), type=dict[str, Trial])


def text(trials: Mapping[str, Trial]) -> str:
    """Lay the table out."""
    return table(COLUMNS, ((what, *trials[what].row()) for what in sorted(trials)))


def note(what: str, trial: Trial) -> None:
    """Write a trial into record and page, in the place of the last one of its kind."""
    trials = read() | {what: trial}
    PLACE.write(trials, text(trials))
