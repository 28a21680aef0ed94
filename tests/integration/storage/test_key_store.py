"""Keys in a real PostgreSQL, and the command that makes them."""

from __future__ import annotations

import asyncio
import stat
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from tests.documentation.pages import blocks, read
from tests.waiting import until

from app.access.key_ring import KeyRing
from cli.keys import ensure_feedback_key
from cli.main import dexwatch
from config.settings import DatabaseSettings, Settings
from storage.api_key import Scope, digest, id_of, new_key
from storage.database import Database
from storage.errors import DatabaseRefusedError
from storage.feedback_store import FeedbackStore, JudgedPrediction
from storage.key_store import KeyStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from click.testing import Result

    from storage.embedded import DatabaseUrls

DAY = timedelta(days=1)


@asynccontextmanager
async def _owned(urls: DatabaseUrls) -> AsyncIterator[KeyStore]:
    async with Database.open(DatabaseSettings(), urls.owner, read_only=False) as database:
        yield KeyStore(database)


def _bearer(key: str) -> bytes:
    return f"Bearer {key}".encode()


async def test_a_running_service_hears_of_keys_at_once(database_urls: DatabaseUrls) -> None:
    """New, replaced and revoked keys are known within a moment, long before it would look again."""
    ring = KeyRing()
    first, second = new_key(), new_key()
    patient = DatabaseSettings(poll_seconds=600)
    async with (
        Database.open(patient, database_urls.service) as served,
        _owned(database_urls) as keys,
    ):
        watching = asyncio.create_task(KeyStore(served).watch(ring.replace))
        await until(lambda: ring.is_known)
        await keys.add(first, "one", [Scope.FEEDBACK], DAY, "me")
        await until(lambda: ring.find(_bearer(first)))
        await keys.replace(id_of(first), second, DAY, timedelta(0), "me")
        await until(lambda: ring.find(_bearer(second)) and not ring.find(_bearer(first)))
        await keys.revoke(id_of(second), "me")
        await until(lambda: not ring.find(_bearer(second)))
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_known_keys_outlive_an_outage(database_urls: DatabaseUrls) -> None:
    """With PostgreSQL away known keys are still let in; what was revoked meanwhile is learnt."""
    ring = KeyRing()
    key, other = new_key(), new_key()
    async with _owned(database_urls) as keys:
        for each in (key, other):
            await keys.add(each, "one", [Scope.FEEDBACK], DAY, "me")
    async with Database.open(DatabaseSettings(), database_urls.service) as served:
        watching = asyncio.create_task(KeyStore(served).watch(ring.replace))
        await until(lambda: ring.is_known)
        superuser = await asyncpg.connect(database_urls.superuser)
        name = database_urls.owner.rpartition("/")[2].partition("?")[0]
        await superuser.execute("ALTER ROLE dexwatch_service NOLOGIN")
        try:
            await superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = $1 AND usename = 'dexwatch_service'",
                name,
            )
            await asyncio.sleep(0.3)
            assert not await served.ping()
            assert ring.find(_bearer(key)) is not None
            async with _owned(database_urls) as keys:
                await keys.revoke(id_of(other), "me")
            assert ring.find(_bearer(other)) is not None
        finally:
            # The role is the server's, and so every other test's.
            await superuser.execute("ALTER ROLE dexwatch_service LOGIN")
            await superuser.close()
        await until(lambda: not ring.find(_bearer(other)))
        assert ring.find(_bearer(key)) is not None
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_what_was_done_to_a_key_is_kept(database_urls: DatabaseUrls) -> None:
    """Each change is a row with its actor, which nobody alters; a key itself is in none."""
    first, second = new_key(), new_key()
    async with _owned(database_urls) as keys:
        await keys.add(first, "one", [Scope.PREDICT, Scope.FEEDBACK], DAY, "ann@here")
        made = await keys.replace(id_of(first), second, DAY, timedelta(hours=1), "bob@there")
        assert made is not None
        assert (made.name, made.scopes) == ("one", ("feedback", "predict"))
        assert await keys.revoke(id_of(second), "ann@here") is not None
        assert await keys.revoke(id_of(second), "ann@here") is None
        assert await keys.replace(id_of(second), new_key(), DAY, DAY, "ann@here") is None
        assert await keys.replace("nothing2", new_key(), DAY, DAY, "ann@here") is None
        old, new = await keys.all()
        assert old.expires_at - datetime.now(UTC) < timedelta(hours=1)
        assert new.revoked_at is not None
        assert (old.sha256, new.sha256) == (digest(first), digest(second))
        async with keys.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT key_id, event, actor FROM api_key_events ORDER BY event_id"
            )
        assert [tuple(row) for row in rows] == [
            (id_of(first), "created", "ann@here"),
            (id_of(first), "replaced", "bob@there"),
            (id_of(second), "created", "bob@there"),
            (id_of(second), "revoked", "ann@here"),
        ]
        for change in ("DELETE FROM", "UPDATE", "TRUNCATE"):
            words = f"{change} api_key_events" + (" SET actor = ''" if change == "UPDATE" else "")
            with pytest.raises(DatabaseRefusedError, match="never changed"):
                await keys.database.fetchval(words)


