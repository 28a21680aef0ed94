"""What captured predictions came through, and the table of it in docs/reliability.md."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORD: Final = Path(__file__).with_name("losses.json")
PAGE: Final = Path(__file__).parents[1] / "docs" / "reliability.md"
BEGIN: Final = "<!-- written by `make kills`, `make reloads` and `make full-disk` -->\n"
END: Final = "<!-- that far -->\n"
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


def page(before: str, trials: Mapping[str, Trial]) -> str:
    """Put the table in its place on the page."""
    rows = [
        COLUMNS,
        ["---"] * len(COLUMNS),
        *((what, *trials[what].row()) for what in sorted(trials)),
    ]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    head, _, rest = before.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table}\n{END}{tail}"


def note(what: str, trial: Trial) -> None:
    """Write a trial into record and page, in the place of the last one of its kind."""
    trials = read() | {what: trial}
    RECORD.write_bytes(msgspec.json.format(msgspec.json.encode(trials), indent=1) + b"\n")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), trials), encoding="utf-8")
