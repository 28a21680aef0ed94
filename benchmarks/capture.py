"""What capture costs: `make bench-capture`.

The same service without capture, with each way to bring the journal to the disk, and with a Redis
stream behind the journal.
"""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
from benchmarks.side_by_side import compare, prepared, require_wrk, services
from rich.console import Console

from benchmarks import questions
from cli.stack.addresses import Ports
from cli.stack.programs import Stack, program_path
from cli.stack.supervise import Running

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        database_url = cleanup.enter_context(prepared(stack))
        running = Running(stack.folder)
        cleanup.enter_context(running.until_the_end())
        url = cleanup.enter_context(_redis(Path(folder)))
        variants = VARIANTS | {"stream": PLAIN | {"DEXWATCH_REDIS_URL": url}}
        described = services(stack, database_url, variants)
        for program in described.values():
            running.start(program)
            running.wait_until_ready(program, tell=lambda _: None)
        console.print(compare("capture", described, questions.best_move(Path(folder))))
        rows = pl.scan_parquet(Path(folder) / "service-*/production/*.parquet").select(pl.len())
        console.print(f"rows written {rows.collect().item():,}")


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """Run a Redis that syncs its append-only file every second; give its URL."""
    socket = folder / "redis.sock"
    server = subprocess.Popen(  # noqa: S603  # our own command line
        [
            *(program_path("redis-server"), "--port", "0", "--unixsocket", str(socket)),
            *("--dir", str(folder), "--save", "", "--appendonly", "yes"),
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
