"""What open loops show: questions come at a fixed rate, whether or not the service keeps up."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Self

import httpx
import msgspec
import numpy as np
from benchmarks.service.bench import ASGI, BARE, COMPARED, OBSERVED
from benchmarks.service.fixed_rate import LOST, OK, REFUSED, UNSENT, Answers, ask
from benchmarks.service.page import OVERLOADS, Section, Table, number
from benchmarks.side_by_side import Spread, in_turn
from catboost import CatBoost

from benchmarks import questions
from config.settings import ModelSettings
from registry.cache import ModelCache
from registry.manifest import file_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.service.bench import Bench
    from numpy.typing import NDArray

SHARES: Final = (0.25, 0.5, 0.75)
"""Of what the fully observed service answers in a closed loop."""
OVERLOAD_SECONDS: Final = 10.0
OVERLOAD_ROUNDS: Final = 3
AROUND_SECONDS: Final = 5.0
"""Of half load before and after."""
SLOW_MS: Final = 100.0
TREES_LESS: Final = 150
RELOADS: Final = 5
_PERCENTILES: Final = (50, 99, 99.9, 100)


def capacity(bench: Bench, findings: dict[str, Spread]) -> float:
    """Give the rate that others are shares of."""
    if "capacity" not in findings:
        findings["capacity"] = Spread.of([bench.capacity()])
    return findings["capacity"].middle


def rates(bench: Bench, findings: dict[str, Spread]) -> Section:
    """Tell latencies at rates below capacity."""
    asking = questions.best_move(bench.folder)
    most = capacity(bench, findings)
    rows = []
    for share in SHARES:
        phases = [(share * most, bench.pace.seconds)]
        seen = in_turn(
            bench.pace.rounds,
            {name: partial(ask, bench.url(name), asking, phases) for name in COMPARED},
            f"{share:.0%} of capacity",
        )
        rows += [(f"{share:.0%}", name, *_cells(answers)) for name, answers in seen.items()]
    twice = 2 * SHARES[-1] * most
    for name in (BARE, ASGI):
        found = ask(bench.url(name), asking, [(twice, bench.pace.seconds)])
        rows.append((f"{2 * SHARES[-1]:.0%}", name, *_cells([found])))
    return Section(
        "Best move, four moves, at fixed rates",
        (
            (
                f"Shares of {most:,.0f} requests/s, what the fully observed service answers in a "
                "closed loop. Latency counts from the moment at which a question was due; moments "
                "are drawn independently of each other. `late` is how late the client sent it, "
                "99th percentile, which is in the latencies: its timers are good to a "
                "millisecond. The last lines show that it can send twice as much as was asked for "
                "above."
            ),
            Table(
                (
                    *("rate", "service", "sent/s", "p50 ms", "p99 ms", "p99.9 ms", "highest ms"),
                    *("failed", "late ms", "client's cores"),
                ),
                tuple(rows),
            ),
        ),
    )


def steady(bench: Bench, findings: dict[str, Spread], seconds: int) -> Section:
    """Tell the slowest request at half load, with other models loaded and files written."""
    asking = questions.best_move(bench.folder)
    rate = capacity(bench, findings) / 2
    production = bench.data_dir(OBSERVED) / "production"
    before = len(list(production.glob("*.parquet")))
    with _reloading(bench, seconds / (RELOADS + 1)) as loaded:
        answers = ask(bench.url(OBSERVED), asking, [(rate, seconds)])
    latencies, late = answers.latency_ms, answers.late_ms
    slow = latencies > SLOW_MS
    findings["steady highest ms"] = Spread.of([float(latencies.max())])
    rows = (
        ("questions", f"{len(latencies):,}"),
        ("a second", number(answers.rate)),
        ("not answered with 200", _others(answers.status)),
        *(
            (f"p{percentile} ms" if percentile < 100 else "slowest ms", number(value))  # noqa: PLR2004  # the last
            for percentile, value in zip(
                _PERCENTILES, np.percentile(latencies, _PERCENTILES), strict=True
            )
        ),
        (f"over {SLOW_MS:.0f} ms", f"{int(slow.sum()):,}"),
        ("of these, sent late by half of that", f"{int((late[slow] > SLOW_MS / 2).sum()):,}"),
        ("sent latest, ms", number(float(late.max()))),
        ("models loaded meanwhile", f"{len(loaded)}"),
        ("files written meanwhile", f"{len(list(production.glob('*.parquet'))) - before:,}"),
    )
    return Section(
        "Half load for minutes",
        (
            f"Fully observed, {seconds} s, while another model takes over now and then.",
            Table(("what", "value"), rows),
        ),
    )


def overload(bench: Bench, findings: dict[str, Spread]) -> Section:
    """Tell what becomes of more than the service can answer, and how soon that is over."""
    asking = questions.best_move(bench.folder)
    most = capacity(bench, findings)
    half = (most / 2, AROUND_SECONDS)
    rows = []
    for times in OVERLOADS:
        seen = []
        for _ in range(OVERLOAD_ROUNDS):
            # What the last overload has left unanswered is none of this one's.
            time.sleep(AROUND_SECONDS)
            phases = [half, (times * most, OVERLOAD_SECONDS), half]
            seen.append(_Overload.of(ask(bench.url(OBSERVED), asking, phases)))
        findings[f"overload {times} p99 ms"] = Spread.of([one.accepted_p99 for one in seen])
        rows.append((f"{times}", *(_middle(seen, name) for name in _Overload.__dataclass_fields__)))
    return Section(
        "Overload",
        (
            (
                f"The fully observed service at several times its capacity ({most:,.0f} "
                f"requests/s) for {OVERLOAD_SECONDS:.0f} s, with half load before and after; "
                f"medians of {OVERLOAD_ROUNDS} times. Client and service share two cores, and the "
                "client has 1,000 connections at most: what is due while all of them wait is not "
                "asked, and `sent` is what was. `accepted` is what was answered with 200 within "
                "the overload; latencies count from the sending, `before` at half load. "
                "`recovered` is how long after the overload the last question was due that was "
                f"refused, not asked or took over {SLOW_MS:.0f} ms."
            ),
            Table(
                (
                    *("times capacity", "due/s", "sent/s", "accepted/s", "refused (503)"),
                    *("with Retry-After", "failed otherwise", "before p99 ms", "accepted p50 ms"),
                    *("accepted p99 ms", "refused p99 ms", "recovered s", "client's cores"),
                ),
                tuple(rows),
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Overload:
    """What one overload came to; rates a second, times in ms."""

    due: float
    sent: float
    accepted: float
    refused: float
    """Share of what was sent."""
    told_when: float
    """Share of the refusals that said when to come again."""
    failed: float
    before_p99: float
    accepted_p50: float
    accepted_p99: float
    refused_p99: float
    recovered: float
    """Seconds."""
    cores: float

    @classmethod
    def of(cls, answers: Answers) -> Self:
        over = AROUND_SECONDS + OVERLOAD_SECONDS
        # The first second opens the connections.
        before = answers.between(1, AROUND_SECONDS)
        during = answers.between(AROUND_SECONDS, over)
        after = answers.between(over, np.inf)
        took = (during.ended - during.sent) * 1e3
        accepted, refused = during.status == OK, during.status == REFUSED
        sent = during.status != UNSENT
        all_refused = int((answers.status == REFUSED).sum())
        troubled = after.due[(after.latency_ms > SLOW_MS) | (after.status != OK)] - over
        return cls(
            due=len(during.due) / OVERLOAD_SECONDS,
            sent=sent.sum() / OVERLOAD_SECONDS,
            accepted=(accepted & (during.ended < over)).sum() / OVERLOAD_SECONDS,
            refused=refused.sum() / sent.sum(),
            told_when=answers.retry_after / all_refused if all_refused else 1.0,
            failed=float((sent & ~accepted & ~refused).sum()),
            before_p99=float(np.percentile(before.latency_ms, 99)),
            accepted_p50=float(np.percentile(took[accepted], 50)),
            accepted_p99=float(np.percentile(took[accepted], 99)),
            refused_p99=float(np.percentile(took[refused], 99)) if refused.any() else 0.0,
            recovered=float(troubled.max()) if len(troubled) else 0.0,
            cores=answers.cores,
        )


def _middle(seen: Sequence[_Overload], name: str) -> str:
    value = float(np.median([getattr(one, name) for one in seen]))
    if name == "recovered" and value > 0.9 * AROUND_SECONDS:
        return f"not in {AROUND_SECONDS:g}"
    return f"{value:.0%}" if name in {"refused", "told_when"} else number(value)


@contextmanager
def _reloading(bench: Bench, pause: float) -> Iterator[list[str]]:
    """Have the service load the model less its last trees, and the first again, in turns."""
    cache = ModelCache.of(ModelSettings(), bench.data_dir(OBSERVED))
    first, second = _two_versions(cache, bench.folder)
    loaded: list[str] = []
    stopping = threading.Event()

    def reload() -> None:
        with httpx.Client(base_url=bench.url(OBSERVED), timeout=30) as client:
            while not stopping.wait(pause):
                cache.activate(first if cache.current_label() == f"v{second}" else second)
                time.sleep(2 * ModelSettings().poll_seconds)
                version = client.get("/predict/model-info").json()["version"]
                if version == cache.current_label():
                    loaded.append(version)

    thread = threading.Thread(target=reload)
    thread.start()
    try:
        yield loaded
    finally:
        stopping.set()
        thread.join()
        cache.activate(first)


def _two_versions(cache: ModelCache, folder: Path) -> tuple[int, int]:
    """Put a second version beside the current one."""
    current = cache.read_current()
    if current is None:
        raise RuntimeError("the service has no model")
    model = CatBoost()
    model.load_model(str(current.model_path))
    model.shrink(model.tree_count_ - TREES_LESS)
    path = folder / "shorter.cbm"
    model.save_model(str(path))
    number = current.manifest.version + 1
    changed = msgspec.structs.replace(current.manifest, version=number, sha256=file_sha256(path))
    cache.store(path, changed)
    return current.manifest.version, number


def _cells(seen: Sequence[Answers]) -> tuple[str, ...]:
    latencies = np.array([np.percentile(one.latency_ms, _PERCENTILES) for one in seen])
    *percentiles, _ = np.median(latencies, axis=0)
    return (
        number(float(np.median([one.rate for one in seen]))),
        *(number(float(value)) for value in percentiles),
        number(float(latencies.max())),
        f"{sum(int((one.status != OK).sum()) for one in seen):,}",
        number(float(np.median([np.percentile(one.late_ms, 99) for one in seen]))),
        number(float(np.median([one.cores for one in seen]))),
    )


def _others(status: NDArray[np.int64]) -> str:
    """Say how many have another status than 200, and which."""
    seen = zip(*np.unique(status[status != OK], return_counts=True), strict=True)
    told = {LOST: "without an answer"}
    return ", ".join(f"{count:,} {told.get(int(one), one)}" for one, count in seen) or "0"
