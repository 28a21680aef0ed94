"""Log lines, whatever is logged."""

from __future__ import annotations

import io
import json
import logging
import warnings
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from telemetry.logs import configure_logging
from telemetry.logs.json_lines import JsonLines
from telemetry.logs.repeats import Repeats
from telemetry.setup import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from telemetry.in_memory import InMemoryTelemetry

    Lines = Callable[[], list[dict[str, Any]]]

logger = logging.getLogger("dexwatch.test")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Awkward:
    """Has no representation."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


@pytest.fixture
def lines(memory: InMemoryTelemetry) -> Iterator[Lines]:
    """Give a function that reads the lines logged so far."""
    stream = io.StringIO()
    restore = configure_logging("INFO", memory.telemetry, stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    restore()


def test_a_line_is_one_json_object(lines: Lines) -> None:
    """Timestamp in UTC, level, logger, message and the caller's fields, all on one line."""
    logger.info("%d rows written", 100, extra={"rows": 100, "path": "a.parquet"})
    (line,) = lines()
    at = datetime.fromisoformat(line.pop("timestamp"))
    assert at.tzinfo == UTC
    assert datetime.now(UTC) - at < timedelta(seconds=10)
    assert line == {
        "level": "INFO",
        "logger": "dexwatch.test",
        "message": "100 rows written",
        "rows": 100,
        "path": "a.parquet",
    }


def test_a_line_within_a_span_leads_to_it(lines: Lines, memory: InMemoryTelemetry) -> None:
    """Trace and span id are those of the span, on the line and over OTLP."""
    with memory.telemetry.tracer("test").start_as_current_span("work") as span:
        logger.info("inside")
    logger.info("outside")
    context = span.get_span_context()
    inside, outside = lines()
    assert inside["trace_id"] == f"{context.trace_id:032x}"
    assert inside["span_id"] == f"{context.span_id:016x}"
    assert "trace_id" not in outside
    first, second = memory.logs()
    assert first.log_record.trace_id == context.trace_id
    assert first.log_record.span_id == context.span_id
    assert not second.log_record.trace_id


def test_no_message_can_forge_a_line(lines: Lines) -> None:
    """Line breaks stay inside of their message, name or field."""
    logger.info('good\n{"level": "FORGED"}\r\u2028', extra={"note": "a\nb"})
    (line,) = lines()
    assert line["message"] == 'good\n{"level": "FORGED"}\r\u2028'
    assert line["note"] == "a\nb"


def test_no_field_can_replace_what_the_line_says(lines: Lines) -> None:
    """A field named like one of the line's own does not win over it."""
    logger.info("true", extra={"level": "FAKE", "logger": "fake", "timestamp": "never"})
    (line,) = lines()
    assert (line["level"], line["logger"]) == ("INFO", "dexwatch.test")
    assert line["timestamp"] != "never"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (float("nan"), None),
        (10**40, str(10**40)),
        (-(2**63), str(-(2**63))),
        (b"\xff\x00", "/wA="),
        ("\ud800", "\\ud800"),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
        ({3: object}, {"3": "<class 'object'>"}),
        (Awkward(), "<Awkward>"),
        ([Awkward()], ["<Awkward>"]),
    ],
)
def test_any_value_can_be_logged(
    lines: Lines, memory: InMemoryTelemetry, value: object, written: object
) -> None:
    """What JSON or OTLP cannot hold becomes text, and nothing is lost beside it."""
    logger.info("strange", extra={"value": value, "beside": 1})
    (line,) = lines()
    assert line["value"] == written
    assert line["beside"] == 1
    assert len(memory.logs()) == 1


def test_a_value_that_contains_itself_can_be_logged(lines: Lines) -> None:
    """A circle becomes text."""
    circle: list[object] = []
    circle.append(circle)
    logger.info("round", extra={"value": circle})
    assert lines()[0]["value"] == "[[...]]"


def test_huge_values_are_cut(lines: Lines, memory: InMemoryTelemetry) -> None:
    """No message, field or traceback makes an endless line."""
    try:
        int("x" * 1_000_000)
    except ValueError:
        logger.exception("y" * 1_000_000, extra={"text": "z" * 1_000_000, "many": [1] * 1_000_000})
    (line,) = lines()
    assert len(json.dumps(line)) < 60_000
    assert line["text"].endswith("(1000000 characters)")
    attributes = memory.logs()[0].log_record.attributes
    assert max(len(str(value)) for value in attributes.values()) < 20_000


@pytest.mark.parametrize("arguments", [("many",), (1, 2), (Awkward(),)])
def test_arguments_that_do_not_fit_are_logged_all_the_same(arguments: tuple[object, ...]) -> None:
    """A mistake in a log call still says what it was to say, on the line and over OTLP."""
    record = logging.LogRecord("dexwatch", logging.INFO, "", 1, "%d rows", arguments, None)
    line = json.loads(JsonLines().format(record))
    assert line["message"].startswith("%d rows ")
    assert (str(arguments[0]) if not isinstance(arguments[0], Awkward) else "tuple") in str(line)


