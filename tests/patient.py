"""Requests of tests: a machine that others use too may answer late, and late is not never."""

from __future__ import annotations

from typing import Any

import httpx
from tests.waiting import LONGEST_SECONDS


def get(url: str, **more: Any) -> httpx.Response:
    """Get a page."""
    return httpx.get(url, timeout=LONGEST_SECONDS, **more)


def post(url: str, **more: Any) -> httpx.Response:
    """Post something."""
    return httpx.post(url, timeout=LONGEST_SECONDS, **more)


def put(url: str, **more: Any) -> httpx.Response:
    """Put something there."""
    return httpx.put(url, timeout=LONGEST_SECONDS, **more)


def client(**more: Any) -> httpx.Client:
    """Give a client that keeps its connections."""
    return httpx.Client(timeout=LONGEST_SECONDS, **more)


def async_client(**more: Any) -> httpx.AsyncClient:
    """Give one for an event loop."""
    return httpx.AsyncClient(timeout=LONGEST_SECONDS, **more)
