"""A few ratios that a change must not worsen, measured within a minute.

They are ratios of processor time, which two busy cores disturb far less than rates. Only latency
cannot be told that way, so that its best round decides, not the median. More is better in all.
"""

from __future__ import annotations

import subprocess
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.service import page, recorded_code
from benchmarks.service.batches import Model, serve
from benchmarks.service.bench import BARE, CAPTURED, COMPARED, MEASURED, OBSERVED, OFF
from benchmarks.service.page import Section, Table, ends, number
from benchmarks.service.recorded_code import NoRecordedCodeError
from benchmarks.side_by_side import CONNECTIONS, Spread, asked, in_turn

from benchmarks import questions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.service.bench import Bench

ROUNDS: Final = 4
SECONDS: Final = 1
ELEMENTS: Final = 100
LATENCY: Final = "p99, bare's beside fully observed"
ATTEMPTS: Final = 3
"""So often is measured before something counts as lost: a busy machine moves ratios by a tenth."""
ATTEMPTS_BESIDE: Final = 2
"""With the recorded code, a minute and a half each."""
MOST_LOSS: Final = 0.2
"""Of a ratio."""


def measure(bench: Bench) -> dict[str, Spread]:
    """Measure the ratios."""
    asking = questions.best_move(bench.folder)
    for name in COMPARED:
        asked(bench.url(name), asking, CONNECTIONS, SECONDS)
    seen = in_turn(
        ROUNDS,
        {name: partial(bench.ask, name, asking, CONNECTIONS, SECONDS) for name in COMPARED},
        "ratios",
    )

    def cpu(mine: str, base: str) -> Spread:
        return Spread.of_ratios(*((one.cpu_us for one in seen[name]) for name in (base, mine)))

    model = Model.load()
    serve(bench, ELEMENTS, SECONDS)
    rows = in_turn(
        ROUNDS,
        {
            "model": partial(model.score, ELEMENTS, SECONDS / 4),
            "service": partial(serve, bench, ELEMENTS, SECONDS),
        },
        "batches",
    )
    return {
        "fully observed beside bare, CPU": cpu(OBSERVED, BARE),
        "telemetry on beside off, CPU": cpu(MEASURED, OFF),
        "capture on beside off, CPU": cpu(CAPTURED, OFF),
        "batch of 100 beside CatBoost, CPU of a row": Spread.of_ratios(
            (one.cpu_us for one in rows["model"]), (one.cpu_us for one in rows["service"])
        ),
        LATENCY: Spread.of_ratios(
            (one.outcome.p99 for one in seen[BARE]), (one.outcome.p99 for one in seen[OBSERVED])
        ),
    }


def recording(bench: Bench, ratios: dict[str, Spread]) -> Section:
    """Measure what later runs are held to."""
    ratios.update(measure(bench))
    return Section(
        "The gate's ratios",
        (
            (
                f"With {CONNECTIONS} connections; `make bench-gate` fails when one of them has "
                f"lost more than {MOST_LOSS:.0%}, also when it is measured again and beside the "
                "recorded code. More is better."
            ),
            Table(
                ("ratio", "median", "lowest to highest"),
                tuple((name, number(one.middle), ends(one)) for name, one in ratios.items()),
            ),
        ),
    )


def lost(recorded: Mapping[str, Spread], measured: Mapping[str, Spread]) -> list[str]:
    """Name the ratios that have lost too much; one that is not measured any more is lost."""

    def now(name: str) -> float:
        found = measured.get(name, Spread(0, 0, 0))
        return found.highest if name == LATENCY else found.middle

    return [
        name for name, before in recorded.items() if now(name) < before.middle * (1 - MOST_LOSS)
    ]


def holds(bench: Bench) -> bool:
    """Measure, print, and again if something is lost: the machine may have been busy.

    Where it stays lost, the recorded code is measured beside: the machine may be another one.
    """
    recorded = page.read().ratios
    if any(_holds(recorded, measure(bench), "recorded") for _ in range(ATTEMPTS)):
        return True
    try:
        code = recorded_code.unpacked(bench.folder / "recorded")
        return any(
            _holds(recorded_code.measured_again(code, recorded), measure(bench), "recorded code")
            for _ in range(ATTEMPTS_BESIDE)
        )
    except (NoRecordedCodeError, subprocess.CalledProcessError) as error:
        print(f"The recorded code cannot be measured beside: {error}")  # noqa: T201  # likewise
        return False


def _holds(before: Mapping[str, Spread], now: Mapping[str, Spread], what: str) -> bool:
    """Print two measurements side by side, and tell whether nothing is lost."""
    gone = lost(before, now)
    rows = tuple(
        (
            name,
            number(was.middle),
            *((number(found.middle), ends(found)) if (found := now.get(name)) else ("", "")),
            "**lost**" if name in gone else "",
        )
        for name, was in before.items()
    )
    columns = ("ratio", what, "now", "lowest to highest", "")
    print(f"\n{Table(columns, rows).markdown()}\n", flush=True)  # noqa: T201  # what is asked for
    return not gone