def test_a_traceback_stands_in_its_line(lines: Lines, memory: InMemoryTelemetry) -> None:
    """An exception is told whole, on the line and in the conventions' attributes."""
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logger.exception("failed")
    (line,) = lines()
    assert line["exception"].startswith("Traceback")
    assert "ZeroDivisionError: division by zero" in line["exception"]
    attributes = memory.logs()[0].log_record.attributes
    assert attributes["exception.type"] == "ZeroDivisionError"
    assert attributes["exception.message"] == "division by zero"


@pytest.mark.usefixtures("lines")
def test_records_keep_their_severity_and_logger(memory: InMemoryTelemetry) -> None:
    """Over OTLP a record keeps level, message, fields, logger and the resource."""
    logger.warning("careful", extra={"rows": 3})
    (log,) = memory.logs()
    assert log.log_record.severity_text == "WARN"
    assert log.log_record.severity_number.value == 13
    assert log.log_record.body == "careful"
    assert log.log_record.attributes == {"rows": 3}
    assert log.instrumentation_scope.name == "dexwatch.test"
    assert log.resource.attributes["service.name"] == "dexwatch"


def test_what_exporting_logs_is_not_exported(lines: Lines, memory: InMemoryTelemetry) -> None:
    """Lines of the exporters reach the stream, not OTLP: they would never end."""
    logging.getLogger("opentelemetry.exporter.otlp").error("collector away")
    logging.getLogger("urllib3.connectionpool").error("no connection")
    assert len(lines()) == 2
    assert not memory.logs()


def test_the_level_is_kept(lines: Lines) -> None:
    """Below the level nothing is written."""
    logger.debug("quiet")
    assert not lines()


def test_uvicorn_logs_in_the_same_form_and_no_raw_paths(lines: Lines) -> None:
    """The server's own lines are JSON; its access log, with paths and queries, is off."""
    logging.getLogger("uvicorn.error").info("started", extra={"color_message": "\x1b[1mstarted"})
    logging.getLogger("uvicorn.access").info("GET /secret?token=1")
    (line,) = lines()
    assert line["message"] == "started"
    assert "color_message" not in line


def test_warnings_are_logged(lines: Lines) -> None:
    """A Python warning becomes a line."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configured = logging.getLogger("py.warnings")
        warnings.warn_explicit("old way", DeprecationWarning, "somewhere.py", 1)
    assert configured.name == "py.warnings"
    assert "old way" in lines()[0]["message"]


def test_restoring_puts_handlers_back(memory: InMemoryTelemetry) -> None:
    """What logging was before it is again."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    restore = configure_logging("ERROR", memory.telemetry, stream=io.StringIO())
    assert root.handlers != before[0]
    restore()
    assert (root.handlers, root.level) == before
    assert not logging.getLogger("uvicorn.access").disabled


def test_without_an_endpoint_no_log_is_handed_to_the_sdk() -> None:
    """Logs cost nothing beyond the stream where they are not exported."""
    telemetry = start({})
    restore = configure_logging("INFO", telemetry, stream=io.StringIO())
    assert len(logging.getLogger().handlers) == 1
    restore()
    telemetry.shutdown()


def test_a_terminal_gets_words() -> None:
    """On a terminal a line has time, level, message and fields, and cannot steer the terminal."""
    stream = Terminal()
    restore = configure_logging("INFO", stream=stream)
    logger.warning("bell \x07 and\nbreak \x1b[2J", extra={"rows": 100})
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logger.exception("failed")
    restore()
    first, second, *stack = stream.getvalue().splitlines()
    assert "WARNING" in first
    assert r"bell \x07 and\nbreak \x1b[2J rows=100" in first
    assert second.endswith("failed")
    assert stack[-1] == "  ZeroDivisionError: division by zero"


def test_an_outage_of_the_collector_does_not_fill_the_log() -> None:
    """Lines of one kind from the telemetry libraries pass once a minute and tell what was left."""
    now = [0.0]
    repeats = Repeats(clock=lambda: now[0])

    def record(name: str, reason: str) -> logging.LogRecord:
        return logging.LogRecord(name, logging.WARNING, "", 1, "failed: %s", (reason,), None)

    exporter = "opentelemetry.exporter"
    assert repeats.filter(record(exporter, "a"))
    assert not any(repeats.filter(record(exporter, str(number))) for number in range(9))
    assert repeats.filter(record("opentelemetry.sdk", "another kind"))
    assert all(repeats.filter(record("dexwatch", "ours")) for _ in range(9))
    now[0] = 61
    later = record(exporter, "b")
    assert repeats.filter(later)
    assert vars(later)["left_out"] == 9
