"""The embedded server, in the places and after the accidents that it has to bear."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from tests.programs import leave_out

from storage.embedded import EmbeddedPostgres
from storage.errors import EmbeddedDatabaseBusyError, EmbeddedDatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_NOBODY: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}
KEEP = "CREATE TABLE IF NOT EXISTS kept (value int); INSERT INTO kept VALUES (1)"
START_AND_WAIT = """
import sys, time
from pathlib import Path
from storage.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
with server.started() as urls:
    print(server.pid, flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def as_root() -> None:
    """Leave a test out where it cannot change accounts."""
    if os.geteuid() != 0:
        leave_out("only root changes accounts")


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    """Give a folder with a server that was started once, under a long path with a space."""
    with tempfile.TemporaryDirectory(prefix="dexwatch tests ") as folder:
        path = Path(folder) / ("a long way " * 10).strip() / "postgres"
        with EmbeddedPostgres(path, durable=False).started():
            pass
        yield path


async def _ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _keep(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(KEEP)
    await connection.close()


def _password(url: str) -> str:
    return url.partition("@")[0].rpartition(":")[2]


@contextmanager
def _other_process(directory: Path, seconds: float) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(  # our own program
        [sys.executable, "-c", START_AND_WAIT, str(directory), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process
        process.kill()


def _server_pid(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def _runs(pid: int) -> bool:
    if Path("/proc/self").exists():
        # One that has ended, but is not waited for by its parent, keeps its number and no program.
        return Path(f"/proc/{pid}/exe").exists()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_server_that_was_set_up_starts_within_a_second(directory: Path) -> None:
    """Only the first start takes longer; where the folder is, and how deep, does not matter."""
    assert len(str(directory)) > 107
    took = []
    for _ in range(3):  # the least is what it takes where nobody else is at work
        began = time.monotonic()
        with EmbeddedPostgres(directory).started():
            took.append(time.monotonic() - began)
    assert min(took) < 1


async def test_a_killed_server_comes_back_where_it_was(directory: Path) -> None:
    """Killed twice, it is started anew under its URL with what was committed, and ends in order."""
    server = EmbeddedPostgres(directory)
    with server.started() as urls:
        await _keep(urls.superuser)
        for _ in range(2):
            killed = server.pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            await _until_it_answers(urls.superuser)
            assert server.pid != killed
        assert await _ask(urls.superuser, "SELECT count(*) FROM kept")
        pid = server.pid
        connection = await asyncpg.connect(urls.superuser)
        await connection.execute("DROP TABLE kept")
        await connection.close()
    assert pid is not None
    assert not _runs(pid)


async def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            await _ask(url, "SELECT 1")
        except (OSError, asyncpg.PostgresError):
            assert time.monotonic() < deadline, "it does not come back"
            await asyncio.sleep(0.05)
        else:
            return


async def test_the_server_ends_with_the_block(directory: Path) -> None:
    """It is shut down in order: no process is left, and the log says so."""
    server = EmbeddedPostgres(directory, durable=False)
    with server.started() as urls:
        pid = server.pid
        assert await _ask(urls.owner, "SELECT current_setting('fsync')") == "off"
    assert pid is not None
    assert not _runs(pid)
    assert server.pid is None
    assert "database system is shut down" in server.log_path.read_text().splitlines()[-1]


async def test_commits_are_durable_unless_told_otherwise(directory: Path) -> None:
    """A user's server writes through to the disk."""
    with EmbeddedPostgres(directory).started() as urls:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await _ask(urls.owner, f"SELECT current_setting('{setting}')") == "on"


async def test_nobody_enters_without_the_password(directory: Path) -> None:
    """Other users of the machine can reach the port, but not the database or the passwords."""
    server = EmbeddedPostgres(directory, durable=False)
    with server.started() as urls:
        assert await _ask(urls.service, "SELECT current_user") == "dexwatch_service"
        password = _password(urls.superuser)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await _ask(urls.superuser.replace(password, "guessed"), "SELECT 1")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _ask(urls.service.replace("/dexwatch?", "/postgres?"), "CREATE TABLE t ()")
        assert password not in repr(urls)


def test_others_cannot_read_the_passwords(directory: Path) -> None:
    """The file with the passwords is its owner's alone, and the folder is not to be listed."""
    assert (directory / "connection.json").stat().st_mode & 0o777 == 0o600
    assert not directory.stat().st_mode & 0o066


def test_a_second_start_says_who_has_the_server(directory: Path) -> None:
    """The same folder twice at once is refused with the cure, and the first goes on."""
    with _other_process(directory, 60) as process:
        pid = _server_pid(process)
        with (
            pytest.raises(EmbeddedDatabaseBusyError, match="another process"),
            EmbeddedPostgres(directory).started(),
        ):
            pass
        assert _runs(pid)
        process.send_signal(signal.SIGINT)
        process.wait(20)


async def test_a_command_uses_the_server_that_runs(directory: Path) -> None:
    """Beside a running service a command works on its server, and leaves it running."""
    with _other_process(directory, 60) as process:
        pid = _server_pid(process)
        with EmbeddedPostgres(directory).reached() as urls:
            assert await _ask(urls.owner, "SELECT 1") == 1
        assert _runs(pid)
        process.send_signal(signal.SIGINT)
        process.wait(20)


async def test_a_command_starts_a_server_when_none_runs(directory: Path) -> None:
    """Without a service the command's own server lives as long as the command."""
    server = EmbeddedPostgres(directory, durable=False)
    with server.reached() as urls:
        assert await _ask(urls.owner, "SELECT 1") == 1
    assert server.pid is None


async def test_a_server_left_by_a_killed_process_is_replaced(directory: Path) -> None:
    """After kill -9 of the starter its server is stopped, and what was committed is kept."""
    with EmbeddedPostgres(directory).started() as urls:
        await _keep(urls.owner)
        before = await _ask(urls.owner, "SELECT count(*) FROM kept")
    with _other_process(directory, 60) as process:
        left_over = _server_pid(process)
        process.kill()
        process.wait()
        assert _runs(left_over)
    server = EmbeddedPostgres(directory, durable=False)
    with server.started() as urls:
        assert not _runs(left_over)
        assert server.pid != left_over
        assert await _ask(urls.owner, "SELECT count(*) FROM kept") == before


async def test_a_killed_server_recovers_at_the_next_start(directory: Path) -> None:
    """Kill -9 of the server loses no commit, and ends the block without an error."""
    server = EmbeddedPostgres(directory)
    with server.started() as urls:
        await _keep(urls.owner)
        before = await _ask(urls.owner, "SELECT count(*) FROM kept")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
    with server.started() as urls:
        assert await _ask(urls.owner, "SELECT count(*) FROM kept") == before


def test_a_stale_pid_file_does_not_hinder(directory: Path) -> None:
    """A pid file whose number is another program's now is seen through; that program lives on."""
    with subprocess.Popen(["/bin/sleep", "60"]) as stranger:
        lines = [
            str(stranger.pid),
            str(directory / "cluster"),
            "1",
            "5432",
            "",
            "127.0.0.1",
            "",
            "",
        ]
        (directory / "cluster" / "postmaster.pid").write_text("\n".join(lines))
        with EmbeddedPostgres(directory, durable=False).started():
            pass
        assert stranger.poll() is None
        stranger.kill()


async def test_a_lost_password_file_is_replaced(directory: Path) -> None:
    """Without the file new passwords are set; the data stays."""
    with EmbeddedPostgres(directory, durable=False).started() as urls:
        await _keep(urls.owner)
    (directory / "connection.json").write_text("{")
    with EmbeddedPostgres(directory, durable=False).started() as again:
        assert again.owner != urls.owner
        assert await _ask(again.owner, "SELECT count(*) > 0 FROM kept")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await _ask(again.owner.replace(_password(again.owner), _password(urls.owner)), "SELECT")


async def test_the_port_stays_unless_it_is_taken(directory: Path) -> None:
    """A restarted server is found where it was; a port that others took is given up.

    It is none that Linux, as it comes, lends to who connects while the server is down.
    """

    def port(url: str) -> int:
        return int(url.rpartition(":")[2].partition("/")[0])

    with EmbeddedPostgres(directory, durable=False).started() as urls:
        first = port(urls.owner)
    assert first < 32_768
    with EmbeddedPostgres(directory, durable=False).started() as urls:
        assert port(urls.owner) == first
    with (
        socket.create_server(("127.0.0.1", first)),
        EmbeddedPostgres(directory, durable=False).started() as urls,
    ):
        assert port(urls.owner) != first
        assert await _ask(urls.owner, "SELECT 1") == 1


def test_files_of_another_version_are_refused(directory: Path) -> None:
    """A cluster of another PostgreSQL is named, with what to do, and left alone."""
    version = directory / "cluster" / "PG_VERSION"
    before = version.read_bytes()
    version.write_text("17\n")
    try:
        with (
            pytest.raises(EmbeddedDatabaseError, match=r"of PostgreSQL 17.*move the folder away"),
            EmbeddedPostgres(directory).started(),
        ):
            pass
    finally:
        version.write_bytes(before)


def test_a_server_that_cannot_start_says_why(directory: Path) -> None:
    """The server's last words and the place of its log are in the error."""
    hba = directory / "cluster" / "pg_hba.conf"
    before = hba.read_bytes()
    hba.write_text("nonsense\n")
    try:
        with (
            pytest.raises(EmbeddedDatabaseError, match=r"pg_hba.*server\.log"),
            EmbeddedPostgres(directory).started(),
        ):
            pass
    finally:
        hba.write_bytes(before)


def test_an_interrupted_set_up_is_begun_anew(tmp_path: Path) -> None:
    """What an interrupted first start left behind does not hinder the next."""
    unfinished = tmp_path / "postgres" / "cluster.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path / "postgres", durable=False).started():
        assert not unfinished.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A path through a file gives one clear error."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(EmbeddedDatabaseError, match="cannot be started"),
        EmbeddedPostgres(tmp_path / "file" / "postgres").started(),
    ):
        pass


@pytest.mark.usefixtures("as_root")
def test_root_opens_no_more_than_the_way() -> None:
    """Closed parents may be passed through afterwards, not listed; the server is not root's."""
    with tempfile.TemporaryDirectory() as folder:
        parent = Path(folder) / "data"
        parent.mkdir(mode=0o700)
        server = EmbeddedPostgres(parent / "postgres", durable=False)
        with server.started():
            assert Path(f"/proc/{server.pid}").stat().st_uid != 0
        assert Path(folder).stat().st_mode & 0o777 == 0o701
        assert parent.stat().st_mode & 0o777 == 0o701
        assert (parent / "postgres" / "cluster").stat().st_mode & 0o777 == 0o700


def _python_of_others() -> list[str] | None:
    """Find a Python that others may run: ours, or the system's with our packages."""
    packages = os.pathsep.join(path for path in sys.path if path)
    system = f"/usr/bin/python3.{sys.version_info.minor}"
    for program in ([sys.executable], ["/usr/bin/env", f"PYTHONPATH={packages}", system]):
        try:
            tried = [*program, "-c", "import storage.embedded"]
            if not subprocess.run(tried, check=False, cwd="/", **AS_NOBODY).returncode:
                return program
        except PermissionError:
            continue
    return None


@pytest.mark.usefixtures("as_root")
def test_an_ordinary_user_runs_it_too() -> None:
    """Without root's rights the server runs as the user itself, in folders closed to others."""
    python = _python_of_others()
    if python is None:
        leave_out("this Python, or this folder, is closed to all but root")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, 65534, 65534)
        directory = Path(folder) / "postgres"
        finished = subprocess.run(  # our own program
            [*python, "-c", START_AND_WAIT, str(directory), "0"],
            cwd="/",
            **AS_NOBODY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        assert finished.stdout.strip().isdigit()
        assert directory.stat().st_mode & 0o777 == 0o700
        # Root can take it over, and the user have it back: files keep their owner.
        with EmbeddedPostgres(directory, durable=False).started():
            pass
        assert {path.stat().st_uid for path in directory.iterdir()} == {65534}
