"""Local copies of registered models, which serve on when MLflow is away.

``<data_dir>/models/<name>/`` holds a folder for each version (``v3/model.cbm``,
``v3/manifest.json``) and a pointer file for each alias in use (``champion``) with the label it
stands for. Versions appear whole or not at all and pointers are replaced atomically, so readers
need no lock. There is one writer at a time.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import msgspec

from registry.errors import CorruptModelError
from registry.manifest import CachedModel, ModelManifest, describe, read_description, verify

if TYPE_CHECKING:
    from config.settings import ModelSettings

logger = logging.getLogger(__name__)

MODEL_FILE: Final = "model.cbm"
MANIFEST_FILE: Final = "manifest.json"
KEPT_VERSIONS: Final = 3

_LABEL: Final = re.compile(r"v[1-9][0-9]{0,9}")


class Mark(NamedTuple):
    """A version, and which copy of it: another MLflow may give its number to another model."""

    label: str
    inode: int
    """0 while there is no copy: it is damaged, or about to be replaced."""
    modified: int


class ModelCache:
    """The cached versions of one model, seen through one alias."""

    def __init__(self, folder: Path, alias: str) -> None:
        self.folder = folder
        self.alias = alias

    @classmethod
    def of(cls, settings: ModelSettings, data_dir: Path) -> Self:
        """Find the cache of the model and alias of the settings under the data folder."""
        return cls(data_dir / "models" / settings.name, settings.alias)

    def current_label(self) -> str | None:
        """Say which version is to be served, or None: one small read, for a watcher to poll."""
        return _read_pointer(self.folder / self.alias)

    def current_mark(self) -> Mark | None:
        """Tell the version to be served, and its present copy from every other; None without one.

        As cheap as :meth:`current_label`.
        """
        label = self.current_label()
        if label is None:
            return None
        try:
            manifest = (self.folder / label / MANIFEST_FILE).stat()
        except OSError:
            return Mark(label, 0, 0)
        return Mark(label, manifest.st_ino, manifest.st_mtime_ns)

    def read_current(self) -> CachedModel | None:
        """Return the model to serve, its checksum verified; None when there is none.

        When it is corrupt, an error is logged and the newest sound version older than it is
        taken: a newer one may have been rolled back.
        """
        label = self.current_label()
        if label is None:
            return None
        for version in self._versions():
            if version > _number(label):
                continue
            try:
                return self.read(version)
            except CorruptModelError as error:
                logger.error(  # noqa: TRY400  # the message says it all; a traceback would not
                    "model cache: v%d is not usable: %s", version, error, extra={"version": version}
                )
        return None

    def read(self, version: int) -> CachedModel:
        """Return one version, its checksum verified.

        Raises:
            CorruptModelError: it is not there, or not as its manifest describes.

        """
        folder = self.folder / f"v{version}"
        manifest = read_description(folder / MANIFEST_FILE, ModelManifest)
        if manifest.version != version:
            raise CorruptModelError(f"{folder} holds the manifest of {manifest.label}")
        verify(folder / MODEL_FILE, manifest.sha256)
        manifest = msgspec.structs.replace(manifest, alias=self.alias)
        return CachedModel(manifest=manifest, model_path=folder / MODEL_FILE)

    def store(self, model_file: Path, manifest: ModelManifest) -> None:
        """Copy a model in, in place of an earlier copy of the same version.

        Raises:
            CorruptModelError: the file is not the one of the manifest.
            OSError: the disk refused.

        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".incoming-", dir=self.folder) as name:
            incoming = Path(name) / "new"
            incoming.mkdir()
            shutil.copyfile(model_file, incoming / MODEL_FILE)
            verify(incoming / MODEL_FILE, manifest.sha256)
            (incoming / MANIFEST_FILE).write_bytes(describe(manifest))
            _sync(incoming / MODEL_FILE)
            _sync(incoming / MANIFEST_FILE)
            place = self.folder / manifest.label
            with contextlib.suppress(FileNotFoundError):
                place.rename(Path(name) / "old")
            incoming.rename(place)
        _sync(self.folder)

    def activate(self, version: int) -> None:
        """Point the alias at a stored version, and let go of the oldest that no alias needs.

        Raises:
            OSError: the disk refused.

        """
        with tempfile.TemporaryDirectory(prefix=".incoming-", dir=self.folder) as name:
            pointer = Path(name) / self.alias
            pointer.write_text(f"v{version}\n", encoding="ascii")
            _sync(pointer)
            pointer.replace(self.folder / self.alias)
        _sync(self.folder)
        needed = {_read_pointer(entry) for entry in self.folder.iterdir() if entry.is_file()}
        for old in self._versions()[KEPT_VERSIONS:]:
            if f"v{old}" not in needed:
                shutil.rmtree(self.folder / f"v{old}", ignore_errors=True)

    def deactivate(self) -> None:
        """Let the alias stand for nothing.

        Raises:
            OSError: the disk refused.

        """
        if self.current_label() is not None:
            (self.folder / self.alias).unlink(missing_ok=True)
            _sync(self.folder)

    def _versions(self) -> list[int]:
        """List the cached versions, newest first."""
        try:
            names = [entry.name for entry in self.folder.iterdir()]
        except OSError:
            return []
        return sorted((_number(name) for name in names if _LABEL.fullmatch(name)), reverse=True)


def _read_pointer(path: Path) -> str | None:
    try:
        label = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return label if _LABEL.fullmatch(label) else None


def _number(label: str) -> int:
    return int(label.removeprefix("v"))


def _sync(path: Path) -> None:
    """Bring a file's content, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
