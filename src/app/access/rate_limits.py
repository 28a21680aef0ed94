"""So many requests in a span of time: of an address, or with an API key wherever it is used."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network
from math import ceil
from typing import TYPE_CHECKING, Final, Self

from limits import parse
from litestar.enums import ScopeType

from app.access.windows import Windows
from app.problems.exceptions import RateLimitedError
from app.problems.handlers import refusal

if TYPE_CHECKING:
    from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

    from app.access.guard import Guard
    from config.settings import AccessSettings

UNLIMITED: Final = frozenset({"/health", "/health/live", "/health/ready", "/metrics"})
"""Whoever watches the service is to see it just when much is asked."""
_SITE_BITS: Final = 64
"""Of an IPv6 address: a household has all the addresses that begin with them."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What each address and each key has asked of late."""

    of_addresses: Windows
    of_keys: Windows

    @classmethod
    def of(cls, settings: AccessSettings) -> Self:
        """Begin with nothing asked."""
        return cls(_windows(settings.rate_limit), _windows(settings.key_rate_limit))

    def by_name(self) -> dict[str, Windows]:
        """Name what processes share."""
        return {"address": self.of_addresses, "key": self.of_keys}


class RateLimits:
    """ASGI middleware that refuses who asks too much."""

    def __init__(self, app: ASGIApp, rates: Rates, guard: Guard) -> None:
        self._app = app
        self._of_addresses = rates.of_addresses
        self._of_keys = rates.of_keys
        self._keys = guard.keys
        self._instruments = guard.instruments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request and pass it on, or refuse it."""
        if scope["type"] == ScopeType.HTTP and scope["path"] not in UNLIMITED:
            windows, caller = self._caller(scope)
            seconds = windows.take(caller)
            if seconds:
                await self._refuse(windows, seconds, scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _caller(self, scope: HTTPScope) -> tuple[Windows, str]:
        """Tell who asks; a key that is not valid makes nobody of an address."""
        for name, value in scope["headers"]:
            if name == b"authorization":
                key = self._keys.find(value)
                if key is not None:
                    return self._of_keys, key.id
                break
        client = scope["client"]
        address = client[0] if client else ""
        return self._of_addresses, _site(address) if ":" in address else address

    async def _refuse(
        self, windows: Windows, seconds: float, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._instruments.refused("rate_limited")
        wait = max(ceil(seconds), 1)
        policy = '"key"' if windows is self._of_keys else '"address"'
        refused = refusal(RateLimitedError(wait))
        headers = {
            **refused.headers,
            "RateLimit-Policy": f"{policy};q={windows.limit};w={windows.seconds}",
            "RateLimit": f"{policy};r=0;t={wait}",
        }
        await replace(refused, headers=headers).answer()(scope, receive, send)


def _windows(rate: str) -> Windows:
    if rate == "off":
        return Windows(sys.maxsize, 60)
    item = parse(rate)
    return Windows(item.amount, item.get_expiry())


@lru_cache(maxsize=4096)
def _site(address: str) -> str:
    try:
        parsed = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    # So a socket that takes both calls those of IPv4.
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, _SITE_BITS), strict=False))
