"""What a person sees of the long steps, on standard error."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator


class Steps:
    """Numbered steps, each with what came of it and how long it took."""

    def __init__(self, count: int) -> None:
        """Expect so many steps."""
        self._count = count
        self._step = 0

    @contextmanager
    def step(self, what: str) -> Iterator[list[str]]:
        """Announce a step; words appended to the yielded list are shown when it is done."""
        self._step += 1
        click.echo(f"[{self._step}/{self._count}] {what} ...", err=True)
        outcome: list[str] = []
        began = monotonic()
        yield outcome
        words = ", ".join([*outcome, f"{monotonic() - began:.1f} s"])
        click.echo(f"      {words}", err=True)
