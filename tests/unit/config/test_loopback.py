"""The ports that are chosen for programs that listen a little later."""

from __future__ import annotations

import socket

import pytest

from config import loopback
from config.loopback import HOST, NoFreePortsError, free_ports

LENT_FROM = 32_768


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> tuple[range, range]:
    """Leave two blocks of three ports to choose from; give them."""
    first = free_ports(7)[0]
    monkeypatch.setattr(loopback, "NOT_LENT", range(first, first + 7))
    return range(first, first + 3), range(first + 3, first + 6)


def test_no_connection_takes_a_chosen_port() -> None:
    """Linux, as it comes, lends none of them to who connects before the program listens."""
    assert all(max(free_ports(11)) < LENT_FROM for _ in range(1_000))


def test_a_block_with_a_listener_is_not_chosen(blocks: tuple[range, range]) -> None:
    """One taken port among the block's is enough."""
    taken, free = blocks
    with socket.create_server((HOST, taken[1])):
        assert {free_ports(3) for _ in range(20)} == {free}
    assert {free_ports(3) for _ in range(100)} == {taken, free}


def test_no_free_block_is_said(blocks: tuple[range, range]) -> None:
    """Who finds none hears how many were looked for."""
    with (
        socket.create_server((HOST, blocks[0][0])),
        socket.create_server((HOST, blocks[1][2])),
        pytest.raises(NoFreePortsError, match="no 3 free ports"),
    ):
        free_ports(3)
