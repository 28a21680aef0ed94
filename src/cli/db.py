"""``dexwatch db``: the database schema."""

from __future__ import annotations

import click

from cli.database import database_urls
from cli.settings import settings_of


@click.group("db")
def command() -> None:
    """Look after the database."""


@command.command("upgrade")
@click.pass_context
def upgrade_command(context: click.Context) -> None:
    """Bring the schema to the newest revision."""
    with database_urls(settings_of(context)) as urls:
        upgrade(urls.owner)
    click.echo("the schema is up to date")


def upgrade(owner_url: str) -> None:
    """Apply the migrations that are missing.

    Raises:
        click.ClickException: the database cannot be reached or refuses.

    """
    from storage import migrations
    from storage.errors import StorageError

    try:
        migrations.upgrade(owner_url)
    except StorageError as error:
        raise click.ClickException(str(error)) from error