async def test_feedback_says_whose_key_told_it(database_urls: DatabaseUrls) -> None:
    """So what a stolen key has told can be found and taken back; the service changes no key."""
    key, other = new_key(), new_key()
    async with _owned(database_urls) as keys:
        await keys.add(key, "one", [Scope.FEEDBACK], DAY, "me")
        await keys.add(other, "two", [Scope.FEEDBACK], DAY, "me")
    judged = JudgedPrediction(
        prediction_id=uuid4(),
        winner="A",
        predicted_at=datetime.now(UTC),
        model_version="v3",
        pokemon_a_id=9,
        pokemon_b_id=6,
        recommended_move="surf",
        win_probability=0.75,
    )
    async with Database.open(DatabaseSettings(), database_urls.service) as served:
        assert await FeedbackStore(served).add(judged, id_of(key)) is not None
        assert await FeedbackStore(served).add(judged, id_of(key)) is None
        honest = replace(judged, prediction_id=uuid4())
        assert await FeedbackStore(served).add(honest, id_of(other)) is not None
        for words in (
            "UPDATE api_keys SET revoked_at = NULL",
            "DELETE FROM api_keys",
            "SELECT * FROM api_key_events",
            "DELETE FROM feedback_keys",
        ):
            with pytest.raises(DatabaseRefusedError):
                await served.fetchval(f"SET default_transaction_read_only TO off; {words}")
    async with _owned(database_urls) as keys:
        await keys.revoke(id_of(key), "me")
        (words,) = [
            code for language, code in blocks(read("docs/security.md")) if language == "sql"
        ]
        await keys.database.fetchval(words.replace("the id", id_of(key)))
        for left in (
            "SELECT string_agg(prediction_id::text, '') FROM feedback",
            "SELECT string_agg(prediction_id::text, '') FROM feedback_keys",
        ):
            assert await keys.database.fetchval(left) == str(honest.prediction_id)


def _run(urls: DatabaseUrls, data_dir: Path, *words: str) -> Result:
    environment = {"DEXWATCH_DATABASE_URL": urls.owner, "DEXWATCH_DATA_DIR": str(data_dir)}
    return CliRunner().invoke(dexwatch, ["keys", *words], env=environment)


def test_keys_are_made_listed_replaced_and_revoked(
    database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    """A key is shown once, on standard output alone or in a file; the list shows none."""
    made = _run(database_urls, tmp_path, "create", "a bot", "--scope", "feedback", "--days", "7")
    assert made.exit_code == 0, made.output
    key = made.stdout.strip()
    assert id_of(key) in made.stderr
    assert key not in made.stderr
    file = tmp_path / "its" / "key"
    replaced = _run(database_urls, tmp_path, "rotate", id_of(key), "--output", str(file))
    assert replaced.exit_code == 0, replaced.output
    assert replaced.stdout == ""
    other = file.read_text("ascii").strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert _run(database_urls, tmp_path, "revoke", id_of(other)).exit_code == 0
    listed = _run(database_urls, tmp_path, "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == [id_of(key), id_of(other)]
    assert "until " in listed[0]
    assert "revoked " in listed[1]
    assert not [line for line in listed if key in line or other in line]
    again = _run(database_urls, tmp_path, "revoke", id_of(other))
    assert again.exit_code == 1
    assert "no valid key has the id" in again.stderr
    for wrong in (["create", "x"], ["create", "", "--scope", "feedback"], ["create", "x\ny"]):
        assert _run(database_urls, tmp_path, *wrong).exit_code == 2


def test_this_machine_has_a_key_for_feedback(database_urls: DatabaseUrls, tmp_path: Path) -> None:
    """It is made once, and anew when it is revoked, about to end, or of another database."""
    file = tmp_path / "keys" / "feedback"

    def ensure() -> str:
        done = _run(database_urls, tmp_path, "ensure")
        assert done.exit_code == 0, done.output
        assert str(file) in done.stdout
        return file.read_text("ascii").strip()

    first = ensure()
    assert ensure() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    _run(database_urls, tmp_path, "revoke", id_of(first))
    second = ensure()
    assert second != first
    _run(database_urls, tmp_path, "rotate", id_of(second), "--grace-hours", "48")
    third = ensure()
    assert third != second
    file.write_text(new_key())
    assert ensure() not in {first, second, third}
    listed = _run(database_urls, tmp_path, "list").stdout
    assert listed.count("feedback of this machine") == 5


def test_no_key_is_made_that_nobody_gets(database_urls: DatabaseUrls, tmp_path: Path) -> None:
    """Where its file cannot be written, that is said in a line, and there is no key."""
    (tmp_path / "file").write_text("no folder")
    words = ["create", "a", "--scope", "feedback", "--output", str(tmp_path / "file" / "key")]
    refused = _run(database_urls, tmp_path, *words)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: ")
    assert len(refused.stderr.splitlines()) == 1
    kept = tmp_path / "kept"
    kept.write_text("what was there")
    unknown = _run(database_urls, tmp_path, "rotate", "aaaaaaaa", "--output", str(kept))
    assert "no valid key has the id aaaaaaaa" in unknown.stderr
    assert kept.read_text() == "what was there"
    assert not list(tmp_path.glob(".*"))
    assert _run(database_urls, tmp_path, "list").stdout == ""


def test_a_user_without_a_name_has_a_key_too(
    database_urls: DatabaseUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container that runs as some number; rubbish in the file is replaced."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 54321)
    settings = Settings(data_dir=tmp_path)
    settings.feedback_key_file.parent.mkdir()
    settings.feedback_key_file.write_bytes(b"\xff\xfe")
    assert ensure_feedback_key(settings, database_urls.owner).startswith("new feedback key in ")
    assert settings.feedback_key_file.read_text("ascii").startswith("dexwatch_")


def test_a_start_goes_on_without_a_key(database_urls: DatabaseUrls, tmp_path: Path) -> None:
    """Where no key may be made, or its file not be written, that is said and nothing more."""
    settings = Settings(data_dir=tmp_path)
    assert ensure_feedback_key(settings, database_urls.service).startswith("no feedback key: ")
    assert not settings.feedback_key_file.exists()
    (tmp_path / "keys").rmdir()
    (tmp_path / "keys").write_text("no folder")
    assert ensure_feedback_key(settings, database_urls.owner).startswith("no feedback key: ")
