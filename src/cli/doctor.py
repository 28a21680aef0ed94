"""``dexwatch doctor``: what is running, reachable and stale."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from cli.database import running_urls
from cli.lock import WORKER_LOCK, is_used
from cli.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capture.inventory import CapturedFiles, Journals
    from config.settings import Settings

SECONDS: Final = 3.0
BEHIND_SECONDS: Final = 900.0
"""As the alert on the stream has it."""

Finding = tuple[str, bool, str]
"""What was looked at, whether it is well, and what was found."""


@click.command("doctor")
@click.pass_context
def command(context: click.Context) -> None:
    """Say what is running, reachable and stale.

    It ends with 1 when something is not well.
    """
    settings = settings_of(context)
    # What is found is said once, below.
    logging.basicConfig(level=logging.ERROR)
    well = True
    for what, fine, found in _findings(settings):
        well &= fine
        click.echo(f"{'ok  ' if fine else 'FAIL'}  {what:<12} {found}")
    if not well:
        context.exit(1)


def _findings(settings: Settings) -> Iterator[Finding]:
    yield _service(settings)
    yield _database(settings)
    yield _model(settings)
    yield _reference(settings)
    try:
        yield from _capture(settings)
    except OSError as error:
        yield "captured", False, f"the data folder cannot be read: {error}"
    if settings.stream.url is not None:
        yield _stream(settings)


def _service(settings: Settings) -> Finding:
    url = f"http://{settings.server.host}:{settings.server.port}/health/ready"
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # our own address
            capture = json.load(answer)["components"]["capture"]
            return "service", True, f"ready at {url}; of captured predictions {capture['detail']}"
    except urllib.error.HTTPError as error:
        return "service", False, f"not ready: {error.read(2000).decode(errors='replace')}"
    except TimeoutError:
        said = f"a process listens at {url} but says nothing for {SECONDS:.0f} s: it hangs"
        return "service", False, said
    except OSError as error:
        return "service", False, f"nothing answers at {url} ({error}); start it with `make run`"


def _database(settings: Settings) -> Finding:
    from etl.snapshot import load_dex
    from storage.errors import DatabaseUnavailableError, StorageError

    try:
        urls = running_urls(settings)
    except DatabaseUnavailableError:
        return "database", True, "embedded PostgreSQL, which runs while the service does"
    except StorageError as error:
        return "database", False, str(error)
    try:
        version = asyncio.run(_dex_version(settings, urls.service))
    except StorageError as error:
        return "database", False, str(error)
    if version != load_dex().version:
        return "database", False, f"dex {version} is not the snapshot's: run `dexwatch etl load`"
    return "database", True, f"{urls.description}; schema and dex {version} are up to date"


async def _dex_version(settings: Settings, url: str) -> str | None:
    """Give the version of the dex in a database whose schema is the newest."""
    from storage.database import Database
    from storage.dex_store import DexStore
    from storage.schema import check_schema

    async with Database.open(settings.database, url) as database:
        await check_schema(database)
        return await DexStore(database).version()


def _model(settings: Settings) -> Finding:
    from features.contract import CONTRACT_VERSION
    from registry.cache import ModelCache

    cached = ModelCache.of(settings.model, settings.data_dir).read_current()
    if cached is None:
        return "model", False, "none is cached; `make run` registers the released one"
    manifest = cached.manifest
    if manifest.contract_version != CONTRACT_VERSION:
        said = (
            f"{manifest.label} is of another feature contract: run `dexwatch model release`, "
            "or deploy the code that belongs to it"
        )
        return "model", False, said
    return "model", True, f"{manifest.label}, trained {manifest.trained_at:%Y-%m-%d %H:%M} UTC"


def _reference(settings: Settings) -> Finding:
    from capture.reference import REFERENCE_FILE, load_reference
    from features.contract import FEATURE_NAMES

    path = settings.data_dir / REFERENCE_FILE
    rows = load_reference(path, FEATURE_NAMES)
    if rows is None:
        return "reference", False, f"{path} is missing or foreign; `make run` writes it anew"
    return "reference", True, f"{rows.height:,} rows in {path}"


def _capture(settings: Settings) -> Iterator[Finding]:
    from capture.inventory import CapturedFiles, Journals, PartsSetAside

    now = datetime.now(UTC)
    files = CapturedFiles.of(settings.data_dir, now)
    said = (
        f"{files.small:,} small and {files.daily:,} daily files of {files.days:,} days, "
        f"{_shown(files.bytes)} of {_shown(settings.retention.max_bytes)}"
    )
    yield "captured", files.bytes <= settings.retention.max_bytes, said
    yield _journals(Journals.of(settings.data_dir))
    aside = PartsSetAside.of(settings.data_dir)
    if aside.oldest is None:
        yield "set aside", True, "nothing"
    else:
        parts = ", ".join(f"{count:,} {damage}" for damage, count in sorted(aside.parts.items()))
        said = f"{parts}, {_shown(aside.bytes)}, since {aside.oldest:%Y-%m-%d %H:%M} UTC"
        yield "set aside", set(aside.parts) <= {"torn"}, said
    yield _worker(settings, files)


def _journals(journals: Journals) -> Finding:
    said = f"{journals.held} in use, {_shown(journals.bytes)} in all"
    if not journals.left_behind:
        return "journals", True, said
    said += (
        f"; {journals.left_behind} left behind with {journals.rows_left:,} rows: "
        "start the service, or run `dexwatch replay`"
    )
    return "journals", False, said


def _worker(settings: Settings, files: CapturedFiles) -> Finding:
    last = (
        "nothing was compacted yet"
        if files.compacted_at is None
        else f"last compaction {files.compacted_at:%Y-%m-%d %H:%M} UTC"
    )
    if files.overdue:
        last += f", {files.overdue:,} files of earlier days wait for it"
    if is_used(settings.data_dir, WORKER_LOCK):
        return "worker", True, f"runs; {last}"
    if settings.stream.url is not None:
        # Workers of other machines hold locks in folders of their own.
        return "worker", True, f"none here; elsewhere one takes rows if `stream` is ok; {last}"
    return "worker", False, f"none runs; {last}; start one with `dexwatch worker`"


def _shown(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"


def _stream(settings: Settings) -> Finding:
    from capture.streams.connection import StreamError
    from capture.streams.group import WorkerGroup

    group = WorkerGroup(settings.stream)
    try:
        group.join()
        lag = group.look()
    except StreamError as error:
        return "stream", False, str(error.strerror)
    return (
        "stream",
        lag.oldest_seconds <= BEHIND_SECONDS,
        f"{lag.waiting + lag.delivered:,} rows, the oldest for {lag.oldest_seconds:.0f} s",
    )
