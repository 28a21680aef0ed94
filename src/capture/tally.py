"""The counts that every capture file carries, so that a report need not read its rows."""

from __future__ import annotations

import logging
from datetime import datetime  # noqa: TC003  # msgspec resolves field types when it decodes
from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl

from capture.files import DAMAGED
from features.bins import bins
from features.contract import FEATURE_NAMES
from features.counting import count
from features.counts import Counts, merged, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

logger = logging.getLogger(__name__)

COUNTS: Final = "dexwatch.counts"
"""Key of the counts in a file's metadata."""
SLOT_SECONDS: Final = 600
"""Length of a slot of time, by which the volume is told."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What the predictions of one model version in a file come to."""

    first: datetime
    last: datetime
    """When the earliest and the latest of them were made."""
    slots: dict[int, int]
    """Rows by :data:`SLOT_SECONDS` since 1970 in which they were made."""
    counts: Counts


Tallies = dict[str, Tally]
"""By model version."""


def tally(frame: pl.DataFrame) -> Tallies | None:
    """Count the rows of a capture file; None when its features are not those of the contract."""
    if frame.columns[: len(FEATURE_NAMES)] != list(FEATURE_NAMES):
        return None
    versions = frame["model_version"].unique().to_list()
    if len(versions) == 1:  # most of the time, and to take it apart would copy every column
        return {versions[0]: _tally(frame)}
    return {
        str(version): _tally(rows)
        for (version,), rows in frame.partition_by("model_version", as_dict=True).items()
    }


def _tally(rows: pl.DataFrame) -> Tally:
    moments = rows["predicted_at"].dt.epoch("s") // SLOT_SECONDS
    return Tally(
        first=rows["predicted_at"].min(),  # type: ignore[arg-type]  # a group has a first row
        last=rows["predicted_at"].max(),  # type: ignore[arg-type]  # and a last
        slots=dict(moments.value_counts(sort=True).iter_rows()),
        counts=count(
            rows.select(FEATURE_NAMES).to_numpy(),
            rows["win_probability"].to_numpy(),
            rows["pokemon_a_id"].to_numpy(),
            rows["pokemon_b_id"].to_numpy(),
        ),
    )


def joined(parts: Iterable[Tallies]) -> Tallies:
    """Add the tallies of several files up.

    Raises:
        ValueError: they were made with different bins.

    """
    by_version: dict[str, list[Tally]] = {}
    for part in parts:
        for version, found in part.items():
            by_version.setdefault(version, []).append(found)
    return {
        version: Tally(
            first=min(each.first for each in found),
            last=max(each.last for each in found),
            slots=merged(each.slots for each in found),
            counts=total([each.counts for each in found]),
        )
        for version, found in by_version.items()
    }


def metadata_of(tallies: Tallies | None) -> dict[str, str]:
    """Give what to write into a file's metadata."""
    return {} if tallies is None else {COUNTS: msgspec.json.encode(tallies).decode()}


def tallies_in(metadata: Mapping[str, str]) -> Tallies | None:
    """Read the counts of a file; None when it has none, or those of other bins."""
    try:
        found = msgspec.json.decode(metadata.get(COUNTS, "null"), type=Tallies | None)
    except msgspec.MsgspecError:
        return None
    if found is None or any(each.counts.bins != bins().version for each in found.values()):
        return None
    return found


def tallies_of(path: Path) -> Tallies | None:
    """Give the counts of a capture file: those that it carries, else those of its rows.

    None when it cannot be read, or holds other features than those of today's contract.
    """
    try:
        found = tallies_in(pl.read_parquet_metadata(path))
        return tally(pl.read_parquet(path)) if found is None else found
    except (OSError, *DAMAGED) as error:
        logger.warning("capture: %s cannot be read: %s", path.name, error)
        return None
