"""What the snapshot is derived from, and that nothing in it goes unnoticed."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from etl.effects import CODED, effects
from etl.errors import SnapshotError
from etl.naming import OVERLAY, Namer, Naming
from etl.source import PROGRAM, Export, Move, Secondary, export
from etl.tables import tables
from features.dex import TYPE_IDENTIFIERS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def source() -> Export:
    """Give what the npm packages say."""
    return export()


@pytest.fixture(scope="module")
def tackle(source: Export) -> Move:
    """Give a move that does nothing but damage."""
    return next(move for move in source.moves if move.id == "tackle")


SECONDARY = Secondary(10, None, None, None, None, ())


@pytest.mark.parametrize(
    "news",
    [
        {"functions": ("onHit",)},
        {"secondaries": (msgspec.structs.replace(SECONDARY, functions=("onHit",)),)},
        {"secondaries": (msgspec.structs.replace(SECONDARY, volatile="healblock"),)},
        {"status": "brn", "volatile": "confusion"},
        {"volatile": "smackdown"},
        {"boosts": {"atk": 1}, "self_boosts": {"def": 1}},
        {"force_switch": True, "breaks_protect": True},
        {"base_power": 0},
    ],
    ids=str,
)
def test_an_effect_that_nobody_looked_at_stops_the_snapshot(
    tackle: Move, news: dict[str, Any]
) -> None:
    """Code, words or combinations that no column holds are an error that names the move."""
    with pytest.raises(SnapshotError, match="tackle"):
        effects(msgspec.structs.replace(tackle, **news))


def test_the_list_of_coded_moves_holds_no_other(source: Export) -> None:
    """Each move whose code has been looked at is one of the source."""
    assert set(CODED) <= {move.id for move in source.moves}


def test_code_that_went_is_noticed(source: Export) -> None:
    """A move that lost its code in the simulator has to be looked at again."""
    facade = next(move for move in source.moves if move.id == "facade")
    with pytest.raises(SnapshotError, match="facade"):
        effects(msgspec.structs.replace(facade, functions=()))


def test_a_new_form_without_an_id_stops_the_snapshot(source: Export) -> None:
    """A form that is not a base form needs a line of the overlay."""
    raichu = next(one for one in source.species if one.id == "raichu")
    totem = msgspec.structs.replace(raichu, id="raichutotem", forme="Totem")
    with pytest.raises(SnapshotError, match="raichutotem"):
        tables(msgspec.structs.replace(source, species=(*source.species, totem)))


def _named(namer: Namer, type_id: int, identifier: str) -> Naming | None:
    try:
        return namer.type(type_id, identifier)
    except SnapshotError:
        return None


def test_every_line_of_the_overlay_is_needed(source: Export, tmp_path: Path) -> None:
    """Without a line of the overlay something has no id, no name, or another one."""
    with OVERLAY.open(encoding="utf-8", newline="") as lines:
        overlay = {(line["kind"], line["showdown"]): line for line in csv.DictReader(lines)}
    empty = tmp_path / "names.csv"
    empty.write_text("kind,showdown,pokeapi_id,identifier,name_fr\n")
    full, bare = Namer.of(source.names), Namer.of(source.names, empty)
    needed = {
        ("type", identifier)
        for number, identifier in enumerate(TYPE_IDENTIFIERS, start=1)
        if _named(full, number, identifier) != _named(bare, number, identifier)
    }
    for kind, name, item in (
        *(("form", "form", one) for one in source.species),
        *(("move", "move", one) for one in source.moves if not one.nonstandard),
    ):
        if (kind, item.id) not in overlay:
            continue
        try:
            if getattr(full, name)(item) != getattr(bare, name)(item):
                needed.add((kind, item.id))
        except SnapshotError:
            needed.add((kind, item.id))
    assert needed == set(overlay)


def test_without_the_packages_the_error_says_so(tmp_path: Path) -> None:
    """Where npm's packages are not installed the one that is missing is named."""
    program = shutil.copy(PROGRAM, tmp_path / PROGRAM.name)
    with pytest.raises(SnapshotError, match="pokemon-showdown cannot be loaded"):
        export(program)
