"""The cluster: PostgreSQL's folder of files, made once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from storage.embedded.connection import DATABASE, OWNER, ROLES, SERVICE, SUPERUSER
from storage.embedded.programs import MAJOR
from storage.errors import EmbeddedDatabaseError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from storage.embedded.programs import Programs

_ACCESS: Final = """\
# Written by Dexwatch. Every user of this machine can reach the port; the password admits.
host all all 127.0.0.1/32 scram-sha-256
"""

# In single-user mode an empty line ends a statement.
_SETUP: Final = f"""\
CREATE ROLE {OWNER} LOGIN;

CREATE ROLE {SERVICE} LOGIN CONNECTION LIMIT 30;

CREATE DATABASE {DATABASE} OWNER {OWNER};

REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;

GRANT CONNECT ON DATABASE {DATABASE} TO {SERVICE};

"""


def make_cluster(
    cluster: Path, programs: Programs, passwords: Mapping[str, str], *, durable: bool
) -> None:
    """Make a cluster with its roles and its database.

    It comes to its place when it is complete, so that whatever interrupts leaves none.

    Raises:
        EmbeddedDatabaseError: a program failed.

    """
    unfinished = cluster.with_suffix(".new")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    if programs.account is not None:
        programs.account.give(unfinished)
    programs.run(
        "initdb",
        *("-D", str(unfinished), "-U", SUPERUSER, "--auth=reject", "--no-sync"),
        *("--encoding=UTF8", "--locale=C"),
        # Sorts alike on every machine, whatever its C library.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        "--wal-segsize=4",
        where=unfinished,
    )
    (unfinished / "pg_hba.conf").write_text(_ACCESS, encoding="utf-8")
    _run_alone(unfinished, programs, _SETUP + _password_script(passwords))
    if durable:
        programs.run("initdb", "-D", str(unfinished), "--sync-only", where=unfinished)
    unfinished.rename(cluster)


def check_cluster(cluster: Path) -> None:
    """Refuse files of another major version of PostgreSQL.

    Raises:
        EmbeddedDatabaseError: they are of another version.

    """
    version = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    if version != str(MAJOR):
        raise EmbeddedDatabaseError(
            f"{cluster} is of PostgreSQL {version}, this release brings {MAJOR}: "
            "move the folder away; the dex is loaded anew"
        )


def set_passwords(cluster: Path, programs: Programs, passwords: Mapping[str, str]) -> None:
    """Give the roles new passwords, for when the file that held them is lost."""
    _run_alone(cluster, programs, _password_script(passwords))


def _password_script(passwords: Mapping[str, str]) -> str:
    # The passwords are of a URL's letters alone, hence need no quoting.
    return "".join(f"ALTER ROLE {role} PASSWORD '{passwords[role]}';\n\n" for role in ROLES)


def _run_alone(cluster: Path, programs: Programs, script: str) -> None:
    """Run statements with no server, and so with no password and no port."""
    programs.run(
        "postgres",
        *("--single", "-j", "-D", str(cluster)),
        *("-c", "fsync=off", "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic"),
        "postgres",
        where=cluster,
        script=script,
    )
