"""``make bench``: everything in one go, and the page that tells it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from benchmarks.service import gate, page
from benchmarks.service.batches import batches
from benchmarks.service.bench import COMPARED, Pace, running_bench
from benchmarks.service.closed import best_move, memory, moves, others, workers
from benchmarks.service.open_loop import overload, rates, steady
from benchmarks.service.shadow import shadow
from benchmarks.service.starts import starts
from benchmarks.side_by_side import require_wrk

from cli.stopping import stop_in_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.service.bench import Bench
    from benchmarks.service.page import Section
    from benchmarks.side_by_side import Spread

STARTS: Final = "starts"
STEADY: Final = "steady"
GATE: Final = "gate"
MEASURING: Final[dict[str, Callable[[Bench, dict[str, Spread]], Section]]] = {
    "best-move": best_move,
    "workers": workers,
    "moves": moves,
    "batches": batches,
    "rates": rates,
    "shadow": shadow,
    "overload": overload,
    "others": others,
    "memory": memory,
}
SECTIONS: Final = (STARTS, GATE, *MEASURING, STEADY)


@click.command()
@click.option("--only", type=click.Choice(SECTIONS), multiple=True, help="write no page")
@click.option("--rounds", default=Pace().rounds, show_default=True)
@click.option("--seconds", default=Pace().seconds, show_default=True, help="of one time of asking")
@click.option("--steady", default=300, show_default=True, help="seconds of half load")
@click.option("--compact", is_flag=True, help="compare the main ratios with those on record")
def main(only: tuple[str, ...], rounds: int, seconds: int, steady: int, *, compact: bool) -> None:
    """Measure and print."""
    stop_in_order()
    require_wrk()
    folder = Path(tempfile.mkdtemp(prefix="dexwatch-bench-"))
    # PostgreSQL, which does not run as root, passes through.
    folder.chmod(0o755)
    held = True
    try:
        if compact:
            with running_bench(folder / "bench", Pace(), COMPARED) as bench:
                held = gate.holds(bench)
        else:
            run = _measured(folder, only or SECTIONS, Pace(rounds, seconds), steady)
            if not only:
                page.write(run)
    except BaseException:
        click.echo(f"what each program said is in {folder}", err=True)
        raise
    shutil.rmtree(folder)
    sys.exit(not held)


def _measured(folder: Path, names: tuple[str, ...], pace: Pace, seconds: int) -> page.Report:
    """Measure what is named, print each section when it is done."""
    findings: dict[str, Spread] = {}
    ratios: dict[str, Spread] = {}
    done: dict[str, Section] = {}

    def told(name: str, section: Section) -> None:
        done[name] = section
        click.echo(f"\n{section.markdown()}\n")

    if STARTS in names:
        told(STARTS, starts(folder, findings))
    measuring = MEASURING | {
        GATE: lambda bench, _: gate.recording(bench, ratios),
        STEADY: partial(steady, seconds=seconds),
    }
    chosen = [name for name in SECTIONS if name in names and name in measuring]
    if chosen:
        with running_bench(folder / "bench", pace) as bench:
            for name in chosen:
                told(name, measuring[name](bench, findings))
    # Starts come first, so that nothing else runs, and are read about last.
    command = (
        "python -m benchmarks.service "
        f"--rounds {pace.rounds} --seconds {pace.seconds} --steady {seconds}"
    )
    order = (*(name for name in SECTIONS if name not in {STARTS, GATE}), STARTS, GATE)
    sections = [done[name] for name in order if name in done]
    return page.report(command, findings, ratios, sections)


if __name__ == "__main__":
    main()
