"""The snapshot in the repository, and reading one."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest

from etl.errors import SnapshotMissingError
from etl.snapshot import FOLDER, load_dex
from features.dex import TABLES, content_version

if TYPE_CHECKING:
    from pathlib import Path

    from features.dex import Dex


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of the snapshot that a test may spoil."""
    return shutil.copytree(FOLDER, tmp_path / "snapshot")


def test_the_snapshot_holds_the_dex_of_lets_go(dex: Dex) -> None:
    """There are 18 types, 188 forms and 223 moves, 155 of them damaging."""
    assert dex.types.height == 18
    assert dex.type_affinities.height == 18 * 18
    assert dex.forms.height == 188
    assert dex.moves.height == 223
    assert dex.moves.filter(pl.col("category") != "status").height == 155
    assert dict(dex.forms["kind"].value_counts().iter_rows()) == {
        "base": 153,
        "alola": 18,
        "mega": 15,
        "partner": 2,
    }


@pytest.mark.parametrize(
    ("move", "power"),
    [("absorb", 40), ("mega-drain", 75), ("solar-beam", 200), ("sky-attack", 200)],
)
def test_powers_are_those_of_lets_go(dex: Dex, move: str, power: int) -> None:
    """Moves that later and earlier games give another power have the one of Let's Go."""
    assert dex.moves.filter(identifier=move)["power"].to_list() == [power]


def test_every_table_has_the_columns_and_types_of_the_contract(dex: Dex) -> None:
    """A table that is read has exactly the schema that the rest of the code builds on."""
    for table, columns in TABLES.items():
        assert dict(getattr(dex, table).schema) == dict(columns)


@pytest.mark.parametrize(
    ("form", "move", "way", "source"),
    [
        ("bulbasaur", "vine-whip", ("level", 5), "bulbasaur"),
        ("venusaur", "petal-dance", ("level", 0), "venusaur"),  # on evolving
        ("venusaur", "solar-beam", ("level", 71), "venusaur"),  # by level before machine
        ("bulbasaur", "toxic", ("machine", None), "bulbasaur"),
        ("pikachu-starter", "zippy-zap", ("tutor", None), "pikachu-starter"),
        ("alakazam", "teleport", ("level", 1), "alakazam"),
        ("charizard-mega-x", "flamethrower", ("level", 54), "charizard-mega-x"),
        ("raichu", "slam", ("level", 24), "pikachu"),
    ],
)
def test_how_a_move_is_learnt(
    dex: Dex, form: str, move: str, way: tuple[str, int | None], source: str
) -> None:
    """A row tells the easiest way and whom the move comes from."""
    ids = dict(dex.forms.select("identifier", "form_id").iter_rows())
    moves = dict(dex.moves.select("identifier", "move_id").iter_rows())
    rows = dex.learnset.filter(form_id=ids[form], move_id=moves[move])
    assert rows.select("method", "level", "source_form_id").rows() == [(*way, ids[source])]


def test_moves_are_kept_from_pre_evolutions(dex: Dex) -> None:
    """A source that is not the form itself is a form it evolved from, of a smaller id here."""
    kept = dex.learnset.filter(pl.col("form_id") != pl.col("source_form_id"))
    assert kept.height > 0
    base = kept.filter(pl.col("form_id") < 10_000)
    assert (base["source_form_id"] < base["form_id"]).all()


def test_mega_forms_learn_what_their_base_form_learns(dex: Dex) -> None:
    """A Mega form has the moves of the base form of its species, no more and no fewer."""
    learnt = {
        form: set(moves)
        for form, moves in dex.learnset.group_by("form_id").agg("move_id").iter_rows()
    }
    megas = dex.forms.filter(kind="mega").select("form_id", "species_id").rows()
    assert [learnt[form] for form, _ in megas] == [learnt[species] for _, species in megas]


def test_partner_forms_have_moves_of_their_own(dex: Dex) -> None:
    """The partner moves are learnt by partner forms alone."""
    partners = dex.forms.filter(kind="partner")["form_id"].implode()
    tutored = dex.learnset.filter(method="tutor")
    assert tutored.height == 11
    assert tutored["form_id"].is_in(partners).all()


def test_files_are_plain() -> None:
    """The CSV files are UTF-8 with line feeds, so that reviews show what changed."""
    for table in TABLES:
        content = (FOLDER / f"{table}.csv").read_bytes()
        assert b"\r" not in content
        assert content.decode("utf-8").endswith("\n")


def test_the_version_is_that_of_the_content(dex: Dex) -> None:
    """The order of rows does not alter the version, a changed value does."""
    tables = {table: getattr(dex, table) for table in TABLES}
    assert content_version({name: frame.reverse() for name, frame in tables.items()}) == dex.version
    stronger = tables["moves"].with_columns(pl.col("power") + 1)
    assert content_version(tables | {"moves": stronger}) != dex.version


def test_a_missing_file_is_named(copy: Path) -> None:
    """Without one of the files the error says which."""
    (copy / "moves.csv").unlink()
    with pytest.raises(SnapshotMissingError, match=r"moves\.csv"):
        load_dex(copy)


def test_foreign_columns_are_named(copy: Path) -> None:
    """A table with another column than the contract's is refused with the column's name."""
    file = copy / "moves.csv"
    file.write_text(file.read_text().replace("accuracy", "precision", 1))
    with pytest.raises(SnapshotMissingError, match="precision"):
        load_dex(copy)


def test_a_file_that_is_no_table_is_refused(copy: Path) -> None:
    """Ragged or binary content is refused, not half read."""
    (copy / "types.csv").write_bytes(b"\xff\xfe\x00,\n1,2,3,4,5,6\n")
    with pytest.raises(SnapshotMissingError, match=r"types\.csv"):
        load_dex(copy)
