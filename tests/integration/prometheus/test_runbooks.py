"""Runbooks are complete, and what they tell one to type works."""

from __future__ import annotations

import ast
import logging
import re
import subprocess
from typing import TYPE_CHECKING, Final

import pytest
import yaml
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from tests.integration.prometheus.test_rules import ALERTS
from tests.programs import ROOT, program

from telemetry import environment
from telemetry.logs.json_lines import JsonLines
from telemetry.logs.otlp import OtlpHandler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER: Final = ROOT / "docs" / "runbooks"
RUNBOOKS: Final = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
LEVELS: Final = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOKI: Final = "- Loki: `{"
NOT_IN_LOKI: Final = "- Loki: not there, since "


def test_there_is_one_for_each_alert() -> None:
    """Every alert has its runbook, every runbook its alert, and the index names them all."""
    assert {path.stem for path in RUNBOOKS} == set(ALERTS)
    index = (FOLDER / "README.md").read_text()
    assert set(re.findall(r"\]\((\w+)\.md\)", index)) == set(ALERTS)


def test_the_readme_counts_them() -> None:
    """README says how many alerts there are."""
    (count,) = re.findall(r"each of the\s+(\d+)\s+alerts", (ROOT / "README.md").read_text())
    assert int(count) == len(ALERTS)


def _logged() -> Iterator[str]:
    """Give the messages of all lines that reach Loki, with the names of duties put in."""
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="logger"), attr=attr), args=args
                ) if attr in LEVELS:
                    # Of `log` the first is the level; a conditional message has two.
                    message = args[1] if attr == "log" else args[0]
                    for part in ast.walk(message):
                        if isinstance(part, ast.Constant) and isinstance(part.value, str):
                            yield part.value
                case ast.Call(func=ast.Name(id="Duty"), args=[ast.Constant(value=str(name)), *_]):
                    yield f"{name} failed; trying again"


def test_the_lines_of_the_log_that_runbooks_seek_are_written() -> None:
    """What a runbook has Loki look for, all of it at once, is in a message that is logged."""
    messages = set(_logged())
    assert "predicted" in messages
    assert "look for drift failed; trying again" in messages
    for path in RUNBOOKS:
        for query in re.findall(r"`(\{service_name=[^`]+)`", path.read_text()):
            words = re.findall(r'\|= "(.+?)"', query)
            assert any(all(word in message for word in words) for message in messages), (
                f"{path.name}: nothing logs {words!r}"
            )


def test_what_is_not_in_loki_is_looked_for_where_it_is() -> None:
    """A runbook without a Loki query says why, and seeks the logger that is kept from it."""
    without = [path for path in RUNBOOKS if LOKI not in path.read_text()]
    assert without
    for path in without:
        (line,) = re.findall(rf"^{NOT_IN_LOKI}.+$", path.read_text(), re.MULTILINE)
        ((key, logger),) = re.findall(r"grep '\"(\w+)\":\"(\w+)'", line)
        record = logging.LogRecord(f"{logger}.sdk", logging.WARNING, "", 1, "", None, None)
        assert f'"{key}":"{logger}' in JsonLines().format(record)
        provider = LoggerProvider()
        memory = InMemoryLogRecordExporter()
        provider.add_log_record_processor(SimpleLogRecordProcessor(memory))
        OtlpHandler(provider).emit(record)
        assert not memory.get_finished_logs()


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_another_runbook_is_one_click_away(path: Path) -> None:
    """Who is sent to another runbook is led there, and to how commands are typed."""
    text = path.read_text()
    assert "](README.md#where-you-are)" in text
    plain = re.sub(r"`[^`]*`|\[(\w+)\]\(\1\.md\)", "", text)
    named = set(re.findall(r"\w+", plain)) & {other.stem for other in RUNBOOKS}
    assert named <= {path.stem}


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_says_the_four_things(path: Path) -> None:
    """Meaning, first look, remedy and how to make it happen, in that order, none of them empty."""
    text = path.read_text()
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    assert parts[1::2] == ["Meaning", "First look", "Remedy", "On purpose"]
    assert all(len(part.strip()) > 10 for part in parts[2::2])
    for place in ("Dashboard: `/d/", "Prometheus: `", "Tempo: `{"):
        assert place in parts[4]
    assert (LOKI in parts[4]) != (NOT_IN_LOKI in parts[4])
    assert ALERTS[path.stem]["annotations"]["dashboard"] in parts[4]


def _on_purpose(path: Path) -> str:
    return path.read_text().partition("## On purpose")[2]


def test_load_lasts_as_long_as_its_alert_waits() -> None:
    """What is sent on purpose goes on for longer than the alert waits before it fires."""
    unit = {"m": 60, "h": 3600}
    lasting = {
        path.stem: int(seconds)
        for path in RUNBOOKS
        for seconds in re.findall(r"`wrk .*?-d(\d+)", _on_purpose(path))
    }
    assert lasting
    for alert, seconds in lasting.items():
        waits = ALERTS[alert]["for"]
        assert seconds > int(waits[:-1]) * unit[waits[-1]], alert


def test_what_is_lost_on_purpose_is_told() -> None:
    """Who loses traces as the runbook says still sends metrics to where they went before."""
    collector = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    changed = dict(re.findall(r"`([A-Z_]+)=(\S+)`", _on_purpose(FOLDER / "TelemetryLost.md")))
    before, after = environment.read(collector), environment.read(collector | changed)
    assert after.metrics_endpoint == before.metrics_endpoint
    assert after.traces_endpoint != before.traces_endpoint


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
