"""Everything the service owns, opened in order and closed in the reverse order."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from opentelemetry import trace

from app.access.guard import Guard
from app.access.key_ring import KeyRing
from app.access.rate_limits import Rates
from app.access.shared_counts import sharing
from app.context import AppContext, DexState
from app.explanations.service import ExplanationService
from app.joined_calls import JoinedCalls
from app.predictions.batches import BatchService
from app.predictions.feedback_service import FeedbackService
from app.predictions.service import PredictionService
from app.served_dex import ServedDex
from app.status.drift_watch import LastDrift
from app.status.lifecycle_record import follow_lifecycle
from app.status.live import Live, LiveTally, ShadowRecorder
from capture.disabled import DisabledCapture
from capture.finder import PredictionFinder
from capture.journaled import JournaledCapture
from capture.lookup import PredictionLookup
from capture.pipeline import file_writer, journal_sink
from capture.reference import REFERENCE_FILE, load_reference
from features.contract import CONTRACT_VERSION, FEATURE_NAMES
from inference.batcher import Batcher
from inference.reloader import PredictorReloader, UnobservedModels
from inference.scoring import Duel, score
from inference.shadow import Shadow
from registry.aliases import SHADOW
from registry.cache import ModelCache
from storage.database import Database
from storage.dex_store import DexStore
from storage.drift_store import DriftStore
from storage.errors import DatabaseUnavailableError
from storage.feedback_store import FeedbackStore
from storage.key_store import KeyStore
from storage.live_store import LiveStore
from storage.observed_queries import QueryObserver
from storage.schema import await_schema, check_schema
from storage.server_watch import watch_server
from telemetry.instruments import (
    AccessInstruments,
    BatchingInstruments,
    CaptureInstruments,
    DatabaseInstruments,
    DriftInstruments,
    EventLoopInstruments,
    FeedbackInstruments,
    LifecycleInstruments,
    ModelInstruments,
    QuestionInstruments,
    ShadowInstruments,
    StreamInstruments,
)
from telemetry.lasting import call_off, keep_going

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from config.settings import Settings
    from features.dex import Dex
    from inference.predictor import Predictor
    from telemetry.setup import Telemetry

logger = logging.getLogger(__name__)

FIRST_DEX_SECONDS: Final = 10.0
"""How long a start waits for the dex before it serves, not ready, without one."""


@asynccontextmanager
async def open_runtime(
    settings: Settings, database_url: str, telemetry: Telemetry
) -> AsyncIterator[AppContext]:
    """Open what the service needs.

    A database that does not answer yet is waited for in the background: the service starts, says
    that it is not ready, and becomes ready by itself once the schema is the one of this code.

    Raises:
        StaleSchemaError: the database's schema is not the one of this code.

    """
    tracer = telemetry.tracer("dexwatch")
    model_events = ModelInstruments.create(telemetry.signals)
    database_events = DatabaseInstruments.create(telemetry.signals)
    async with AsyncExitStack() as stack:
        capture = await stack.enter_async_context(_open_capture(settings, telemetry))
        feedback_events = FeedbackInstruments.create(telemetry.signals)
        drift_events = DriftInstruments.create(telemetry.signals)
        reloader = await stack.enter_async_context(
            _open_champion(settings, model_events, feedback_events, drift_events)
        )
        database = await stack.enter_async_context(
            Database.open(
                settings.database, database_url, observer=QueryObserver(database_events, tracer)
            )
        )
        database_events.watch_pool(database.sizes)
        live = await stack.enter_async_context(_open_live(settings, telemetry, database))
        batcher = Batcher(
            reloader.current, tracer, BatchingInstruments.create(telemetry.signals), live
        )
        stack.push_async_callback(batcher.close)
        await batcher.start()

        explanations = ExplanationService(reloader.current, model_events)
        stack.push_async_callback(explanations.close)

        try:
            await check_schema(database)
        except DatabaseUnavailableError as error:
            logger.warning("the database does not answer, waiting for it: %s", error)
        dex = DexState()
        served = asyncio.Event()

        @tracer.start_as_current_span("swap dex")
        async def swap(changed: Dex) -> None:
            trace.get_current_span().set_attribute("dexwatch.dex.version", changed.version)
            dex.swap(await asyncio.to_thread(_prepare, changed, reloader.current()))
            served.set()
            database_events.dex_reloaded()
            logger.info("dex %s is served", changed.version, extra={"dex_version": changed.version})

        def compared(*, answered: bool) -> None:
            if answered:
                database_events.database_answered()
                database_events.dex_compared()
            else:
                database_events.database_lost()

        async def follow_dex() -> None:
            await await_schema(database, lambda: compared(answered=False))
            await DexStore(database).watch(swap, on_check=compared)

        drift = LastDrift(DriftStore(database), drift_events)
        guard = Guard(KeyRing(), AccessInstruments.create(telemetry.signals))
        rates = Rates.of(settings.access)
        await stack.enter_async_context(sharing(settings.stream, rates.by_name()))
        for name, work in (
            ("key watch", partial(KeyStore(database).watch, guard.keys.replace)),
            ("dex watch", follow_dex),
            ("server watch", partial(watch_server, database, database_events)),
            ("drift watch", drift.watch),
            ("event loop watch", EventLoopInstruments.create(telemetry.signals).watch),
            (
                "lifecycle",
                partial(
                    follow_lifecycle,
                    database,
                    settings.model,
                    LifecycleInstruments.create(telemetry.signals),
                ),
            ),
        ):
            stack.push_async_callback(call_off, keep_going(name, work))

        # Whoever connects first should find the dex; without a database there is none to wait for.
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_DEX_SECONDS if database.available else 0):
                await served.wait()

        def model_version() -> str | None:
            return reloader.predictor.version if reloader.predictor else None

        predictions = PredictionService(
            batcher, capture, model_events, QuestionInstruments.create(telemetry.signals), tracer
        )
        yield AppContext(
            dex=dex,
            predictions=predictions,
            batches=BatchService(predictions),
            explanations=explanations,
            feedback=FeedbackService(
                FeedbackStore(database),
                PredictionFinder(
                    PredictionLookup.of(settings).find,
                    kept=timedelta(days=settings.retention.days),
                ),
                feedback_events,
            ),
            drift=drift,
            manifest=lambda: reloader.manifest,
            render_metrics=JoinedCalls(telemetry.render_metrics),
            guard=guard,
            rates=rates,
            settings=settings.server,
            cors_origins=settings.access.origins(),
            database_available=lambda: database.available,
            model_version=model_version,
            capture_pending=lambda: capture.pending_rows,
            capture_trouble=lambda: capture.trouble,
        )


@asynccontextmanager
async def _open_champion(
    settings: Settings,
    events: ModelInstruments,
    feedback: FeedbackInstruments,
    drift: DriftInstruments,
) -> AsyncIterator[PredictorReloader]:
    """Keep the model that the alias stands for, and know what it says of the reference."""
    reference = await asyncio.to_thread(
        load_reference, settings.data_dir / REFERENCE_FILE, FEATURE_NAMES
    )

    def loaded(predictor: Predictor) -> None:
        feedback.expect(predictor.version)
        if reference is not None:
            drift.reference_scored(predictor.predict(reference.to_numpy()).tolist())

    reloader = PredictorReloader(
        ModelCache.of(settings.model, settings.data_dir),
        events,
        poll_seconds=settings.model.poll_seconds,
        on_load=loaded,
    )
    await reloader.start()
    try:
        yield reloader
    finally:
        await reloader.close()


@asynccontextmanager
async def _open_live(
    settings: Settings, telemetry: Telemetry, database: Database
) -> AsyncIterator[Live]:
    """Look at the model that answers, and at the one that the alias of the shadow stands for."""
    events = ShadowInstruments.create(telemetry.signals)
    other = PredictorReloader(
        ModelCache.of(msgspec.structs.replace(settings.model, alias=SHADOW), settings.data_dir),
        UnobservedModels(),
        poll_seconds=settings.model.poll_seconds,
        on_load=lambda predictor: events.expect(predictor.version),
        may_end=True,
    )
    await other.start()
    tally = LiveTally()
    shadow = Shadow(
        other.current, ShadowRecorder(tally, events), share=settings.lifecycle.shadow_share
    )
    async with tally.kept_in(LiveStore(database)):
        try:
            yield Live(tally, shadow)
        finally:
            await asyncio.to_thread(shadow.close)
            await other.close()


@asynccontextmanager
async def _open_capture(
    settings: Settings, telemetry: Telemetry
) -> AsyncIterator[JournaledCapture | DisabledCapture]:
    """Keep what is predicted."""
    events = CaptureInstruments.create(telemetry.signals)
    stream_events = StreamInstruments.create(telemetry.signals)
    if not settings.capture.enabled:
        logger.warning("production data: none is kept, as DEXWATCH_CAPTURE_ENABLED says")
        yield DisabledCapture()
        return
    writer = file_writer(settings, events)
    capture = JournaledCapture.start(
        settings.capture,
        settings.data_dir,
        CONTRACT_VERSION,
        sink=journal_sink(settings, events, stream_events, telemetry.tracer("dexwatch"), writer),
        events=events,
        writer=writer,
    )
    try:
        yield capture
    finally:
        await capture.close()
        if writer is not None:
            await asyncio.to_thread(writer.close)


def _prepare(dex: Dex, predictor: Predictor | None) -> ServedDex:
    """Derive what is served, and score one duel with it: first calls build what later ones use."""
    served = ServedDex.prepare(dex)
    if predictor is not None:
        form, move = dex.forms["form_id"][0], dex.moves["move_id"][0]
        score(served.frames, predictor, [Duel(form, form, (move,), None)])
    return served
