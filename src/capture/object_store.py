"""Files of captured predictions in any object store that Polars reads and writes."""

from __future__ import annotations

import secrets
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from capture.archive.history import CLOCK_SLACK
from capture.columns import IDENTIFYING, schema
from capture.files import DAMAGED
from capture.folder import PREFIX
from capture.prediction_id import moment_of
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from capture.files import Write

_NUMBERS: Final = 2**53
"""An object store takes a name twice without a word. So the number that a folder gives where a
second is taken is drawn at random here, for every file."""
_HOUR: Final = timedelta(hours=1)
_RETRIES: Final = 2
"""Of Polars, for one request; whoever writes tries again by itself, and tells meanwhile."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """Files ``production_data_YYYYMMDD_HHMMSS_<n>.parquet`` under one URL.

    Any number of processes may write there. An object appears whole or not at all.
    """

    url: str
    now: Callable[[], datetime] = field(default=_utc_now)

    def add(self, write: Write, /) -> str:
        """Write a new object; give its name.

        Raises:
            OSError: it could not be written.

        """
        name = f"{PREFIX}{self.now():%Y%m%d_%H%M%S}_{secrets.randbelow(_NUMBERS)}.parquet"
        self.replace(name, write)
        return name

    def replace(self, name: str, write: Write, /) -> None:
        """Write over an object.

        Raises:
            OSError: it is as it was.

        """
        with _store_errors():
            write(f"{self.url}/{name}")

    def holders(self, ids: Collection[str], since: datetime, /) -> Mapping[str, set[str]]:
        """Give the names of the objects that hold these predictions.

        Raises:
            OSError: it cannot be told now.

        """
        found = self._rows(ids, since, ["prediction_id"])
        held: dict[str, set[str]] = defaultdict(set)
        for prediction_id, path in found.select("prediction_id", "path").iter_rows():
            held[prediction_id].add(path.rpartition("/")[2])
        return held

    def find(
        self, ids: Collection[str], columns: Sequence[str] = tuple(IDENTIFYING), /
    ) -> pl.DataFrame:
        """Read the rows of these predictions, each once.

        Raises:
            ValueError: one is no id of a prediction.
            OSError: it cannot be told now.

        """
        since = min(map(moment_of, ids)) - CLOCK_SLACK
        rows = self._rows(ids, since, columns)
        return rows.unique("prediction_id", keep="first", maintain_order=True).select(columns)

    def _rows(self, ids: Collection[str], since: datetime, columns: Sequence[str]) -> pl.DataFrame:
        hours = (self.now() - since) // _HOUR + 2
        # Listing is by prefix, so an hour is what can be looked through without all the others.
        patterns = [
            f"{self.url}/{PREFIX}{since.astimezone(UTC) + hour * _HOUR:%Y%m%d_%H}*.parquet"
            for hour in range(max(hours, 1))
        ]
        with _store_errors():
            return (
                pl.scan_parquet(
                    patterns,
                    include_file_paths="path",
                    schema=schema(FEATURE_NAMES),
                    storage_options={"max_retries": _RETRIES},
                )
                .filter(pl.col("prediction_id").is_in(pl.Series(list(ids)).implode()))
                .select(*columns, "path")
                .collect()
            )


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        raise OSError(None, "the object store does not answer as it should") from error
