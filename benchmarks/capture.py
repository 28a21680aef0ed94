"""What capture costs: `make bench-capture`.

The same service without capture and with each way to bring the journal to the disk.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import polars as pl
from rich.console import Console
from side_by_side import compare, require_wrk, services

from cli.stack.addresses import Ports
from cli.stack.programs import Stack
from cli.stack.supervise import Running

ROOT: Final = Path(__file__).parents[1]
PLAIN: Final = {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}
VARIANTS: Final = {
    "off": PLAIN | {"DEXWATCH_CAPTURE_ENABLED": "false"},
    **{
        f"sync {when}": PLAIN | {"DEXWATCH_JOURNAL_SYNC": when}
        for when in ("never", "interval", "commit")
    },
}


def main() -> None:
    """Measure and print."""
    require_wrk()
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as cleanup:
        stack = Stack(ROOT, Path(folder), Ports.free())
        stack.folder.mkdir()
        running = Running(stack.folder)
        cleanup.enter_context(running.until_the_end())
        described = services(stack, Path(folder), VARIANTS)
        for program in described.values():
            running.start(program)
            running.wait_until_ready(program, tell=lambda _: None)
        console.print(compare("capture", described))
        rows = pl.scan_parquet(Path(folder) / "service-*/production/*.parquet").select(pl.len())
        console.print(f"rows written {rows.collect().item():,}")


if __name__ == "__main__":
    main()
