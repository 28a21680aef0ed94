"""How kernels are compiled: ahead of use, to a cache that only this version of the code reads.

Numba notices a change of the function's own file, not of the files of the functions that it calls;
so the cache's folder carries a digest of the whole package.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numba
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    F = TypeVar("F", bound=Callable[..., object])

_HERE: Final = Path(__file__).parent


def _digest() -> str:
    # The codes of special effects are numbered by the dex contract.
    sources = [*sorted(_HERE.glob("*.py")), _HERE.parent / "dex.py"]
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources))
    return digest.hexdigest()[:12]


def cache_folder(beside: Path, name: str) -> Path:
    """Give a folder that numba can write to: beside the code, else the user's own.

    An installation that cannot be written to may hold compiled kernels: they are copied.
    """
    for parent in (beside, Path.home() / ".cache" / "dexwatch"):
        try:
            parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=parent):
                break
        except OSError:
            continue
    else:
        parent = Path(tempfile.mkdtemp(prefix="dexwatch-kernels-"))
    folder, compiled = parent / name, beside / name
    if folder != compiled and compiled.is_dir() and not folder.exists():
        # Several processes may start at once: each copies aside, the first one's copy is taken.
        copy = Path(tempfile.mkdtemp(dir=parent))
        shutil.copytree(compiled, copy / name)
        with suppress(OSError):
            (copy / name).rename(folder)
        shutil.rmtree(copy, ignore_errors=True)
    return folder


CACHE: Final = cache_folder(_HERE / "__pycache__", f"kernels-{_digest()}")
# Numba's stubs know neither the folder of its cache nor the switch below.
numba.config.CACHE_DIR = str(CACHE)  # type: ignore[attr-defined]  # see above


def is_cached(function: Callable[..., object]) -> bool:
    """Tell whether a kernel's machine code is in the cache."""
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
    return any(CACHE.rglob(f"{name}-*.nbc"))


def remove_outdated() -> None:
    """Remove the caches that other versions of this code have left beside it."""
    for folder in (_HERE / "__pycache__").glob("kernels-*"):
        if folder != CACHE:
            shutil.rmtree(folder, ignore_errors=True)


def kernel(function: F) -> F:
    """Compile to machine code that holds no lock of the interpreter.

    Floating point stays strict: the same bits on every machine. Arrays are borrowed, never counted
    or made (``_nrt``): counting references took nine tenths of the time.
    """
    compiled: F = njit(  # type: ignore[call-overload]  # see above
        cache=True, nogil=True, error_model="numpy", forceinline=True, _nrt=False
    )(function)
    return compiled
