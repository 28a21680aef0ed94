"""``python -m capture.writing``: the process that writes capture files for a serving one."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from capture.file_writer import GIVING_WAY, Written
from capture.pipeline import files_at
from capture.record import CapturedPrediction
from capture.unwritable import UnwritableRowsError, add_file
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from capture.files import CapturedFiles

_decode: Final = msgspec.msgpack.Decoder(list[CapturedPrediction]).decode
_encode: Final = msgspec.msgpack.Encoder().encode


def main(descriptor: int, data_dir: Path, output: str, *manner: str) -> None:
    """Write a file for each batch that comes, until whoever sends them is no more.

    With :data:`GIVING_WAY` it gives way once it is ready: a service that stops soon must not wait
    for its start.
    """
    if GIVING_WAY in manner:
        _give_way()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    files = files_at(data_dir, output or None)
    with socket.socket(fileno=descriptor) as ours:
        # The journal's lock comes first; kept open, it is held until we end.
        greeting, _locks, _, _ = socket.recv_fds(ours, 1, 1)
        if not greeting:
            return
        with Connection(ours.detach()) as connection:
            try:
                while True:
                    batch = _decode(connection.recv_bytes())
                    connection.send_bytes(_encode(_written(files, batch)))
            except (EOFError, ConnectionError):
                return


def _give_way() -> None:
    """Work only while nobody else in the session wants to, in all threads."""
    if sys.platform == "linux":
        # A nice thread finishes its turn, some milliseconds; an idle one is interrupted at once.
        for thread in Path("/proc/self/task").iterdir():
            os.sched_setscheduler(int(thread.name), os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(19)


def _written(files: CapturedFiles, batch: list[CapturedPrediction]) -> Written:
    try:
        return Written(add_file(files, batch, FEATURE_NAMES))
    except OSError as error:
        trouble = error.strerror or type(error).__name__
        return Written(errno=error.errno or errno.EIO, trouble=trouble)
    except UnwritableRowsError as error:
        return Written(unwritable=[*error.ids], fault=traceback.format_exc())


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], *sys.argv[4:])
