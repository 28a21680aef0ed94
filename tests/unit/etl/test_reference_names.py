"""Names and ids against the reference beside the repository."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from tests.texts import NAMES, of_the_texts

if TYPE_CHECKING:
    import polars as pl

    from features.dex import Dex

pytestmark = of_the_texts


@pytest.fixture(scope="module")
def reference() -> list[dict[str, str]]:
    """Give the rows of the reference."""
    with NAMES.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _names(table: pl.DataFrame, key: str) -> set[tuple[str, ...]]:
    columns = table.select(key, "identifier", "name_en", "name_fr")
    return {tuple(map(str, row)) for row in columns.iter_rows()}


@pytest.mark.parametrize(
    ("kind", "table", "key"), [("pokemon", "forms", "form_id"), ("move", "moves", "move_id")]
)
def test_names_and_ids_are_those_of_the_reference(
    dex: Dex, reference: list[dict[str, str]], kind: str, table: str, key: str
) -> None:
    """Id, identifier, English and French name of every form and move, letter by letter."""
    expected = {
        (row["pokeapi_id"], row["pokeapi_identifier"], row["english"], row["french"])
        for row in reference
        if row["kind"] == kind
    }
    assert len(expected) == getattr(dex, table).height
    assert _names(getattr(dex, table), key) == expected


def test_types_are_those_of_the_reference(dex: Dex, reference: list[dict[str, str]]) -> None:
    """The types have their names, and their ids follow the order of the reference."""
    expected = [
        (number, row["pokeapi_identifier"], row["english"], row["french"])
        for number, row in enumerate((row for row in reference if row["kind"] == "type"), start=1)
    ]
    assert dex.types.select("type_id", "identifier", "name_en", "name_fr").rows() == expected
