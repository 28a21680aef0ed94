"""Labels and the examples made of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.compute import compute
from training.dataset import LABELS, examples, held_out, read
from training.released import AGAIN_FILE, LABELS_FILE, TRUTH_FILE
from training.validation import for_validation

if TYPE_CHECKING:
    from pathlib import Path

    from features.matchup_frames import MatchupFrames


def _labels(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=LABELS, orient="row")


def test_examples_keep_the_order_of_the_labels(frames: MatchupFrames) -> None:
    """Each row's features are those of its own opening, whatever the order of the labels."""
    labels = _labels(
        (7, "open", 6, 9, [53, 89], [57], False, 89, 10, 1, 0),
        (3, "closed", 1, 25, [33, 75], [85, 98], True, 33, 10, 5, 1),
        (7, "open", 6, 9, [53, 89], [57], False, 53, 10, 2, 0),
    )
    data = examples(frames, labels)
    assert data.features["move_type"].to_list() == [5, 1, 10]
    assert data.features["b_known"].to_list() == [0, 1, 0]
    assert data.win_rate.tolist() == [0.1, 0.55, 0.2]


def test_training_sees_the_features_that_serving_computes(frames: MatchupFrames) -> None:
    """To the last bit: examples and a request for the same duel give the same row."""
    labels = _labels((1, "closed", 6, 9, [89, 53], [57, 58], True, 53, 10, 1, 0))
    served = compute(
        frames,
        pl.DataFrame(
            {
                "pokemon_a_id": [6],
                "pokemon_b_id": [9],
                "moves_a": [[53, 89]],
                "moves_b": [[57, 58]],
            },
            schema={k: LABELS[k] for k in ("pokemon_a_id", "pokemon_b_id", "moves_a", "moves_b")},
        ),
    )
    assert_frame_equal(examples(frames, labels).features, served[:1], check_exact=True)


def test_a_pair_is_held_out_in_both_orders() -> None:
    """A against B and B against A are on the same side, and about a tenth is held out."""
    pairs = pl.DataFrame(
        [(a, b) for a in range(1, 152) for b in range(1, 152)],
        schema={"pokemon_a_id": pl.Int32, "pokemon_b_id": pl.Int32},
        orient="row",
    )
    swapped = pairs.select(pokemon_a_id="pokemon_b_id", pokemon_b_id="pokemon_a_id")
    out = pairs.select(held=held_out())["held"]
    assert out.equals(swapped.select(held=held_out())["held"])
    assert out.mean() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(
    ("chosen", "digest"),
    [
        (held_out(), "2e035a9ee3de3caaf50828488ab26bca9641d0768a4e83b5273d8b6a2d08e8a5"),
        (for_validation(), "bba063a643d520f8df0535b3309fe9b657164bbe949090dd7f0c3f21dd13daff"),
    ],
    ids=["held out", "for validation"],
)
def test_no_pair_changes_sides(chosen: pl.Expr, digest: str) -> None:
    """Released models were judged on these pairs and no others."""
    pairs = pl.DataFrame(
        [(a, b) for a in range(1, 152) for b in range(a, 152)],
        schema={"pokemon_a_id": pl.Int32, "pokemon_b_id": pl.Int32},
        orient="row",
    )
    sides = "".join("01"[side] for side in pairs.select(chosen=chosen)["chosen"])
    assert hashlib.sha256(sides.encode()).hexdigest() == digest


def test_released_labels_and_truth_share_no_pair_of_forms() -> None:
    """What the champion learnt from holds no held-out pair; what judges it holds no other."""
    assert not read(LABELS_FILE).select(held_out().any()).item()
    assert read(TRUTH_FILE).select(held_out().all()).item()
    assert read(AGAIN_FILE).select(held_out().all()).item()


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    """A parquet file that holds no labels is named."""
    path = tmp_path / "other.parquet"
    pl.DataFrame({column: ["?"] for column in LABELS}).write_parquet(path)
    with pytest.raises(ValueError, match=r"other\.parquet"):
        read(path)
