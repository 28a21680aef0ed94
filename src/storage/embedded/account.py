"""The account that the server runs as when we are root, which PostgreSQL refuses to run as."""

from __future__ import annotations

import logging
import os
import pwd
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from storage.errors import EmbeddedDatabaseError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

logger = logging.getLogger(__name__)

UNPRIVILEGED: Final = "nobody"
"""Exists on every system, so that none of its accounts need be changed."""


@dataclass(frozen=True, slots=True)
class Account:
    """Another account than ours, to which root can hand files and processes."""

    uid: int
    gid: int

    @classmethod
    def for_cluster(cls, cluster: Path) -> Account | None:
        """Give the account to run as; None for our own.

        A cluster that is there already keeps its owner.

        Raises:
            EmbeddedDatabaseError: we are root, and there is no unprivileged account.

        """
        if os.geteuid() != 0:
            return None
        if cluster.exists():
            found = cluster.stat()
            return cls(found.st_uid, found.st_gid)
        try:
            entry = pwd.getpwnam(UNPRIVILEGED)
        except KeyError:
            raise EmbeddedDatabaseError(
                f"PostgreSQL does not run as root, and there is no account {UNPRIVILEGED!r}"
                " to run it as; start Dexwatch as another user"
            ) from None
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def process_options(self) -> Mapping[str, object]:
        """Options of :mod:`subprocess` that start a program under this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, folder: Path) -> None:
        """Make the account the owner of an empty folder."""
        os.chown(folder, self.uid, self.gid)

    def let_through(self, path: Path) -> None:
        """Let the account pass the folders above a path, where it could not.

        Others may then pass too, but still not list them.

        Raises:
            OSError: a folder's permissions cannot be changed.

        """
        for folder in reversed(path.resolve().parents):
            if not self._may_pass(folder):
                logger.warning("other accounts may now pass through %s, not list it", folder)
                folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)

    def let_read(self, folder: Path) -> None:
        """Let others read a folder of programs that a strict umask has closed."""
        for path in (folder, *folder.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            executable = bool(mode & stat.S_IXUSR)
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if executable else 0))

    def _may_pass(self, folder: Path) -> bool:
        found = folder.stat()
        if found.st_uid == self.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == self.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        return bool(found.st_mode & needed)
