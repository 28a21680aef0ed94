"""An embedded PostgreSQL: one folder, one process that starts and stops it."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from config.loopback import HOST, NOT_LENT, free_ports, is_taken
from storage.embedded.account import Account
from storage.embedded.cluster import check_cluster, make_cluster, set_passwords
from storage.embedded.connection import Connection, DatabaseUrls
from storage.embedded.postmaster import PidFile, clear_left_over, stop, wait_until_ready
from storage.embedded.programs import Programs
from storage.embedded.supervision import Supervisor
from storage.errors import EmbeddedDatabaseBusyError, EmbeddedDatabaseError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping
    from pathlib import Path

logger = logging.getLogger(__name__)

_START_SECONDS: Final = 60.0
_ATTEMPTS: Final = 10
_LOG_BYTES: Final = 1_000_000

_SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": HOST,
    # A socket's path is limited to 107 bytes, a data folder's is not.
    "unix_socket_directories": "",
    # Small: the dex is a megabyte, and a handful of sessions read it now and then.
    "shared_buffers": "16MB",
    "max_connections": "40",
    "max_wal_size": "64MB",
    "min_wal_size": "16MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
    "max_logical_replication_workers": "0",
    "max_parallel_workers": "0",
    "autovacuum_worker_slots": "1",
    "autovacuum_max_workers": "1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_NOT_DURABLE: Final[Mapping[str, str]] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class EmbeddedPostgres:
    """A server whose files, log and passwords live in one folder.

    It listens on loopback alone and asks for a password. As root it runs as another account (see
    :mod:`storage.embedded.account`). One process at a time uses the folder; a server left running
    by one that was killed is stopped first, and what it had committed is kept. A server that ends
    by itself is started anew under the same port.
    """

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        """Name the folder; nothing is touched before :meth:`started`.

        Args:
            directory: made when missing; nothing else belongs in it.
            durable: whether a commit outlives a power cut; only tests can do without.

        """
        self.directory = directory.resolve()
        self.log_path = self.directory / "server.log"
        self._cluster = self.directory / "cluster"
        self._connection_path = self.directory / "connection.json"
        self._settings = _SETTINGS if durable else {**_SETTINGS, **_NOT_DURABLE}
        self._durable = durable

    @property
    def pid(self) -> int | None:
        """The server's process, while one runs."""
        found = PidFile.read(self._cluster)
        return found.pid if found else None

    @contextmanager
    def started(self) -> Iterator[DatabaseUrls]:
        """Run the server as long as the block.

        Raises:
            EmbeddedDatabaseBusyError: another process runs it.
            EmbeddedDatabaseError: it cannot be started; the message says why.

        """
        with ExitStack() as stack:
            try:
                stack.enter_context(self._sole_use())
                account = Account.for_cluster(self._cluster)
                if account is not None:
                    account.let_through(self._cluster)
                programs = Programs.find(account)
                connection, process = self._start(programs)
                supervisor = Supervisor(process, lambda: self._restart(programs, connection.port))
                stack.callback(supervisor.stop)
            except OSError as error:
                raise EmbeddedDatabaseError(
                    f"the embedded PostgreSQL in {self.directory} cannot be started: {error}"
                ) from error
            yield connection.urls()

    @contextmanager
    def reached(self) -> Iterator[DatabaseUrls]:
        """Give the URLs of the server that another process runs, or run it as long as the block.

        For commands that work on the database whether or not the service is up.

        Raises:
            EmbeddedDatabaseError: it cannot be started, or belongs to another user.

        """
        with ExitStack() as stack:
            try:
                urls = stack.enter_context(self.started())
            except EmbeddedDatabaseBusyError:
                urls = self._running_urls()
            yield urls

    def running(self) -> DatabaseUrls | None:
        """Give the URLs of the server if one runs; starts none and waits for none.

        Raises:
            EmbeddedDatabaseError: it belongs to another user.

        """
        try:
            found = PidFile.read(self._cluster)
            connection = Connection.read(self._connection_path)
        except PermissionError as error:
            raise EmbeddedDatabaseError(
                f"the embedded PostgreSQL in {self.directory} belongs to another user: {error}"
            ) from error
        return connection.urls() if found and found.ready and connection else None

    def _running_urls(self) -> DatabaseUrls:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if (urls := self.running()) is not None:
                return urls
            time.sleep(0.05)
        raise EmbeddedDatabaseError(
            f"another process holds {self.directory} without a server becoming ready"
        )

    @contextmanager
    def _sole_use(self) -> Iterator[None]:
        """Hold the folder; the lock goes with the process, however it ends."""
        # As root, the server's account must pass; the files in it have rights of their own.
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o711 if os.geteuid() == 0 else 0o700)
        with (self.directory / ".lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise EmbeddedDatabaseBusyError(
                    f"another process runs the embedded PostgreSQL in {self.directory}: "
                    "stop it, or use another data folder"
                ) from None
            yield

    def _start(self, programs: Programs) -> tuple[Connection, subprocess.Popen[bytes]]:
        connection = self._prepare(programs)
        for _ in range(_ATTEMPTS):
            connection = replace(connection, port=_free_port(connection.port))
            process, words = self._try_to_start(programs, connection.port)
            if process is not None:
                connection.write(self._connection_path)
                return connection, process
            if "shared memory block" in words:
                # Sessions of a killed server are still ending.
                time.sleep(0.5)
            elif "Address already in use" in words:
                connection = replace(connection, port=0)
            else:
                break
        raise EmbeddedDatabaseError(
            f"PostgreSQL does not start: {words or 'no reason given'}; see {self.log_path}"
        )

    def _prepare(self, programs: Programs) -> Connection:
        """Make what is missing, and stop what is left over."""
        connection = Connection.read(self._connection_path)
        if not self._cluster.exists():
            connection = Connection.new()
            connection.write(self._connection_path)
            make_cluster(self._cluster, programs, connection.passwords, durable=self._durable)
            return connection
        check_cluster(self._cluster)
        if clear_left_over(self._cluster):
            logger.warning("stopped a PostgreSQL that an earlier run had left in %s", self._cluster)
        if connection is None:
            connection = Connection.new()
            set_passwords(self._cluster, programs, connection.passwords)
            connection.write(self._connection_path)
        return connection

    def _try_to_start(
        self, programs: Programs, port: int
    ) -> tuple[subprocess.Popen[bytes] | None, str]:
        """Start the server; without success, give its last words."""
        if self.log_path.exists() and self.log_path.stat().st_size > _LOG_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        arguments = ["-D", str(self._cluster), "-p", str(port)]
        for name, value in self._settings.items():
            arguments += ["-c", f"{name}={value}"]
        with self.log_path.open("ab") as log:
            begin = log.tell()
            process = programs.start(arguments, where=self._cluster, log=log)
        try:
            if wait_until_ready(process, self._cluster, _START_SECONDS):
                return process, ""
        except BaseException:
            stop(process)
            raise
        words = self.log_path.read_bytes()[begin:].decode(errors="replace").strip().splitlines()
        return None, " / ".join(words[-4:])

    def _restart(self, programs: Programs, port: int) -> subprocess.Popen[bytes]:
        """Start the server once more, where its clients look for it."""
        clear_left_over(self._cluster)
        process, words = self._try_to_start(programs, port)
        if process is None:
            raise EmbeddedDatabaseError(words or "no reason given")
        return process


def _free_port(preferred: int) -> int:
    """Give the preferred port if it is free and nobody is lent it, else another."""
    if preferred in NOT_LENT and not is_taken(preferred):
        return preferred
    return free_ports(1)[0]
