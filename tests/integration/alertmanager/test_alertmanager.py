"""What the real Alertmanager tells whom."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
from tests import patient
from tests.chat import Chat, chatting
from tests.programs import ROOT, program, started
from tests.waiting import wait_for

from cli.stack.addresses import Ports
from cli.stack.programs import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_the_program_accepts_the_configuration() -> None:
    """Alertmanager's own checker finds nothing wrong with the configuration and its templates."""
    checked = subprocess.run(
        [program("amtool"), "check-config", ROOT / "alertmanager" / "alertmanager.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "SUCCESS" in checked.stdout


@contextmanager
def _running(folder: Path, chat: Chat) -> Iterator[str]:
    """Run Alertmanager as the local stack does, with the committed configuration."""
    ports = Ports.free()
    program("prometheus-alertmanager")
    stack = Stack(ROOT, folder, ports)
    stack.prepare()
    chat.write_secrets(stack.folder / "alertmanager" / "secrets")
    described = stack.alertmanager()
    log = folder / "alertmanager.log"
    with started(described.command, log, described.ready, folder=described.folder):
        yield f"http://127.0.0.1:{ports.alertmanager}"


def _fire(url: str, *alerts: tuple[str, str], over: bool = False, **labels: str) -> None:
    """Send alerts, each a name and a severity, as Prometheus does."""
    now = datetime.now(UTC)
    sent = [
        {
            "labels": {"alertname": name, "severity": severity, **labels},
            "annotations": {
                "summary": f"{name} in short",
                "description": f"{name} at length",
                "dashboard": "/d/api-performance",
                "runbook": f"docs/runbooks/{name}.md",
            },
            "startsAt": now.isoformat(),
            "endsAt": (now if over else now + timedelta(minutes=30)).isoformat(),
        }
        for name, severity in alerts
    ]
    assert patient.post(f"{url}/api/v2/alerts", json=sent).status_code == httpx.codes.OK


def test_one_outage_is_one_message_to_everybody(tmp_path: Path) -> None:
    """A page reaches Slack and Discord with its links; consequences and infos stay away.

    The heartbeat comes at once and again; a receiver that was down gets the message when it is
    back; the end of the outage is told.
    """
    with chatting() as chat:
        # Nobody listens at first.
        chat.status = 503
        with _running(tmp_path, chat) as url:
            _fire(url, ("Watchdog", "heartbeat"))
            _fire(url, ("APIDown", "page"))
            _fire(url, ("AllTargetsDown", "info"), job="api")
            _fire(
                url,
                ("HighErrorRate", "page"),
                ("HighAPILatency", "page"),
                ("NoTelemetry", "page"),
                ("ExplanationsRefused", "info"),
                ("NotificationsFailing", "ticket"),
            )
            _fire(url, ("HighMemoryUsage", "ticket"), instance="n")
            time.sleep(12)
            chat.status = 200
            for receiver in ("slack", "discord"):
                wait_for(lambda receiver=receiver: len(chat.received[receiver]) >= 3)
                assert sorted(chat.titles(receiver)) == [
                    "page: APIDown",
                    "ticket: HighMemoryUsage",
                    "ticket: NotificationsFailing",
                ]
            (text,) = [
                message["attachments"][0]["text"]
                for _, message in chat.received["slack"]
                if "APIDown" in message["attachments"][0]["title"]
            ]
            assert "APIDown at length" in text
            assert "http://localhost:3000/d/api-performance" in text
            assert "http://localhost:8010/runbooks/APIDown.html" in text
            _fire(url, ("APIDown", "page"), over=True)
            wait_for(lambda: "over: APIDown" in chat.titles("slack"), 90)
            wait_for(lambda: len(chat.received["heartbeat"]) >= 2, 90)
            (first, _), (second, _) = chat.received["heartbeat"][:2]
            assert 20 < second - first < 60


def test_one_of_several_that_is_down_hides_nothing_of_the_others(tmp_path: Path) -> None:
    """While other replicas and another collector answer, what is wrong with them is told."""
    with chatting() as chat, _running(tmp_path, chat) as url:
        _fire(url, ("APIDown", "page"), job="api", instance="a")
        _fire(url, ("CollectorDown", "page"), job="otel-collector", instance="a")
        _fire(url, ("HighErrorRate", "page"), ("CollectorDrops", "page"))
        wait_for(lambda: len(chat.received["slack"]) >= 4)
        assert sorted(chat.titles("slack")) == [
            "page: APIDown",
            "page: CollectorDown",
            "page: CollectorDrops",
            "page: HighErrorRate",
        ]


def test_alerts_of_one_name_come_together(tmp_path: Path) -> None:
    """Many alerts of one kind are one message that counts them."""
    with chatting() as chat, _running(tmp_path, chat) as url:
        for reason in ("buffer_full", "write_failed", "invalid"):
            _fire(url, ("CaptureDrops", "page"), reason=reason)
        wait_for(lambda: bool(chat.received["slack"]))
        assert chat.titles("slack") == ["page: CaptureDrops (3)"]


def test_a_fast_burn_speaks_for_the_slow_ones(tmp_path: Path) -> None:
    """Of one objective the fastest burn alone is told; another objective is its own matter."""
    with chatting() as chat, _running(tmp_path, chat) as url:
        _fire(
            url,
            ("PredictionLatencyBurnsFast", "page"),
            ("PredictionLatencyBurns", "page"),
            ("PredictionLatencyBurnsSlowly", "ticket"),
            slo="prediction-latency",
        )
        _fire(url, ("PredictionAvailabilityBurns", "page"), slo="prediction-availability")
        wait_for(lambda: len(chat.received["slack"]) >= 2)
        time.sleep(3)
        assert sorted(chat.titles("slack")) == [
            "page: PredictionAvailabilityBurns",
            "page: PredictionLatencyBurnsFast",
        ]


def test_a_database_that_is_away_speaks_for_what_grows_old(tmp_path: Path) -> None:
    """While PostgreSQL is away nobody is told as well that what stands in it is old."""
    with chatting() as chat, _running(tmp_path, chat) as url:
        _fire(url, ("DatabaseDown", "ticket"), ("DexStale", "ticket"))
        _fire(url, ("DriftReportStale", "ticket"), ("CaptureStopped", "page"))
        wait_for(lambda: len(chat.received["slack"]) >= 2)
        time.sleep(3)
        assert sorted(chat.titles("slack")) == ["page: CaptureStopped", "ticket: DatabaseDown"]


def test_without_secrets_it_runs_and_says_so(tmp_path: Path) -> None:
    """Who has configured no chat gets a running Alertmanager and a counted failure."""
    with chatting() as chat, _running(tmp_path, chat) as url:
        shutil.rmtree(tmp_path / "stack" / "alertmanager" / "secrets")
        _fire(url, ("CaptureDrops", "page"))

        failures = re.compile(
            r'^alertmanager_notifications_failed_total\{integration="slack"\} [1-9]', re.MULTILINE
        )
        wait_for(lambda: bool(failures.search(patient.get(f"{url}/metrics").text)), 90)
        assert not chat.received["slack"]
