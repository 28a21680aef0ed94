"""Where the fully observed service spends its time: `make profile CASE=overload`.

py-spy looks two hundred times a second at who holds the interpreter, and draws it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from benchmarks.service.bench import OBSERVED, Pace, running_bench
from benchmarks.service.fixed_rate import ask
from benchmarks.side_by_side import CONNECTIONS, asked, require_wrk

from benchmarks import questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.service.bench import Bench

    Load = Callable[[], object]
    """Asks for :data:`LOAD_SECONDS`."""

FOLDER: Final = Path(__file__).parents[1] / "docs" / "performance"
SECONDS: Final = 10
AROUND_SECONDS: Final = 3
LOAD_SECONDS: Final = SECONDS + 3 * AROUND_SECONDS
ELEMENTS: Final = 1_000
BATCHES_AT_ONCE: Final = 2
OVERLOAD: Final = 5
_TITLE: Final = re.compile(r'(<text id="title"[^>]*>)[^<]*(</text>)')


def _best_move(bench: Bench) -> Load:
    return partial(
        asked, bench.url(OBSERVED), questions.best_move(bench.folder), CONNECTIONS, LOAD_SECONDS
    )


def _batch(bench: Bench) -> Load:
    asking = questions.batch(bench.folder, ELEMENTS)
    return partial(asked, bench.url(OBSERVED), asking, BATCHES_AT_ONCE, LOAD_SECONDS)


def _overload(bench: Bench) -> Load:
    phases = [(OVERLOAD * bench.capacity(), float(LOAD_SECONDS))]
    return partial(ask, bench.url(OBSERVED), questions.best_move(bench.folder), phases)


CASES: Final[dict[str, Callable[[Bench], Load]]] = {
    "best-move": _best_move,
    "batch": _batch,
    "overload": _overload,
}


@click.command()
@click.argument("case", type=click.Choice(list(CASES)))
def main(case: str) -> None:
    """Draw who holds the interpreter under a load."""
    require_wrk()
    picture = FOLDER / f"{case}.svg"
    # PostgreSQL, which does not run as root, passes through.
    with tempfile.TemporaryDirectory(prefix="dexwatch-profile-") as folder:
        Path(folder).chmod(0o755)
        with running_bench(Path(folder) / "bench", Pace(), [OBSERVED]) as bench:
            load = threading.Thread(target=CASES[case](bench))
            load.start()
            time.sleep(AROUND_SECONDS)
            subprocess.run(  # noqa: S603  # our own command line
                [
                    *(Path(sys.executable).with_name("uv"), "tool", "run", "py-spy", "record"),
                    *("--pid", str(bench.processes[OBSERVED].pid), "--gil", "--rate", "200"),
                    *("--duration", str(SECONDS), "--output", str(picture)),
                ],
                check=True,
            )
            load.join()
    # py-spy's title is its command line, with the paths of this machine.
    text = picture.read_text(encoding="utf-8")
    title = f"{case}: who holds the interpreter, {datetime.now(UTC):%Y-%m-%d}"
    picture.write_text(_TITLE.sub(rf"\g<1>{title}\g<2>", text, count=1), encoding="utf-8")


if __name__ == "__main__":
    main()
