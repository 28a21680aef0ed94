"""Brings the model that an alias points at into the local cache.

Runs in a process of its own, since it imports MLflow; the process that serves watches the cache.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from registry.aliases import SHADOW
from registry.cache import ModelCache
from registry.deadline import within
from registry.errors import CorruptModelError, RegistryUnavailableError, UnknownModelError
from registry.location import tracking_uri, without_credentials
from registry.manifest import ModelManifest
from registry.tracking import ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.settings import ModelSettings
    from registry.manifest import CachedModel
    from registry.tracking import RegisteredModel

logger = logging.getLogger(__name__)

SYNC_SECONDS: Final = 30.0
"""Bounds one sync, MLflow's import and the download included."""


def sync(
    settings: ModelSettings, data_dir: Path, *, deadline_seconds: float = SYNC_SECONDS
) -> CachedModel:
    """Resolve the alias, download what is not cached, and make it the version to serve.

    Raises:
        RegistryUnavailableError: MLflow failed or took too long; the cache is as it was.
        UnknownModelError: nothing is registered under that name and alias.
        CorruptModelError: what is registered is not what it says; the cache is as it was.
        OSError: the cache cannot be written.

    """
    return _in_time(settings, data_dir, lambda: _sync(settings, data_dir), deadline_seconds)


def fetch(settings: ModelSettings, data_dir: Path, version: int) -> CachedModel:
    """Have a version in the cache, its checksum compared; what serves stays as it is.

    Raises:
        RegistryUnavailableError, UnknownModelError, CorruptModelError, OSError: as :func:`sync`.

    """

    def work() -> CachedModel:
        registry = ModelRegistry.open(settings, data_dir)
        return _fetch(registry, registry.version(version), settings, data_dir)

    return _in_time(settings, data_dir, work, SYNC_SECONDS)


def sync_shadow(settings: ModelSettings, data_dir: Path) -> CachedModel | None:
    """Do the same with the alias of the shadow, which need not stand for anything.

    Raises:
        RegistryUnavailableError, CorruptModelError, OSError: as :func:`sync`.

    """
    shadow = msgspec.structs.replace(settings, alias=SHADOW)
    try:
        return sync(shadow, data_dir)
    except UnknownModelError:
        ModelCache.of(shadow, data_dir).deactivate()
        return None


def _in_time(
    settings: ModelSettings, data_dir: Path, work: Callable[[], CachedModel], seconds: float
) -> CachedModel:
    try:
        return within(seconds, work)
    except TimeoutError as error:
        place = without_credentials(tracking_uri(settings, data_dir))
        raise RegistryUnavailableError(
            f"MLflow at {place} did not answer within {seconds:g} s"
        ) from error


def _sync(settings: ModelSettings, data_dir: Path) -> CachedModel:
    cache = ModelCache.of(settings, data_dir)
    registry = ModelRegistry.open(settings, data_dir)
    registered = registry.resolve(settings.alias)
    cached = _fetch(registry, registered, settings, data_dir)
    if cache.current_label() != cached.manifest.label:
        cache.activate(registered.version)
        logger.info(
            "model cache: %s of %s is current",
            cached.manifest.label,
            settings.name,
            extra={"model": settings.name, "version": registered.version},
        )
    return cached


def _fetch(
    registry: ModelRegistry, registered: RegisteredModel, settings: ModelSettings, data_dir: Path
) -> CachedModel:
    cache = ModelCache.of(settings, data_dir)
    cached = _find(cache, registered)
    if cached is None:
        _download(registry, registered, settings, cache)
        cached = cache.read(registered.version)
    return cached


def _find(cache: ModelCache, registered: RegisteredModel) -> CachedModel | None:
    try:
        cached = cache.read(registered.version)
    except CorruptModelError:  # it is not there, or a fresh copy will mend it
        return None
    # Another MLflow than before may have given the same number to another model.
    return cached if cached.manifest.sha256 == registered.sha256 else None


def _download(
    registry: ModelRegistry, registered: RegisteredModel, settings: ModelSettings, cache: ModelCache
) -> None:
    with tempfile.TemporaryDirectory(prefix="dexwatch-model-") as scratch:
        model_file, release = registry.download(registered, Path(scratch))
        if release.sha256 != registered.sha256:
            raise CorruptModelError(
                f"version {registered.version} was registered with sha256 "
                f"{registered.sha256 or 'none'}, its package holds {release.sha256}"
            )
        manifest = ModelManifest(
            **msgspec.structs.asdict(release),
            name=settings.name,
            version=registered.version,
            alias=settings.alias,
            run_id=registered.run_id,
            source=registered.source,
        )
        cache.store(model_file, manifest)
