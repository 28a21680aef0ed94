"""Requests of tests: a machine that others use too may answer late, and late is not never."""

from __future__ import annotations

from typing import Any

import httpx
from tests.waiting import ALLOWANCE_SECONDS, LONGEST_SECONDS

AT_ONCE_SECONDS = 2 + ALLOWANCE_SECONDS
"""For what must not wait for anything that is away."""


def get(url: str, *, timeout: float = LONGEST_SECONDS, **more: Any) -> httpx.Response:
    """Get a page."""
    return httpx.get(url, timeout=timeout, **more)


def post(url: str, *, timeout: float = LONGEST_SECONDS, **more: Any) -> httpx.Response:
    """Post something."""
    return httpx.post(url, timeout=timeout, **more)


def put(url: str, *, timeout: float = LONGEST_SECONDS, **more: Any) -> httpx.Response:
    """Put something there."""
    return httpx.put(url, timeout=timeout, **more)


def client(*, timeout: float = LONGEST_SECONDS, **more: Any) -> httpx.Client:
    """Give a client that keeps its connections."""
    return httpx.Client(timeout=timeout, **more)


def async_client(*, timeout: float = LONGEST_SECONDS, **more: Any) -> httpx.AsyncClient:
    """Give one for an event loop."""
    return httpx.AsyncClient(timeout=timeout, **more)
