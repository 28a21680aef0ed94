"""What ``--help`` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from cli.main import dexwatch

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = 80


def _commands(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from _commands(click.Context(command, parent=context, info_name=name))


CONTEXTS = [
    pytest.param(context, id=context.command_path)
    for context in _commands(click.Context(dexwatch, info_name="dexwatch"))
    if not context.command.hidden
]


@pytest.mark.parametrize("context", CONTEXTS)
def test_no_sentence_is_cut(context: click.Context) -> None:
    """Whoever lists commands reads what each of them does, to the end, on 80 columns."""
    formatter = click.HelpFormatter(width=COLUMNS - 2)
    context.command.format_options(context, formatter)
    assert "..." not in formatter.getvalue()


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_option_says_what_it_is_for(context: click.Context) -> None:
    """No option stands there by its name alone."""
    options = [it for it in context.command.params if isinstance(it, click.Option)]
    assert [option.name for option in options if not option.help] == []
