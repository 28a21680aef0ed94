"""Keys and passwords are nowhere but where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx
from tests.acceptance.service import copied, running
from tests.otlp_receiver import OtlpReceiver

if TYPE_CHECKING:
    from pathlib import Path

QUESTION: Final = {"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf"]}
PASSWORD: Final = "correct-horse-battery-staple"  # noqa: S105  # of nothing
STRANGER: Final = "dexwatch_strangeq_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
"""Looks like a key, and is none."""


def test_no_secret_is_told(prepared: Path, tmp_path: Path) -> None:
    """Neither logs, spans, metrics, errors nor files hold a key or a password."""
    data_dir = copied(prepared, tmp_path)
    with OtlpReceiver() as receiver:
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
            "DEXWATCH_TRACES_KEPT_SHARE": "1",
            "DEXWATCH_LOG_LEVEL": "DEBUG",
            "DEXWATCH_RATE_LIMIT": "60/minute",
            # Nobody listens there.
            "DEXWATCH_REDIS_URL": f"redis://dexwatch:{PASSWORD}@127.0.0.1:1/0",
        }
        with running(data_dir, variables=variables) as service:
            key = service.may_tell["Authorization"].removeprefix("Bearer ")
            weak = service.command("keys", "create", "weak", "--scope", "predict").strip()
            secrets = (key, weak, STRANGER, PASSWORD)
            told = _use(service.url, key, weak)
            told.append(httpx.get(f"{service.url}/metrics").text)
            told.append(service.command("keys", "list"))
            assert "weak" in told[-1]
        told.append(service.log())
        for signal in ("traces", "metrics", "logs"):
            assert receiver.received[signal], signal
            told += [str(request) for request in receiver.received[signal]]
    assert any("http.response.status_code" in text for text in told)
    for secret in secrets:
        assert not [text[:200] for text in told if secret in text]
        held = [path for path in data_dir.rglob("*") if path.is_file() and _holds(path, secret)]
        # Also not the database's own files.
        assert held == ([data_dir / "keys" / "feedback"] if secret == key else [])
    assert (data_dir / "keys" / "feedback").stat().st_mode & 0o777 == 0o600
    assert (data_dir / "keys").stat().st_mode & 0o777 == 0o700


def _use(url: str, key: str, weak: str) -> list[str]:
    """Send keys in every way that is answered in another; give all that comes back."""
    told = []
    with httpx.Client(base_url=url) as client:
        answer = client.post("/predict/best-move", json=QUESTION, headers=_bearer(weak))
        judged = {"prediction_id": answer.json()["prediction_id"], "winner": "A"}
        expected = (
            (client.post("/feedback", json=judged, headers=_bearer(key)), 200),
            (client.post("/feedback", json=judged, headers=_bearer(weak)), 403),
            (client.post("/feedback", json=judged, headers=_bearer(STRANGER)), 401),
            (client.post("/feedback", json=judged, headers={"Authorization": key}), 401),
            (client.post("/feedback", content=b"{", headers=_bearer(key)), 415),
            (client.get("/nothing", headers=_bearer(key)), 404),
            (client.get("/health", headers=_bearer(STRANGER)), 200),
        )
        for each, status in expected:
            assert each.status_code == status, each.text
            told.append(f"{each.headers}{each.text}")
        for number in range(80):
            # Who says that it speaks for others is believed only where settings name it.
            others = {"X-Forwarded-For": f"203.0.113.{number}"}
            answer = client.get("/nothing", headers=_bearer(STRANGER) | others)
            told.append(f"{answer.headers}{answer.text}")
        assert answer.status_code == 429
    return told


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _holds(path: Path, secret: str) -> bool:
    try:
        return secret.encode() in path.read_bytes()
    except OSError:
        # A file of a server that has just stopped.
        return False
