"""What a full disk does to capture: `make full-disk`, as root.

The journal and the files are on a small disk of their own, in memory, that fills up under load and
gets room again.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
import polars as pl
from benchmarks.losses import Trial, note
from benchmarks.side_by_side import Outcome, asked, require_wrk, url_of
from rich.console import Console
from rich.table import Table

from benchmarks import questions
from cli.stack.addresses import Ports
from cli.stack.programs import Stack
from cli.stack.supervise import Running

ROOT: Final = Path(__file__).parents[1]
DISK_BYTES: Final = 64 * 2**20
ROOM_BYTES: Final = 4 * 2**20
"""That are left when it begins to fill up."""
CONNECTIONS: Final = 8
SECONDS: Final = 15
VARIABLES: Final = {
    "DEXWATCH_CAPTURE_MAX_PENDING_ROWS": "2000",
    "DEXWATCH_CAPTURE_MAX_AGE_SECONDS": "5",
    "DEXWATCH_JOURNAL_SEGMENT_BYTES": "262144",
}
COUNTED: Final = re.compile(
    r'^(capture_drops_total\{reason="\w+"\}|capture_unprotected_rows_total|capture_rows_total|'
    r"capture_pending_rows|model_predictions_total\{.*\}) (\S+)$",
    re.MULTILINE,
)


def small_disk(cleanup: ExitStack, folder: Path) -> None:
    """Mount a disk of so many bytes until the end."""
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if subprocess.run(mounting, check=False).returncode:  # noqa: S603  # our own command line
        sys.exit("a disk can be mounted by root alone")
    cleanup.callback(subprocess.run, ["umount", str(folder)], check=True)


def counts(url: str) -> Counter[str]:
    """Read what the service counts."""
    text = httpx.get(f"{url}/metrics").raise_for_status().text
    return Counter({name: round(float(value)) for name, value in COUNTED.findall(text)})


def row(name: str, seen: Outcome | None, before: Counter[str], now: Counter[str]) -> list[str]:
    """Lay out one phase."""
    drops = {
        name.partition('"')[2].partition('"')[0]: value - before[name]
        for name, value in now.items()
        if name.startswith("capture_drops") and value > before[name]
    }
    unprotected = "capture_unprotected_rows_total"
    return [
        name,
        *((f"{seen.requests:,}", f"{seen.failed}", f"{seen.p99:.0f}") if seen else ("0", "0", "0")),
        f"{now['capture_rows_total'] - before['capture_rows_total']:,}",
        f"{now[unprotected] - before[unprotected]:,}",
        ", ".join(f"{reason} {rows:,}" for reason, rows in drops.items()) or "none",
        f"{now['capture_pending_rows']:,}",
    ]


def main() -> None:
    """Fill the disk under load, make room, and count."""
    require_wrk()
    console = Console(width=120)
    table = Table(
        "disk", "answers", "failed", "p99 ms", "in files", "unprotected", "dropped", "wait"
    )
    with tempfile.TemporaryDirectory() as name, ExitStack() as cleanup:
        folder = Path(name)
        asking = questions.best_move(folder)
        small_disk(cleanup, folder / "disk")
        data = folder / "data"
        stack = Stack(ROOT, data, Ports.free())
        stack.folder.mkdir(parents=True)
        for part in ("journal", "production"):
            (folder / "disk" / part).mkdir()
            (data / part).symlink_to(folder / "disk" / part)
        service = stack.service()
        environment = {
            key: value for key, value in service.environment.items() if not key.startswith("OTEL")
        }
        service = replace(service, environment={**environment, **VARIABLES})
        running = Running(stack.folder)
        with running.until_the_end():
            running.start(service)
            running.wait_until_ready(service, tell=lambda _: None)
            url = url_of(service)
            before, failed = counts(url), 0

            def phase(what: str, seen: Outcome | None) -> None:
                nonlocal before, failed
                failed += seen.failed if seen else 0
                now = counts(url)
                table.add_row(*row(what, seen, before, now))
                before = now

            phase("has room", asked(url, asking, CONNECTIONS, 2))
            filler = folder / "disk" / "filler"
            with filler.open("wb") as file:
                file.write(bytes(shutil.disk_usage(folder / "disk").free - ROOM_BYTES))
            phase("fills up, is full", asked(url, asking, CONNECTIONS, SECONDS))
            filler.unlink()
            deadline = time.monotonic() + 60
            while counts(url)["capture_pending_rows"] and time.monotonic() < deadline:
                time.sleep(0.5)
            phase("has room again", None)
        console.print(table)
        ids = pl.scan_parquet(data / "production" / "*.parquet").select("prediction_id").collect()
        dropped = sum(rows for name, rows in before.items() if name.startswith("capture_drops"))
        # The service's own count: wrk forgets what it asked last.
        answered = sum(rows for name, rows in before.items() if name.startswith("model_pred"))
        doubled = ids.height - ids.n_unique()
        trial = Trial.today(
            answered=answered,
            missing=answered - ids.n_unique() - dropped,
            doubled=doubled,
            statuses={"failed": failed} if failed else {},
            further=f"{dropped:,} dropped and counted",
        )
        note("the disk full, then with room again", trial)
        console.print(
            f"answered {answered:,.0f}; in files {ids.height:,}, of which doubled "
            f"{doubled:,}; dropped and counted {dropped:,}"
        )


if __name__ == "__main__":
    main()
