"""Runbooks are complete, and what they tell one to type works."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Final

import pytest
import yaml
from tests.integration.prometheus.test_rules import ALERTS
from tests.programs import ROOT, program

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = ROOT / "docs" / "runbooks"
RUNBOOKS: Final = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")


def test_there_is_one_for_each_alert() -> None:
    """Every alert has its runbook, every runbook its alert, and the index names them all."""
    assert {path.stem for path in RUNBOOKS} == set(ALERTS)
    index = (FOLDER / "README.md").read_text()
    assert set(re.findall(r"\]\((\w+)\.md\)", index)) == set(ALERTS)


def test_the_readme_counts_them() -> None:
    """README says how many alerts there are."""
    (count,) = re.findall(r"each of the\s+(\d+)\s+alerts", (ROOT / "README.md").read_text())
    assert int(count) == len(ALERTS)


def test_the_lines_of_the_log_that_runbooks_seek_are_written() -> None:
    """What a runbook has Loki look for stands in the code that logs."""
    code = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    for path in RUNBOOKS:
        for words in re.findall(r'\|= "(.+?)"', path.read_text()):
            assert words in code, f"{path.name}: nothing logs {words!r}"


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_says_the_four_things(path: Path) -> None:
    """Meaning, first look, remedy and how to make it happen, in that order, none of them empty."""
    text = path.read_text()
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    assert parts[1::2] == ["Meaning", "First look", "Remedy", "On purpose"]
    assert all(len(part.strip()) > 10 for part in parts[2::2])
    for place in ("Dashboard: `/d/", "Prometheus: `", "Tempo: `{", "Loki: `{"):
        assert place in parts[4]
    assert ALERTS[path.stem]["annotations"]["dashboard"] in parts[4]


def test_the_queries_of_the_runbooks_parse(tmp_path: Path) -> None:
    """Prometheus takes every query that a runbook gives."""
    queries = [
        re.findall(r"^- Prometheus: `(.+)`$", path.read_text(), re.MULTILINE) for path in RUNBOOKS
    ]
    assert all(len(found) == 1 for found in queries)
    rules = [{"record": f"q:{number}", "expr": query} for number, (query,) in enumerate(queries)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    checked = subprocess.run(
        [program("promtool"), "check", "rules", file], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
