"""Keys and passwords are nowhere but where they belong."""

from __future__ import annotations

from contextlib import ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tests import patient
from tests.acceptance.service import copied, running
from tests.otlp_receiver import OtlpReceiver
from tests.waiting import wait_for

from storage.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from pathlib import Path

QUESTION: Final = {"pokemon_a_id": 1, "pokemon_b_id": 25, "available_moves": ["Surf"]}
PASSWORD: Final = "correct-horse-battery-staple"  # noqa: S105  # of nothing
TOKEN: Final = "tr0ub4dor-and-three"  # noqa: S105  # of nothing
"""What the collector is shown."""
STRANGER: Final = "dexwatch_strangeq_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
"""Looks like a key, and is none."""


def test_no_secret_is_told(prepared: Path, tmp_path: Path) -> None:
    """Neither logs, spans, metrics, errors nor files hold a key, a password or a token."""
    data_dir = copied(prepared, tmp_path)
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    with OtlpReceiver() as receiver, ExitStack() as stack:
        at_first = stack.enter_context(ExitStack())
        database = at_first.enter_context(server.started()).owner
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{TOKEN}",
            "DEXWATCH_TRACES_KEPT_SHARE": "1",
            "DEXWATCH_LOG_LEVEL": "DEBUG",
            "DEXWATCH_RATE_LIMIT": "60/minute",
            "DEXWATCH_DATABASE_URL": database,
            "DEXWATCH_DATABASE_POLL_SECONDS": "0.5",
            # Nobody listens there.
            "DEXWATCH_REDIS_URL": f"redis://dexwatch:{PASSWORD}@127.0.0.1:1/0",
            "MLFLOW_TRACKING_URI": f"http://dexwatch:{PASSWORD}@127.0.0.1:1",
        }
        # What is refused is told as well, once the token has been shown.
        receiver.status = HTTPStatus.UNAUTHORIZED
        service = stack.enter_context(running(data_dir, variables=variables))
        wait_for(lambda: receiver.refused > 0, 20)
        receiver.status = HTTPStatus.OK
        key = service.may_tell["Authorization"].removeprefix("Bearer ")
        making = ("keys", "create", "weak", "--scope", "predict")
        weak = service.command(*making, DEXWATCH_DATABASE_URL=database).strip()
        told = _use(service.url, key, weak)
        told.append(service.command("keys", "list", DEXWATCH_DATABASE_URL=database))
        assert "weak" in told[-1]
        wait_for(lambda: "MLflow at http://***@127.0.0.1:1 failed" in service.log())
        at_first.close()
        wait_for(lambda: _database(service.url) == "unavailable", 20)
        told.append(patient.get(f"{service.url}/health/ready").text)
        told.append(patient.get(f"{service.url}/metrics").text)
        stack.close()
        told.append(service.log())
        assert receiver.authorizations == {f"Bearer {TOKEN}"}
        for signal in ("traces", "metrics", "logs"):
            assert receiver.received[signal], signal
            told += [str(request) for request in receiver.received[signal]]
    assert any("http.response.status_code" in text for text in told)
    password = urlsplit(database).password
    assert password
    belongs = {
        key: [data_dir / "keys" / "feedback"],
        password: [tmp_path / "postgres" / "connection.json"],
    }
    for secret in (key, weak, STRANGER, PASSWORD, TOKEN, password):
        assert not [text[:200] for text in told if secret in text]
        held = [path for path in tmp_path.rglob("*") if path.is_file() and _holds(path, secret)]
        # Also not the database's own files.
        assert held == belongs.get(secret, [])
    for path in (data_dir / "keys" / "feedback", tmp_path / "postgres" / "connection.json"):
        assert path.stat().st_mode & 0o777 == 0o600
    assert (data_dir / "keys").stat().st_mode & 0o777 == 0o700


def _database(url: str) -> str:
    """Give what the service says of its database."""
    health = patient.get(f"{url}/health/ready").json()
    state: str = health["components"]["database"]["state"]
    return state


def _use(url: str, key: str, weak: str) -> list[str]:
    """Send keys in every way that is answered in another; give all that comes back."""
    told = []
    with patient.client(base_url=url) as client:
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
