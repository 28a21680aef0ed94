"""What another model that is scored beside the champion costs those who ask.

One service is asked in turn with and without it, so that nothing else differs.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import httpx
import msgspec
import numpy as np
from benchmarks.service.bench import OBSERVED, WARM_SECONDS
from benchmarks.service.fixed_rate import OK, ask
from benchmarks.service.open_loop import capacity
from benchmarks.service.page import Section, Table, ends, number
from benchmarks.side_by_side import CONNECTIONS, Spread, asked, in_turn

from benchmarks import questions
from config.settings import ModelSettings
from registry.aliases import SHADOW
from registry.cache import ModelCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.questions import Asking
    from benchmarks.service.bench import Bench
    from numpy.typing import NDArray

SHARE: Final = 0.5
"""Of what the fully observed service answers in a closed loop."""
WITHOUT: Final = "without"
WITH: Final = "with"


@dataclass(frozen=True, slots=True)
class Seen:
    """What those who asked met, latencies in ms, and what the shadow did meanwhile."""

    rate: float
    p50: float
    p99: float
    failed: int
    scored: float
    """Predictions that it scored."""
    offered: float
    """These, and those that it passed over."""

    @property
    def share(self) -> float:
        """Of what it was offered, what it scored."""
        return self.scored / self.offered if self.offered else 0.0


def shadow(bench: Bench, findings: dict[str, Spread]) -> Section:
    """Compare the fully observed service with a shadow with the same service without."""
    asking = questions.best_move(bench.folder)
    rate = SHARE * capacity(bench, findings)
    loads = {
        f"{CONNECTIONS} connections": partial(_closed, bench, asking),
        f"{SHARE:.0%} of capacity": partial(_at_rate, bench, asking, rate),
    }
    cache, version = _second_version(bench)

    def measured(shadowed: int | None) -> dict[str, Seen]:
        _stand_for(cache, shadowed)
        asked(bench.url(OBSERVED), asking, CONNECTIONS, WARM_SECONDS)
        seen = {load: measure() for load, measure in loads.items()}
        if any(bool(one.offered) != bool(shadowed) for one in seen.values()):
            raise RuntimeError(f"the shadow is to be {shadowed}, and was offered otherwise")
        return seen

    try:
        found = in_turn(
            bench.pace.rounds,
            {WITHOUT: partial(measured, None), WITH: partial(measured, version)},
            "with and without a shadow",
        )
    finally:
        _stand_for(cache, None)
    by_load = {
        load: {name: [one[load] for one in rounds] for name, rounds in found.items()}
        for load in loads
    }
    return Section("With a shadow and without", told(by_load))


def told(by_load: dict[str, dict[str, list[Seen]]]) -> tuple[Table | str, ...]:
    """Lay out what was seen, by load, without a shadow and with one."""
    seen, ratios = [], []
    for load, by_name in by_load.items():
        for name, rounds in by_name.items():
            rates, p50s, p99s, shares = (
                number(Spread.of(values).middle)
                for values in zip(
                    *((one.rate, one.p50, one.p99, one.share) for one in rounds), strict=True
                )
            )
            failed = f"{sum(one.failed for one in rounds):,}"
            seen.append((load, name, rates, p50s, p99s, failed, shares if name == WITH else ""))
        for what, value in _COMPARED.items():
            ratio = Spread.of_ratios(*(map(value, by_name[name]) for name in (WITH, WITHOUT)))
            ratios.append((load, what, number(ratio.middle), ends(ratio)))
    return (
        (
            "Best move, four moves: the fully observed service, the same process all the time, "
            "while the champion's own model is scored beside it under another version, and while "
            "none is. `scored` is the share of predictions that the shadow took; it passed the "
            "others over, as requests waited for the champion or its share of a core was used up."
        ),
        Table(
            ("load", "shadow", "requests/s", "p50 ms", "p99 ms", "failed", "scored"), tuple(seen)
        ),
        "With a shadow beside without, round by round:",
        Table(("load", "what", "ratio", "lowest to highest"), tuple(ratios)),
    )


_COMPARED: Final[dict[str, Callable[[Seen], float]]] = {
    "requests/s": lambda seen: seen.rate,
    "p50": lambda seen: seen.p50,
    "p99": lambda seen: seen.p99,
}


def _closed(bench: Bench, asking: Asking) -> Seen:
    before = _counted(bench.url(OBSERVED))
    outcome = bench.ask(OBSERVED, asking, CONNECTIONS, bench.pace.seconds).outcome
    did = _counted(bench.url(OBSERVED)) - before
    return Seen(
        outcome.rate, outcome.p50, outcome.p99, outcome.failed, float(did[0]), float(did.sum())
    )


def _at_rate(bench: Bench, asking: Asking, rate: float) -> Seen:
    before = _counted(bench.url(OBSERVED))
    answers = ask(bench.url(OBSERVED), asking, [(rate, bench.pace.seconds)])
    did = _counted(bench.url(OBSERVED)) - before
    p50, p99 = np.percentile(answers.latency_ms, (50, 99))
    failed = int((answers.status != OK).sum())
    return Seen(answers.rate, float(p50), float(p99), failed, float(did[0]), float(did.sum()))


def _counted(url: str) -> NDArray[np.float64]:
    return counted(httpx.get(f"{url}/metrics").raise_for_status().text)


def counted(metrics: str) -> NDArray[np.float64]:
    """Read how many predictions shadows have scored, and passed over."""
    return np.array(
        [
            sum(map(float, re.findall(rf"^{name}_total\{{[^}}]*\}} (\S+)", metrics, re.MULTILINE)))
            for name in ("shadow_predictions", "shadow_skips")
        ]
    )


def _second_version(bench: Bench) -> tuple[ModelCache, int]:
    """Put the champion's model into the cache as another version, which no alias stands for yet."""
    settings, data_dir = ModelSettings(), bench.data_dir(OBSERVED)
    champion = ModelCache.of(settings, data_dir).read_current()
    if champion is None:
        raise RuntimeError("the service has no model")
    cache = ModelCache.of(msgspec.structs.replace(settings, alias=SHADOW), data_dir)
    version = champion.manifest.version + 1
    cache.store(champion.model_path, msgspec.structs.replace(champion.manifest, version=version))
    return cache, version


def _stand_for(cache: ModelCache, version: int | None) -> None:
    """Have the alias stand for a version, or for nothing, and wait until the service has it."""
    if cache.current_label() == (f"v{version}" if version else None):
        return
    if version:
        cache.activate(version)
    else:
        cache.deactivate()
    time.sleep(2 * ModelSettings().poll_seconds)
