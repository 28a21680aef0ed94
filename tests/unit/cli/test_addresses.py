"""The ports of the stack's programs."""

from __future__ import annotations

import socket
from contextlib import ExitStack

import click
import pytest

from cli.stack.addresses import Ports
from config import loopback
from config.loopback import HOST, free_ports

PROGRAMS = 11


def test_no_free_ports_are_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every block has a listener, the command says what it looked for."""
    first = free_ports(PROGRAMS + 1)[0]
    monkeypatch.setattr(loopback, "NOT_LENT", range(first, first + PROGRAMS + 1))
    with ExitStack() as listening:
        assert Ports.free().api == first
        listening.enter_context(socket.create_server((HOST, first)))
        with pytest.raises(click.ClickException, match="no 11 free ports side by side"):
            Ports.free()
