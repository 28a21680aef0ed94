"""Which parts rows go through, as the settings say.

What needs Redis' client is imported where there is a stream: it takes a quarter of a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from capture.archive.history import CaptureHistory
from capture.file_writer import FileWriter
from capture.object_store import ObjectStore
from capture.parquet_sink import ParquetSink
from features.contract import CONTRACT_VERSION, FEATURE_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from opentelemetry.trace import Tracer

    from capture.files import CapturedFiles
    from capture.interface import CaptureEvents, StreamEvents
    from capture.sink import Sink
    from capture.streams.consumer import StreamConsumer
    from capture.streams.lookup import StreamLookup
    from config.settings import Settings


def captured_files(settings: Settings) -> CapturedFiles:
    """Give where files are kept: the data folder, or an object store."""
    return files_at(settings.data_dir, settings.capture.output)


def files_at(data_dir: Path, output: str | None) -> CapturedFiles:
    """Give the files of a data folder, or of an object store instead."""
    return ObjectStore(output.rstrip("/")) if output else CaptureHistory.of(data_dir)


def file_writer(settings: Settings, events: CaptureEvents) -> FileWriter | None:
    """Start what writes files beside a serving process, unless a worker does behind a stream."""
    if settings.stream.url is not None:
        return None
    return FileWriter(settings.data_dir, settings.capture.output, events)


def parquet_sink(
    settings: Settings, events: CaptureEvents, writer: FileWriter | None = None
) -> ParquetSink:
    """Give what writes files."""
    return ParquetSink(captured_files(settings), FEATURE_NAMES, events, writer)


def journal_sink(
    settings: Settings,
    events: CaptureEvents,
    stream_events: StreamEvents,
    tracer: Tracer,
    writer: FileWriter | None = None,
) -> Sink:
    """Give where rows go from the journal: into files, or into the stream."""
    files = parquet_sink(settings, events, writer)
    if settings.stream.url is None:
        return files
    from capture.streams.sink import StreamSink  # noqa: PLC0415  # see above

    return StreamSink(
        settings.stream, CONTRACT_VERSION, fits=files.fits, events=stream_events, tracer=tracer
    )


def stream_consumer(
    settings: Settings, events: CaptureEvents, stream_events: StreamEvents, tracer: Tracer
) -> StreamConsumer:
    """Give what brings rows from the stream into files."""
    from capture.streams.consumer import StreamConsumer  # noqa: PLC0415  # see above

    return StreamConsumer(
        settings.stream, settings.capture, parquet_sink(settings, events), stream_events, tracer
    )


def stream_lookup(settings: Settings) -> StreamLookup | None:
    """Give what finds rows in the stream, where there is one."""
    if settings.stream.url is None:
        return None
    from capture.streams.lookup import StreamLookup  # noqa: PLC0415  # see above

    return StreamLookup(settings.stream)
