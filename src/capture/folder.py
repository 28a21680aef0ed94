"""The folder of capture files, written so that a reader never meets a part of one."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from capture.publishing import publish

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from datetime import date
    from pathlib import Path

PREFIX: Final = "production_data_"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class CaptureFolder:
    """Files ``production_data_YYYYMMDD_HHMMSS[_<n>].parquet``, in UTC, in one folder.

    Any number of processes may write into the folder.
    """

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime] = _utc_now,
        used: Callable[[date], Container[str]] = lambda _: frozenset(),
    ) -> None:
        """Take where to write.

        Args:
            path: of the folder.
            now: the clock.
            used: names of a day that had files which are no longer here; none is used again, even
                when the clock is set back.

        """
        self.path = path
        self._now = now
        self._used = used

    def add(self, content: bytes) -> Path:
        """Write ``content`` durably as a new file and return its path.

        The final name appears only once all of the content is on the disk. Blocks on the disk.

        Raises:
            OSError: nothing was written; what was begun is removed.

        """
        now = self._now()
        return publish(content, self.path, f"{PREFIX}{now:%Y%m%d_%H%M%S}", self._used(now.date()))

    def names_since(self, moment: datetime) -> list[str]:
        """Name the files published at ``moment`` or later, in order, without a path of each."""
        return self._names(self.first_at(moment).name)

    def first_at(self, moment: datetime) -> Path:
        """Name what comes before every file published at ``moment``, and after all earlier ones."""
        return self.path / f"{PREFIX}{moment.astimezone(UTC):%Y%m%d_%H%M%S}"

    def files(self) -> list[Path]:
        """List all files, by name."""
        return [self.path / name for name in self.names()]

    def names(self) -> list[str]:
        """Name all files, in order."""
        return self._names(PREFIX)

    def _names(self, first: str) -> list[str]:
        try:
            names = os.listdir(self.path)  # noqa: PTH208  # ``iterdir`` would make a path of each
        except FileNotFoundError:
            return []
        return sorted(
            n for n in names if n >= first and n.startswith(PREFIX) and n.endswith(".parquet")
        )


def published_at(name: str) -> datetime:
    """Tell from its name when a file was published, to the second.

    Raises:
        ValueError: it is not named as one of ours.

    """
    stamp = name.removeprefix(PREFIX)[:15]
    return datetime.strptime(stamp, "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
