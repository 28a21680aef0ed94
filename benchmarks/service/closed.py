"""What closed loops show: each connection asks again as soon as it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx
import numpy as np
from benchmarks.questions import Asking
from benchmarks.service.bench import (
    ASGI,
    BARE,
    CAPTURED,
    COMPARED,
    JOURNALED,
    MEASURED,
    OBSERVED,
    OFF,
    TWO,
    memory_of,
)
from benchmarks.service.page import Section, Table, ends, number
from benchmarks.side_by_side import CONNECTIONS, Spread, asked

from benchmarks import questions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.service.bench import Bench, Measured

ALL_CONNECTIONS: Final = (1, 8, CONNECTIONS, 256)
WORKER_CONNECTIONS: Final = (32, 64)
MOVES: Final = (1, 4, 20)
FEW_CONNECTIONS: Final = 4
_COLUMNS: Final = ("requests/s", "p50 ms", "p99 ms", "p99.9 ms", "CPU us a request", "failed")


def best_move(bench: Bench, findings: dict[str, Spread]) -> Section:
    """Compare ways to run the service with each other and with a bare handler."""
    asking = questions.best_move(bench.folder)
    rows = []
    for connections in ALL_CONNECTIONS:
        names = (ASGI, *COMPARED, JOURNALED) if connections == CONNECTIONS else COMPARED
        seen = bench.compare(names, asking, connections)
        if connections == CONNECTIONS:
            main = seen
        for name in names:
            ratio = _rates(seen[name], seen[BARE])
            shown = (number(ratio.middle), ends(ratio))
            rows.append((f"{connections}", name, *cells(seen[name]), *shown))
    findings["capacity"] = Spread.of(one.outcome.rate for one in main[OBSERVED])
    findings["observed / bare"] = _rates(main[OBSERVED], main[BARE])
    findings["telemetry on / off"] = _rates(main[MEASURED], main[OFF])
    findings["telemetry on / off, with capture"] = _rates(main[OBSERVED], main[CAPTURED])
    findings["capture on / off"] = _rates(main[CAPTURED], main[OFF])
    findings["capture on / off, with telemetry"] = _rates(main[OBSERVED], main[MEASURED])
    findings["journal / off"] = _rates(main[JOURNALED], main[OFF])
    findings["p99 / bare's"] = Spread.of_ratios(
        (one.outcome.p99 for one in main[OBSERVED]), (one.outcome.p99 for one in main[BARE])
    )
    pairs = (
        ("fully observed beside bare", OBSERVED, BARE),
        ("telemetry on beside off, without capture", MEASURED, OFF),
        ("telemetry on beside off, with capture", OBSERVED, CAPTURED),
        ("capture on beside off, without telemetry", CAPTURED, OFF),
        ("capture on beside off, with telemetry", OBSERVED, MEASURED),
        ("its journal on, without files, beside capture off", JOURNALED, OFF),
    )
    apart = []
    for text, mine, base in pairs:
        rate = _rates(main[mine], main[base])
        # The other way round, so that less is worse here too.
        cpu = Spread.of_ratios(*((one.cpu_us for one in main[name]) for name in (base, mine)))
        apart.append((text, number(rate.middle), ends(rate), number(cpu.middle), ends(cpu)))
    generator = Spread.of(one.wrk_cores for one in main[OBSERVED])
    observing = Spread.of(one.observing_cores for one in main[OBSERVED])
    return Section(
        "Best move, four moves, closed loop",
        (
            (
                "`bare` is a Litestar handler that decodes the same request and encodes a fixed "
                "answer under the same server; `raw ASGI` does so without Litestar, and shows "
                "that wrk is not the limit. While the fully observed service is asked by "
                f"{CONNECTIONS} connections, wrk takes {generator.middle:.2f} cores, collector and "
                f"Prometheus {observing.middle:.2f}."
            ),
            Table(
                ("connections", "service", *_COLUMNS, "beside bare", "lowest to highest"),
                tuple(rows),
            ),
            (
                f"With {CONNECTIONS} connections, each by itself; processor time for a request is "
                "the steadier measure on shared cores:"
            ),
            Table(
                ("what", "by rate", "lowest to highest", "by CPU", "lowest to highest"),
                tuple(apart),
            ),
        ),
    )


def workers(bench: Bench, findings: dict[str, Spread]) -> Section:
    """Compare two workers with one."""
    asking = questions.best_move(bench.folder)
    rows = []
    for connections in WORKER_CONNECTIONS:
        seen = bench.compare((OBSERVED, TWO), asking, connections)
        rate = _rates(seen[TWO], seen[OBSERVED])
        cpu = Spread.of_ratios(
            (2 * one.cpu_us for one in seen[OBSERVED]), (one.cpu_us for one in seen[TWO])
        )
        findings["2 workers / 1"] = cpu
        by = tuple(f"{ratio.middle:.2f} ({ends(ratio)})" for ratio in (rate, cpu))
        for name, ratios in ((OBSERVED, ("", "")), (TWO, by)):
            taken = Spread.of(one.wrk_cores + one.observing_cores for one in seen[name])
            shown = (*cells(seen[name]), f"{taken.middle:.2f}", *ratios)
            rows.append((f"{connections}", name, *shown))
    return Section(
        "One worker and two",
        (
            (
                "Two workers, wrk, collector and Prometheus cannot all have the two cores that "
                "they share, so the rates show less than two machines would. What two workers "
                "give beside one when each has a core of its own follows from the processor time "
                "of a request: twice that of one, divided by that of two."
            ),
            Table(
                ("connections", "service", *_COLUMNS, "cores of others", "by rate", "by CPU"),
                tuple(rows),
            ),
        ),
    )


def moves(bench: Bench, _findings: dict[str, Spread]) -> Section:
    """Tell how cost grows with the moves of a request."""
    rows, costs = [], []
    for count in MOVES:
        seen = bench.compare((OBSERVED,), questions.best_move(bench.folder, count))[OBSERVED]
        rows.append((f"{count}", *cells(seen)))
        costs.append(Spread.of(one.cpu_us for one in seen).middle)
    same = questions.best_move(bench.folder, number=1)
    rows.append(("4, always the same question", *cells(bench.compare((OBSERVED,), same)[OBSERVED])))
    each, base = np.polyfit(MOVES, costs, 1)
    return Section(
        "Moves a request",
        (
            f"Fully observed, {CONNECTIONS} connections.",
            Table(("moves", *_COLUMNS), tuple(rows)),
            f"A request costs {base:.0f} us and {each:.1f} us a move (least squares).",
        ),
    )


def others(bench: Bench, _findings: dict[str, Spread]) -> Section:
    """Ask for explanations, and what never changes."""
    with httpx.Client(base_url=bench.url(OBSERVED)) as client:
        tag = client.get("/pokemon/25").raise_for_status().headers["etag"]
    requests = {
        f"POST /predict/explain, {FEW_CONNECTIONS}": (
            questions.explain(bench.folder),
            FEW_CONNECTIONS,
        ),
        f"GET /pokemon/25, {CONNECTIONS}": (Asking("/pokemon/25"), CONNECTIONS),
        f"GET /pokemon/25, unchanged (304), {CONNECTIONS}": (
            Asking("/pokemon/25", header=f"If-None-Match: {tag}"),
            CONNECTIONS,
        ),
        f"GET /types/affinities, {CONNECTIONS}": (Asking("/types/affinities"), CONNECTIONS),
    }
    rows = tuple(
        (name, *cells(bench.compare((OBSERVED,), asking, connections)[OBSERVED]))
        for name, (asking, connections) in requests.items()
    )
    return Section(
        "Explanations and the catalogue",
        ("Fully observed.", Table(("request, connections", *_COLUMNS), rows)),
    )


def memory(bench: Bench, findings: dict[str, Spread]) -> Section:
    """Tell how much memory workers take, also after load of every kind."""
    rows = []
    most: list[float] = []
    for name in (OFF, OBSERVED, TWO):
        for asking, connections in (
            (questions.best_move(bench.folder), 256),
            (questions.best_move(bench.folder, 20), CONNECTIONS),
            (questions.batch(bench.folder, 1000), FEW_CONNECTIONS),
            (questions.explain(bench.folder), FEW_CONNECTIONS),
        ):
            asked(bench.url(name), asking, connections, bench.pace.seconds)
        after = memory_of(bench.processes[name])
        most += [one.together for one in after]
        shown = (", ".join(map(str, each)) for each in (bench.memory[name], after))
        rows.append((name, *shown))
    findings["worker MB"] = Spread(max(most), min(most), max(most))
    return Section(
        "Memory",
        (
            (
                "Resident memory in MB of each serving process, and of the one that writes its "
                "files: once it was ready, and after best-move of 4 and 20 moves, batches of 1,000 "
                "and explanations. The target is for both; pages that both map are counted twice."
            ),
            Table(("service", "at the start", "after load"), tuple(rows)),
        ),
    )


def cells(seen: Sequence[Measured]) -> tuple[str, ...]:
    """Show the medians of what was measured."""
    outcomes = [one.outcome for one in seen]
    values = (
        [one.rate for one in outcomes],
        [one.p50 for one in outcomes],
        [one.p99 for one in outcomes],
        [one.p999 for one in outcomes],
        [one.cpu_us for one in seen],
    )
    failed = sum(one.failed for one in outcomes)
    return (*(number(Spread.of(each).middle) for each in values), f"{failed:,}")


def _rates(mine: Sequence[Measured], base: Sequence[Measured]) -> Spread:
    return Spread.of_ratios((one.outcome.rate for one in mine), (one.outcome.rate for one in base))
