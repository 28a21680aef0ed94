"""The documentation page in a real browser that can reach nothing but this service."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.programs import program

if TYPE_CHECKING:
    from pathlib import Path

OPERATIONS = ("predictBestMove", "getPokemon", "searchMoves", "listAffinities", "getReady")


def test_the_page_shows_every_operation_offline(port: int, tmp_path: Path) -> None:
    """Swagger UI renders the document with no other host in reach and no complaint of the browser.

    The policy of the page is in force, so a script or style that it forbids would be reported.
    """
    shown = subprocess.run(  # with words of our own
        [
            program("chromium"),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--user-data-dir={tmp_path}",
            "--virtual-time-budget=10000",
            "--enable-logging=stderr",
            "--dump-dom",
            f"http://127.0.0.1:{port}/docs#/Predictions/predictBestMove",
        ],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    for operation in OPERATIONS:
        assert operation in shown.stdout
    # The example of the request stands in the opened operation, ready to be sent.
    assert "available_moves" in shown.stdout
    assert "Earthquake" in shown.stdout
    assert [line for line in shown.stderr.splitlines() if "CONSOLE" in line] == []
