"""Commands in folders of their own, as in containers, by the kernel's own means.

A command sees the folders of an image, the host's /usr, and what is mounted for it; nothing else of
the machine, and no network but that of its neighbours. That takes root, on Linux.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.programs import leave_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FOLDERS: Final = ("app", "etc", "home", "opt")
"""What an image has of its own; the rest is the host's /usr, with this Python as /usr/local."""
HIDDEN: Final = ("node", "nodejs", "npm", "npx")
"""Programs of the host that no image may rely on."""


def _bind(source: Path, target: str) -> str:
    return f'mount --bind {shlex.quote(str(source))} "$root"{shlex.quote(target)}'


def _link(name: str) -> str:
    """Give what makes /bin and its like where the host has them within /usr."""
    path = Path("/") / name
    return f'ln -s {path.readlink()} "$root/{name}"' if path.is_symlink() else ""


_SYSTEM: Final = (
    'mount -t tmpfs -o mode=0755 tmpfs "$root"',
    'for name in usr proc dev run var tmp; do mkdir "$root/$name"; done',
    'ln -s ../run "$root/var/run"',
    *map(_link, ("bin", "sbin", "lib", "lib64")),
    'mount --rbind /usr "$root/usr" && mount -o remount,bind,ro "$root/usr"',
    _bind(Path(sys.base_prefix), "/usr/local"),
    'mount -o remount,bind,ro "$root/usr/local"',
    f'for name in {" ".join(HIDDEN)}; do program="$root/usr/bin/$name"',
    '[ ! -e "$program" ] || mount --bind /dev/null "$program"; done',
    'mount --rbind /proc "$root/proc" && mount --rbind /dev "$root/dev"',
)
"""What every container has of the machine."""
_LOOPBACK_UP: Final = """
import fcntl, socket, struct, time
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))
print("ready", flush=True)
time.sleep(3600)
"""
"""As `ip link set lo up` does, which the image that the gate runs in does not have."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """How a command is run."""

    folders: Path
    """That hold the image's FOLDERS."""
    environment: Mapping[str, str]
    read_only: bool = False
    """A service's container is; one that an image is built in is not, and holds all rights."""
    user: str = "0:0"
    capabilities: Sequence[str] = ()
    """Of root; ordinary users have none."""
    directory: str = "/app"
    mounts: Mapping[str, tuple[Path, bool]] = field(default_factory=dict)
    """Where, to what of the host, and whether it may be written to."""
    tmpfs: Sequence[str] = ()
    network: Path | None = None
    """Of the neighbours; None is the host's."""

    def command(self, *words: str) -> list[str]:
        """Give the command that runs ``words`` in the container."""
        entering = [] if self.network is None else ["nsenter", f"--net={self.network}"]
        script = "\n".join((*self._mounting(), self._starting()))
        return [
            *entering,
            *("unshare", "--mount", "--propagation=private", "sh", "-eu", "-c", script, "sh"),
            *words,
        ]

    def run(self, *words: str) -> str:
        """Run a command to its end; give what it printed."""
        done = subprocess.run(
            self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        said = done.stdout.decode(errors="replace")
        assert done.returncode == 0, f"{' '.join(words)}\n{said}"
        return said

    def _mounting(self) -> Iterator[str]:
        root = self.folders / "root"
        root.mkdir(exist_ok=True)
        yield f"root={shlex.quote(str(root))}"
        yield from _SYSTEM
        for name in FOLDERS:
            yield f'mkdir "$root/{name}"; {_bind(self.folders / name, f"/{name}")}'
        for target, (path, writable) in sorted(self.mounts.items()):
            parent, place = shlex.quote(str(Path(target).parent)), shlex.quote(target)
            if path.is_dir():
                yield f'mkdir -p "$root"{place}'
            else:
                yield f'mkdir -p "$root"{parent}; [ -e "$root"{place} ] || touch "$root"{place}'
            yield _bind(path, target)
            if not writable:
                yield f'mount -o remount,bind,ro "$root"{place}'
        for entry in self.tmpfs:
            target, _, options = entry.partition(":")
            yield f'mkdir -p "$root{target}"'
            yield f'mount -t tmpfs -o {options},noexec,nosuid,nodev tmpfs "$root{target}"'
        if self.read_only:
            for name in ("", *(f"/{name}" for name in FOLDERS)):
                kind = "remount,bind,ro" if name else "remount,ro"
                yield f'mount -o {kind} "$root{name}"'

    def _starting(self) -> str:
        words = ["env", "-i", f"--chdir={self.directory}"]
        words += [f"{name}={value}" for name, value in self.environment.items()]
        if self.read_only:
            uid, gid = self.user.split(":")
            allowed = ",".join(["-all", *(f"+{name.lower()}" for name in self.capabilities)])
            words += ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
            words += ["--no-new-privs", "--inh-caps=-all", f"--bounding-set={allowed}"]
        return f'exec chroot "$root" {shlex.join(words)} "$@"'


@contextmanager
def neighbourhood() -> Iterator[Path]:
    """Make a network that nothing but loopback belongs to, for as long as the block lasts."""
    words = ["unshare", "--net", sys.executable, "-c", _LOOPBACK_UP]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"ready\n"
            yield Path(f"/proc/{holder.pid}/ns/net")
        finally:
            holder.kill()


def require_namespaces() -> None:
    """Leave a test out where nobody can be confined, or fail where ``CI`` is set."""
    probing = ["unshare", "--mount", "--net", "true"]
    able = sys.platform.startswith("linux") and os.geteuid() == 0 and shutil.which("unshare")
    if able and subprocess.run(probing, check=False, capture_output=True).returncode == 0:
        return
    leave_out("containers without an engine take root on Linux, with the right to mount")
