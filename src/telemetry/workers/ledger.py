"""The numbers of one process, in a file that outlives it."""

from __future__ import annotations

import fcntl
import threading
from contextlib import suppress
from time import monotonic, sleep, time
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec
from prometheus_client.mmap_dict import MmapedDict

from telemetry.workers.series import SUM, Cell, Form, Series, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX: Final = ".ledger"
_LOCK: Final = ".lock"
_EXEMPLARS: Final = ".exemplars"
_LOCK_SECONDS: Final = 1.0

_VOID_AT_START: Final = frozenset({Form.UPDOWN, Form.GAUGE, Form.OBSERVED_UPDOWN})


class Exemplar(msgspec.Struct, frozen=True, array_like=True):
    """A measurement that leads to a trace."""

    series: Series
    bucket: int
    value: float
    time_unix_nano: int
    trace_id: str
    span_id: str


class Ledger:
    """Numbers that are in the file as soon as they are written. May be used from any thread.

    The file belongs to one process at a time, which holds a lock as long as it lives; whoever
    takes it over goes on with its counters and histograms, and begins the rest anew.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Open or make the ledger ``name``.

        Raises:
            BlockingIOError: another process has it.
            OSError: the folder cannot be used.

        """
        folder.mkdir(parents=True, exist_ok=True)
        self._owned = (folder / f"{name}{_LOCK}").open("w")
        _lock(self._owned)
        self._lock = threading.Lock()
        file: Any = MmapedDict  # untyped
        self._file = file(str(folder / f"{name}{SUFFIX}"))
        self._values: dict[str, float] = {
            key: value for key, value, _ in self._file.read_all_values()
        }
        for key in self._values:
            if decode(key).series.form in _VOID_AT_START:
                self._write(key, 0.0, 0.0)
        self._exemplars_path = folder / f"{name}{_EXEMPLARS}"
        self._exemplars: dict[tuple[Series, int], Exemplar] = {}

    def close(self) -> None:
        """Let go of the file, which stays."""
        with self._lock:
            self._file.close()
            self._owned.close()

    def add(self, key: str, amount: float) -> None:
        """Add to a number."""
        with self._lock:
            self._write(key, self._values.get(key, 0.0) + amount, time())

    def add_to_histogram(self, bucket: str, total: str, value: float) -> None:
        """Add a measurement to its bucket and to the sum."""
        now = time()
        with self._lock:
            self._write(bucket, self._values.get(bucket, 0.0) + 1.0, now)
            self._write(total, self._values.get(total, 0.0) + value, now)

    def put(self, key: str, value: float) -> None:
        """Put a number in the place of the one before."""
        with self._lock:
            self._write(key, value, time())

    def value(self, key: str) -> float:
        """Give a number, 0 for one that is not there."""
        with self._lock:
            return self._values.get(key, 0.0)

    def remember(self, exemplar: Exemplar) -> None:
        """Keep an exemplar in the place of its bucket's last."""
        with self._lock:
            self._exemplars[exemplar.series, exemplar.bucket] = exemplar

    def save_exemplars(self) -> None:
        """Write the exemplars down; a process that is killed loses those since the last time."""
        with self._lock:
            encoded = msgspec.json.encode(list(self._exemplars.values()))
        temporary = self._exemplars_path.with_suffix(".new")
        temporary.write_bytes(encoded)
        temporary.replace(self._exemplars_path)

    def _write(self, key: str, value: float, at: float) -> None:
        self._values[key] = value
        self._file.write_value(key, value, at)


class LedgerView:
    """A ledger as any process sees it."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.name = name

    def alive(self) -> bool:
        """Say whether a process has the ledger."""
        with (self._folder / f"{self.name}{_LOCK}").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def numbers(self) -> Iterator[tuple[str, float, float]]:
        """Give name, value and time of writing of each number."""
        path = self._folder / f"{self.name}{SUFFIX}"
        file: Any = MmapedDict  # untyped
        for key, value, at, _ in file.read_all_values_from_file(str(path)):
            yield key, value, at

    def exemplars(self) -> list[Exemplar]:
        """Give the exemplars last written down."""
        with suppress(FileNotFoundError):
            content = (self._folder / f"{self.name}{_EXEMPLARS}").read_bytes()
            return msgspec.json.decode(content, type=list[Exemplar])
        return []


def ledgers(folder: Path) -> list[LedgerView]:
    """Find the ledgers in a folder."""
    return [LedgerView(folder, path.stem) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def _lock(file: IO[str]) -> None:
    """Take the lock; who only asks whether we live holds it for microseconds."""
    deadline = monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > deadline:
                file.close()
                raise
            sleep(_LOCK_SECONDS / 100)
        else:
            return


def bucket_key(series: Series, bucket: int) -> str:
    """Name a bucket of a histogram."""
    return encode(Cell(series, str(bucket)))


def sum_key(series: Series) -> str:
    """Name the sum of a histogram."""
    return encode(Cell(series, SUM))
