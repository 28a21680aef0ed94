"""How the loop was rehearsed, and the tables of it in docs/lifecycle.md."""

from __future__ import annotations

import re
from datetime import date  # noqa: TC003  # msgspec resolves field types
from pathlib import Path
from typing import Final, Self

import msgspec
from benchmarks.marked import Marked, table
from tests.programs import ROOT

from lifecycle.gate import CHECKS

RECORD: Final = Path(__file__).with_name("rehearsed.json")
PAGE: Final = ROOT / "docs" / "lifecycle.md"
PLACE: Final = Marked(RECORD, PAGE, "<!-- written by `make rehearsal` -->\n", "<!-- to here -->\n")

_CYCLE: Final = re.compile(r"\S+ (\w+), (v\d+) for (v\d+) \((.*)\)")
_STEP: Final = re.compile(r"[\d-]{10} [\d:]{8} (\w+) +(\w+) +(v\d+)? *(.*)")
_FOUND: Final = re.compile(r"    (\w+): (.*)")


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, and when."""

    seconds: float
    what: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the audit, as `dexwatch cycle show --details` tells it."""

    name: str
    outcome: str
    model: str
    summary: str
    found: dict[str, str]


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt to replace the champion."""

    outcome: str
    challenger: str
    champion: str
    reason: str
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, shown: str) -> Self:
        """Read what `dexwatch cycle show --details` says."""
        first, *lines = shown.splitlines()
        about = _CYCLE.fullmatch(first)
        assert about is not None, first
        outcome, challenger, champion, reason = about.groups()
        steps: list[Step] = []
        for line in lines:
            if step := _STEP.fullmatch(line):
                name, came, model, summary = step.groups("")
                steps.append(Step(name=name, outcome=came, model=model, summary=summary, found={}))
            elif found := _FOUND.fullmatch(line):
                steps[-1].found[found[1]] = found[2]
        return cls(
            outcome=outcome,
            challenger=challenger,
            champion=champion,
            reason=reason,
            steps=tuple(steps),
        )

    def gate(self) -> dict[str, str]:
        """Give what each check has found, when it was asked last."""
        *_, last = (step.found for step in self.steps if step.name == "gate")
        return last

    def text(self) -> str:
        """Lay the steps out."""
        rows = [(step.name, step.outcome, step.model, step.summary) for step in self.steps]
        steps = table(("step", "outcome", "model", "what came of it"), rows)
        outcome = self.outcome.replace("_", " ")
        return f"{self.challenger} for {self.champion}, {outcome} ({self.reason}):\n\n{steps}"


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """A whole one."""

    day: date
    seconds: float
    cores: int
    moments: tuple[Moment, ...]
    cycles: tuple[Cycle, ...]
    """The oldest first."""

    def text(self) -> str:
        """Lay all of it out."""
        told = table(
            ("after", "what"), [(f"{one.seconds:.1f} s", one.what) for one in self.moments]
        )
        gates = {cycle.challenger: cycle.gate() for cycle in self.cycles}
        checks = table(
            ("check", *gates),
            [
                (f"`{check}`", *(found.get(check, "") for found in gates.values()))
                for check in next(iter(gates.values()))
            ],
        )
        parts = (
            f"Rehearsed on {self.day} in {self.seconds:.0f} s, on {self.cores} cores:\n\n{told}",
            *(cycle.text() for cycle in self.cycles),
            f"What the gate found when it let them pass:\n\n{checks}",
        )
        return "\n".join(parts)

    def page(self, before: str) -> str:
        """Put it in its place on the page."""
        return PLACE.put(before, self.text())

    def write(self) -> None:
        """Write record and page."""
        PLACE.write(self, self.text())


def read() -> Rehearsal:
    """Read the record."""
    return msgspec.json.decode(RECORD.read_bytes(), type=Rehearsal)


def hold(report: Rehearsal) -> None:
    """See to it that a report tells of all that is to happen."""
    assert report.moments
    assert [(one.challenger, one.champion, one.outcome) for one in report.cycles] == [
        ("v2", "v1", "kept"),
        ("v3", "v2", "rolled_back"),
    ]
    for cycle in report.cycles:
        assert set(cycle.gate()) == {check.__name__ for check in CHECKS}
    learnt, planted = ([step.name for step in cycle.steps] for cycle in report.cycles)
    assert learnt[-2:] == ["watch", "end"]
    assert planted[-2:] == ["watch", "rollback"]
