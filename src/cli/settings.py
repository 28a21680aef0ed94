"""The settings that a command was started with."""

from __future__ import annotations

import os

import click

from config.settings import Settings, SettingsError, read


def read_settings(context: click.Context) -> None:
    """Read the environment, once.

    Raises:
        click.ClickException: a variable is unknown or cannot be used.

    """
    try:
        context.obj = read(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def settings_of(context: click.Context) -> Settings:
    """Give what :func:`read_settings` read."""
    settings = context.find_object(Settings)
    if settings is None:
        raise click.ClickException("the settings were not read")
    return settings
