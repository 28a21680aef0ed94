"""Programs beside each other, of which one ends."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
import pytest

from cli.stack.programs import Program
from cli.stack.supervise import Running

if TYPE_CHECKING:
    from pathlib import Path


def _program(name: str, code: str) -> Program:
    return Program(name, (sys.executable, "-c", code), ready="", shown="")


def test_who_observes_may_end_and_the_service_may_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The end of an observer is told once, that of the service ends the whole."""
    running = Running(tmp_path)
    with running.until_the_end():
        running.start(_program("service", "import time; time.sleep(60)"))
        observer = running.start(_program("observer", "raise SystemExit(3)"))
        observer.wait(20)
        for _ in range(2):
            running.watch("service")
        said = capsys.readouterr().err
        log = running.log("observer")
        assert said == f"observer ended with status 3: see {log}; the rest goes on\n"
        running.process("service").kill()
        running.process("service").wait(20)
        with pytest.raises(click.ClickException, match="service ended with status -9"):
            running.watch("service")


def test_what_a_program_said_before_stays(tmp_path: Path) -> None:
    """A program that is started again adds to its log."""
    for word in ("first", "second"):
        running = Running(tmp_path)
        with running.until_the_end():
            running.start(_program("one", f"print({word!r})")).wait(20)
    assert running.log("one").read_text().split() == ["first", "second"]
