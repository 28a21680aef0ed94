"""Who asks, when somebody says that it asks for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import patient
from tests.acceptance.service import running

if TYPE_CHECKING:
    from pathlib import Path


def test_a_proxy_that_settings_name_is_believed(data_dir: Path) -> None:
    """Callers behind it have a limit each; what it was told by them is not believed in turn."""
    variables = {"DEXWATCH_TRUSTED_PROXIES": "127.0.0.0/8,::1", "DEXWATCH_RATE_LIMIT": "3/hour"}
    with (
        running(data_dir, variables=variables) as service,
        patient.client(base_url=service.url) as client,
    ):

        def ask(forwarded: str) -> int:
            return client.get("/types", headers={"X-Forwarded-For": forwarded}).status_code

        assert [ask("203.0.113.1") for _ in range(4)] == [200, 200, 200, 429]
        assert ask("203.0.113.2") == 200
        # The last of the list is whom the proxy has seen; the first is what that one says.
        assert ask("198.51.100.9, 203.0.113.1") == 429
        assert client.get("/types").status_code == 200
