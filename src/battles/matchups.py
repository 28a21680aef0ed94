"""Plans of matchups to play."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from battles.errors import PlanError
from battles.populations import POPULATIONS, Draw, Matchup
from battles.roster import Roster
from battles.tasks import PLAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from features.dex import Dex


def sample(dex: Dex, counts: Mapping[str, int], seed: int) -> pl.DataFrame:
    """Draw a plan: so many matchups of each population, every move of A an opening.

    The same dex and seed always give the same matchups, and a larger count only adds to those of
    its population. Matchups are numbered from 0 in the order of ``counts``.

    Returns:
        Columns of :data:`battles.tasks.PLAN`.

    Raises:
        PlanError: a population has no such name.

    """
    roster = Roster.of(dex)
    drawn: list[tuple[str, Matchup]] = []
    for population, count in counts.items():
        if population not in POPULATIONS:
            raise PlanError(f"no population {population}; there are {', '.join(POPULATIONS)}")
        generator = np.random.default_rng([seed, zlib.crc32(population.encode())])
        draw = Draw(roster, generator)
        drawn += ((population, POPULATIONS[population](draw)) for _ in range(count))
    return _plan(drawn)


def _plan(drawn: Iterable[tuple[str, Matchup]]) -> pl.DataFrame:
    rows = [
        (number, population, duel.a, duel.b, duel.moves_a, duel.moves_b, duel.b_known, duel.moves_a)
        for number, (population, duel) in enumerate(drawn)
    ]
    return pl.DataFrame(rows, schema=PLAN, orient="row")
