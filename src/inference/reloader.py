"""Keep the served predictor the one that the local model cache points at.

The registry moves models into the cache; this side only looks at the cache, so that the serving
process depends on no registry being reachable.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from inference.predictor import IncompatibleModelError, Predictor
from telemetry.lasting import call_off, keep_going

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from registry.cache import Mark, ModelCache
    from registry.manifest import ModelManifest

logger = logging.getLogger(__name__)


class ModelEvents(Protocol):
    """What becomes of models, for metrics."""

    def model_loaded(
        self, version: str, seconds: float, /, *, trained_at: datetime | None = None
    ) -> None:
        """Note that a model began to serve after taking so long to load."""

    def model_load_failed(self) -> None:
        """Note that a model could not be loaded; the one before it answers on."""

    def model_checked(self) -> None:
        """Note that it was looked whether another model is to serve."""


class UnobservedModels:
    """``ModelEvents`` that nobody asks for."""

    def model_loaded(
        self, version: str, seconds: float, /, *, trained_at: datetime | None = None
    ) -> None:
        """Note nothing."""

    def model_load_failed(self) -> None:
        """Note nothing."""

    def model_checked(self) -> None:
        """Note nothing."""


class PredictorReloader:
    """Owns the current predictor; swaps it when another version or copy of it is current.

    The new one is loaded, off the event loop, before the old one is let go, and a version that
    cannot be loaded leaves the old one serving.
    """

    def __init__(
        self,
        cache: ModelCache,
        events: ModelEvents,
        *,
        poll_seconds: float,
        on_load: Callable[[Predictor], None] = lambda _: None,
        may_end: bool = False,
    ) -> None:
        """Take the cache to watch; nothing is read before :meth:`start`.

        Args:
            cache: of the model, seen through one alias.
            events: what becomes of it.
            poll_seconds: between two looks.
            on_load: called, off the event loop, with each predictor before it serves.
            may_end: whether the predictor is let go when the alias stands for nothing any more;
                otherwise the last one serves on.

        """
        self._may_end = may_end
        self._on_load = on_load
        self._cache = cache
        self._events = events
        self._poll_seconds = poll_seconds
        self._task: asyncio.Task[None] | None = None
        self._tried: Mark | None = None
        self.predictor: Predictor | None = None
        self.manifest: ModelManifest | None = None

    def current(self) -> Predictor | None:
        """Give the predictor that answers now."""
        return self.predictor

    async def start(self) -> None:
        """Load the current model, if there is one, and begin to watch."""
        await self._reload()
        self._task = keep_going("model reloader", self._watch)

    async def close(self) -> None:
        """Stop watching; the predictor stays."""
        if self._task is not None:
            await call_off(self._task)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds)
            await self._reload()

    async def _reload(self) -> None:
        mark = await asyncio.to_thread(self._cache.current_mark)
        self._events.model_checked()
        if mark is None and self._may_end:
            self.predictor = self.manifest = self._tried = None
        if mark is None or mark == self._tried:
            return
        if self._tried and mark.label == self._tried.label and not mark.inode:
            return  # its copy is being replaced
        self._tried = mark
        began = monotonic()
        try:
            loaded = await asyncio.to_thread(self._load)
        except IncompatibleModelError as error:
            self._events.model_load_failed()
            logger.error("model not loaded: %s", error)  # noqa: TRY400  # the message says it all
            return
        except Exception:
            # Whatever is wrong with a new model, the old one answers on and the watch goes on.
            self._events.model_load_failed()
            logger.exception("model %s could not be loaded, trying again", mark.label)
            self._tried = None
            return
        if loaded is None:
            self._tried = None  # nothing usable yet: look again
            return
        self.predictor, self.manifest = loaded
        seconds = monotonic() - began
        self._events.model_loaded(
            self.predictor.version, seconds, trained_at=self.manifest.trained_at
        )
        logger.info(
            "model %s loaded in %.2f s",
            self.predictor.version,
            seconds,
            extra={"model": mark.label},
        )

    def _load(self) -> tuple[Predictor, ModelManifest] | None:
        cached = self._cache.read_current()
        if cached is None:
            return None
        manifest = cached.manifest
        predictor = Predictor.load(
            cached.model_path, version=manifest.label, contract_version=manifest.contract_version
        )
        self._on_load(predictor)
        return predictor, manifest
