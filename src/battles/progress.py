"""How far a simulation has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import logging
import sys
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.progress import Task

logger = logging.getLogger(__name__)

_LINE_SECONDS: Final = 30.0


class Meter(Protocol):
    """What is told of games as they are played."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def advance(self, games: int) -> None:
        """Count games played."""


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f} games/s")


class Bar:
    """A bar with games a second and the time left, on standard error."""

    def __init__(self, total: int) -> None:
        self._progress = Progress(
            TextColumn("battles"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("battles", total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def advance(self, games: int) -> None:
        """Count games played."""
        self._progress.advance(self._task, games)


class Lines:
    """A log line every half minute and one at the end."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._played = 0
        self._began = self._said = monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._say()

    def advance(self, games: int) -> None:
        """Count games played."""
        self._played += games
        if monotonic() - self._said >= _LINE_SECONDS:
            self._say()

    def _say(self) -> None:
        self._said = monotonic()
        rate = self._played / max(self._said - self._began, 1e-9)
        left = (self._total - self._played) / rate if rate else None
        logger.info(
            "battles: %s of %s games",
            self._played,
            self._total,
            extra={"games_per_second": round(rate), "seconds_left": left and round(left)},
        )


def meter(total: int) -> Meter:
    """Choose how to show so many games: a bar where a person looks on, else log lines."""
    return Bar(total) if sys.stderr.isatty() else Lines(total)
