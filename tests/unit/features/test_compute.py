"""Feature rows of duels."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.compute import compute
from features.contract import FEATURE_NAMES, REVISION
from features.matchup_frames import NoMovesError

if TYPE_CHECKING:
    from features.dex import Dex
    from features.matchup_frames import MatchupFrames

DUELS = pl.Schema(
    {
        "pokemon_a_id": pl.Int32,
        "pokemon_b_id": pl.Int32,
        "moves_a": pl.List(pl.Int32),
        "moves_b": pl.List(pl.Int32),
    }
)

GEODUDE = 74
SURF, ICE_BEAM, EARTHQUAKE, FLAMETHROWER = 57, 58, 89, 53
SWORDS_DANCE, EXPLOSION, TACKLE, THUNDER_WAVE, SPORE = 14, 153, 33, 86, 147


def _duels(*rows: tuple[int, int, list[int], list[int] | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=DUELS, orient="row")


def test_rows_come_in_the_order_of_duels_and_their_moves(frames: MatchupFrames) -> None:
    """One Float32 row an opening, in the order of the duels and of each duel's moves."""
    rows = compute(
        frames,
        _duels((1, 25, [SURF, EARTHQUAKE], None), (6, 9, [FLAMETHROWER], [SURF])),
    )
    assert rows.columns == list(FEATURE_NAMES)
    assert set(rows.dtypes) == {pl.Float32()}
    assert rows["move_type"].to_list() == [11, 5, 10]
    assert rows["a_hp"].to_list() == [120, 120, 153]
    assert rows["b_known"].to_list() == [0, 0, 1]


def test_a_duel_has_the_same_features_alone_and_in_a_batch(frames: MatchupFrames) -> None:
    """What else is scored in the same call changes not one bit."""
    duels = _duels(
        (1, 25, [SURF, EARTHQUAKE, SWORDS_DANCE], None),
        (6, 9, [FLAMETHROWER, THUNDER_WAVE], [SURF, ICE_BEAM]),
        (94, 143, [SPORE], [TACKLE]),
    )
    alone = pl.concat([compute(frames, duels[row]) for row in range(duels.height)])
    assert_frame_equal(compute(frames, duels), alone, check_exact=True)


def test_every_form_against_every_form_gives_finite_numbers(
    frames: MatchupFrames, dex: Dex
) -> None:
    """No pair of forms and no move leaves a null, a NaN or an infinity."""
    forms, moves = dex.forms["form_id"], dex.moves["move_id"].to_list()
    chunks = [moves[start : start + 20] for start in range(0, len(moves), 20)]
    rows = compute(
        frames,
        _duels(
            *(
                (a, forms[(i * 7 + 3) % len(forms)], chunks[i % len(chunks)], None)
                for i, a in enumerate(forms)
            )
        ),
    )
    assert rows.select(pl.all().is_finite().all()).row(0) == (True,) * len(FEATURE_NAMES)


@pytest.mark.parametrize(
    ("feature", "duel", "expected"),
    [
        ("move_effectiveness", (1, 25, [EARTHQUAKE], None), 2.0),
        ("move_effectiveness", (143, 94, [TACKLE], [TACKLE]), 0.0),
        ("move_stab", (9, 6, [SURF], [FLAMETHROWER]), 1.5),
        ("move_ko_chance", (9, GEODUDE, [SURF], [TACKLE]), 1.0),
        ("first", (6, 9, [FLAMETHROWER], [SURF]), 1.0),
        ("games_win_rate", (94, 9, [EXPLOSION], [SURF]), 0.0),
        ("lands_paralysis", (1, 25, [THUNDER_WAVE], None), 0.0),
        ("lands_sleep", (1, 25, [SPORE], None), 1.0),
        ("lands_sleep", (1, 1, [SPORE], None), 0.0),
        ("self_attack_stages", (1, 25, [SWORDS_DANCE], None), 2.0),
    ],
)
def test_known_facts_of_the_game(
    frames: MatchupFrames,
    feature: str,
    duel: tuple[int, int, list[int], list[int] | None],
    expected: float,
) -> None:
    """Facts that any player knows come out as they are."""
    assert compute(frames, _duels(duel))[feature][0] == pytest.approx(expected)


def test_a_stronger_dex_entry_changes_the_features(dex: Dex, frames: MatchupFrames) -> None:
    """A base power altered in the dex reaches the features of that move."""
    altered = dex.moves.with_columns(
        pl.when(pl.col("move_id") == SURF)
        .then(pl.lit(1, pl.Int16))
        .otherwise("power")
        .alias("power")
    )
    weaker = type(frames).prepare(
        type(dex)(dex.types, dex.type_affinities, dex.forms, altered, dex.learnset, "altered")
    )
    duel = _duels((9, 6, [SURF], [FLAMETHROWER]))
    assert compute(frames, duel)["move_power"][0] == 90
    assert compute(weaker, duel)["move_power"][0] == 1


def test_every_form_can_be_the_foe_whose_moves_are_unknown(frames: MatchupFrames, dex: Dex) -> None:
    """Also Ditto, which learns no attack: alone and in company the same finite numbers."""
    duels = _duels(*((150, form, [94], None) for form in dex.forms["form_id"]))
    together = compute(frames, duels)
    assert together.select(pl.all().is_finite().all()).row(0) == (True,) * len(FEATURE_NAMES)
    ditto = dex.forms["form_id"].index_of(132)
    assert ditto is not None
    assert_frame_equal(compute(frames, duels[ditto]), together[ditto], check_exact=True)
    transform = _duels((150, 132, [94], [144]))
    known = compute(frames, transform).drop("b_known")
    assert_frame_equal(together[ditto].drop("b_known"), known, check_exact=True)


def test_what_features_mean_is_pinned(frames: MatchupFrames, dex: Dex) -> None:
    """A kernel or an expression that changes any of 600 rows needs another contract REVISION."""
    forms, moves = dex.forms["form_id"].to_list(), dex.moves["move_id"].to_list()
    duels = _duels(
        *(
            (
                forms[(7 * number) % len(forms)],
                forms[(11 * number + 5) % len(forms)],
                moves[number % 220 : number % 220 + 4],
                None if number % 2 else moves[(3 * number) % 200 : (3 * number) % 200 + 20],
            )
            for number in range(150)
        )
    )
    rows = np.round(compute(frames, duels).to_numpy().astype(np.float64), 3) + 0.0
    digest = hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()
    assert (REVISION, digest[:16]) == (3, "86a98685df7c216c")


def test_a_side_without_moves_is_refused(frames: MatchupFrames) -> None:
    """Kernels check no bounds: what has no row must not reach them."""
    for duel in ((1, 25, [], None), (1, 25, [SURF], [])):
        with pytest.raises(NoMovesError):
            compute(frames, _duels(duel))
