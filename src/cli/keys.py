"""``dexwatch keys``: who may change state over HTTP."""

from __future__ import annotations

import asyncio
import getpass
import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli.lifecycle import ask
from cli.settings import settings_of
from storage.api_key import Scope, digest, new_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from config.settings import Settings
    from storage.api_key import ApiKey
    from storage.database import Database
    from storage.key_store import KeyStore

    _Make = Callable[[KeyStore, str], Awaitable[ApiKey]]

DAYS: Final = 365
LOCAL_NAME: Final = "feedback of this machine"
_RENEW: Final = timedelta(days=30)
"""A key of this machine that ends sooner is replaced."""

_days = click.option(
    "--days", type=click.IntRange(1, 3650), default=DAYS, show_default=True, help="Valid for."
)
_output = click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write the key to, readable by you alone; default: standard output.",
)


@click.group("keys")
def command() -> None:
    """Make, list, replace and revoke API keys. Only their hashes are stored."""


@command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([str(scope) for scope in Scope]),
    multiple=True,
    required=True,
    help="What the key allows; may be given twice.",
)
@_days
@_output
@click.pass_context
def create(
    context: click.Context, name: str, scopes: tuple[str, ...], days: int, output: Path | None
) -> None:
    """Make a key for NAME, and show it once."""
    if not 1 <= len(name) <= 100 or not name.isprintable():  # noqa: PLR2004  # as the table has it
        raise click.BadParameter("a name is one line of at most 100 characters")

    def make(store: KeyStore, key: str) -> Awaitable[ApiKey]:
        return store.add(key, name, sorted(set(scopes)), timedelta(days=days), _actor())

    ask(
        settings_of(context),
        lambda database: _make(database, output, make),
        read_only=False,
    )


@command.command("list")
@click.pass_context
def list_(context: click.Context) -> None:
    """List all keys ever made, the oldest first."""
    now = datetime.now(UTC)
    for key in ask(settings_of(context), lambda database: _store(database).all()):
        click.echo(f"{key.id}  {_state(key, now):<28}  {','.join(key.scopes):<17}  {key.name}")


@command.command("revoke")
@click.argument("key_id")
@click.pass_context
def revoke(context: click.Context, key_id: str) -> None:
    """Revoke KEY_ID. Services refuse it within a moment."""
    found = ask(
        settings_of(context),
        lambda database: _store(database).revoke(key_id, _actor()),
        read_only=False,
    )
    if found is None:
        raise _unknown(key_id)
    click.echo(f"{found.id} ({found.name}) is revoked")


@command.command("rotate")
@click.argument("key_id")
@click.option(
    "--grace-hours",
    type=click.IntRange(0, 24 * 90),
    default=24,
    show_default=True,
    help="How long the old one stays valid.",
)
@_days
@_output
@click.pass_context
def rotate(
    context: click.Context, key_id: str, grace_hours: int, days: int, output: Path | None
) -> None:
    """Replace KEY_ID with a new key, and show that once."""
    lifetime, grace = timedelta(days=days), timedelta(hours=grace_hours)

    async def make(store: KeyStore, key: str) -> ApiKey:
        made = await store.replace(key_id, key, lifetime, grace, _actor())
        if made is None:
            raise _unknown(key_id)
        return made

    ask(
        settings_of(context),
        lambda database: _make(database, output, make),
        read_only=False,
    )


@command.command("ensure")
@click.pass_context
def ensure(context: click.Context) -> None:
    """Make sure that this machine has a valid key for feedback.

    It stands in DEXWATCH_FEEDBACK_KEY_FILE; `dexwatch run` does the same.
    """
    settings = settings_of(context)
    click.echo(ask(settings, lambda database: _ensure(settings, database), read_only=False))


def ensure_feedback_key(settings: Settings, owner_url: str) -> str:
    """See to it that the file of this machine holds a valid key; say where it is, or why not.

    Predictions need no key: a start goes on without one.
    """
    from storage.database import Database
    from storage.errors import StorageError

    async def run() -> str:
        async with Database.open(settings.database, owner_url, read_only=False) as database:
            return await _ensure(settings, database)

    try:
        return asyncio.run(run())
    except (StorageError, OSError) as error:
        return f"no feedback key: {error}"


async def _ensure(settings: Settings, database: Database) -> str:
    path = settings.feedback_key_file
    held = digest(path.read_text("utf-8", "replace").strip()) if path.exists() else b""
    ends = datetime.now(UTC) + _RENEW
    for key in await _store(database).all():
        if key.sha256 == held and key.revoked_at is None and key.expires_at > ends:
            return f"feedback key in {path}"
    made = new_key()
    with _destination(path) as hand_over:
        await _store(database).add(
            made, LOCAL_NAME, [Scope.FEEDBACK], timedelta(days=DAYS), _actor()
        )
        hand_over(made)
    return f"new feedback key in {path}"


def _store(database: Database) -> KeyStore:
    from storage.key_store import KeyStore

    return KeyStore(database)


def _actor() -> str:
    """Name who acts, for the record."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        # In a container it may be a number that nobody has given a name.
        name = str(os.getuid())
    return f"{name}@{os.uname().nodename}"


def _unknown(key_id: str) -> click.ClickException:
    return click.ClickException(f"no valid key has the id {key_id}; see `dexwatch keys list`")


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d %H:%M} UTC"
    if key.expires_at <= now:
        return f"expired {key.expires_at:%Y-%m-%d %H:%M} UTC"
    return f"until {key.expires_at:%Y-%m-%d %H:%M} UTC"


async def _make(database: Database, output: Path | None, make: _Make) -> None:
    """Make a key and hand it over; what is said about it goes to standard error."""
    key = new_key()
    with _destination(output) as hand_over:
        made = await make(_store(database), key)
        hand_over(key)
    click.echo(
        f"{made.id} ({made.name}): {', '.join(made.scopes)}, until {made.expires_at:%Y-%m-%d};"
        " it cannot be shown again",
        err=True,
    )


@contextmanager
def _destination(output: Path | None) -> Iterator[Callable[[str], object]]:
    """Give what takes a key: standard output, or a file that only we can read.

    The file is there whole or not at all; where it cannot be, no key is made.
    """
    if output is None:
        yield click.echo
        return
    output.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    try:
        opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w") as file:
            yield lambda key: file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
