"""The seam to where files of captured predictions are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from polars.exceptions import PanicException, PolarsError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime
    from io import BytesIO

    import polars as pl

    Write = Callable[[str | BytesIO], None]
    """Writes one parquet file to a URL or into memory."""


DAMAGED: Final = (PolarsError, PanicException)
"""What Polars raises of a damaged file: over some damage it panics, which is no ``Exception``."""


class CapturedFiles(Protocol):
    """Keeps files that appear whole, durable and under a name of their own. Blocks."""

    def add(self, write: Write, /) -> str:
        """Keep a new file; give its name.

        Raises:
            OSError: it could not be kept.

        """

    def replace(self, name: str, write: Write, /) -> None:
        """Put another content under the name of a file that :meth:`add` gave.

        Raises:
            OSError: the file is as it was.

        """

    def holders(self, ids: Collection[str], since: datetime, /) -> Mapping[str, set[str]]:
        """Give the names of the files that hold these predictions, made at ``since`` or later.

        Raises:
            OSError: it cannot be told now.

        """

    def find(self, ids: Collection[str], columns: Sequence[str], /) -> pl.DataFrame:
        """Read the rows of these predictions, each once.

        Raises:
            ValueError: one is no id of a prediction.
            OSError: it cannot be told now.

        """
