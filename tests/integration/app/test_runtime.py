"""What the service does beside answering, over a real database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.waiting import until

from app import runtime
from app.runtime import open_runtime
from config.settings import CaptureSettings, DatabaseSettings, Settings
from storage.api_key import Scope, new_key
from storage.database import Database
from storage.key_store import KeyStore
from telemetry import lasting

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from storage.embedded import DatabaseUrls
    from telemetry.in_memory import InMemoryTelemetry


async def test_a_watch_that_fails_is_told_and_goes_on(
    database_urls: DatabaseUrls,
    tmp_path: Path,
    observed: InMemoryTelemetry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Here over a row that should not be: once it is mended, keys are known without a restart."""
    monkeypatch.setattr(runtime, "FIRST_DEX_SECONDS", 0.0)
    monkeypatch.setattr(lasting, "FIRST_PAUSE_SECONDS", 0.05)
    settings = Settings(data_dir=tmp_path, capture=CaptureSettings(enabled=False))
    key = new_key()
    async with Database.open(DatabaseSettings(), database_urls.owner, read_only=False) as owned:
        await KeyStore(owned).add(key, "one", [Scope.FEEDBACK], timedelta(days=1), "me")
        async with owned.connection() as connection:
            await connection.execute("ALTER TABLE api_keys ALTER scopes DROP NOT NULL")
            await connection.execute("UPDATE api_keys SET scopes = NULL")
        async with open_runtime(settings, database_urls.service, observed.telemetry) as context:
            await until(lambda: "key watch failed" in caplog.text)
            async with owned.connection() as connection:
                await connection.execute("UPDATE api_keys SET scopes = '{feedback}'")
            await until(lambda: context.guard.keys.find(f"Bearer {key}".encode()))
