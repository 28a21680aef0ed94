"""One frozen class of instruments a domain: built once, injected, told what happened."""

from telemetry.instruments.access import AccessInstruments
from telemetry.instruments.archive import ArchiveInstruments
from telemetry.instruments.batching import BatchingInstruments
from telemetry.instruments.capture import CaptureInstruments
from telemetry.instruments.database import DatabaseInstruments
from telemetry.instruments.drift import DriftInstruments, ReportedDrift
from telemetry.instruments.etl import EtlInstruments
from telemetry.instruments.export import ExportCounts
from telemetry.instruments.feedback import FeedbackInstruments
from telemetry.instruments.http import HttpInstruments
from telemetry.instruments.lifecycle import LifecycleInstruments
from telemetry.instruments.model import ModelInstruments
from telemetry.instruments.question import QuestionInstruments
from telemetry.instruments.registry import RegistryInstruments
from telemetry.instruments.runtime import EventLoopInstruments
from telemetry.instruments.shadow import ShadowInstruments
from telemetry.instruments.stream import StreamInstruments
from telemetry.instruments.workers import WorkerInstruments

__all__ = [
    "AccessInstruments",
    "ArchiveInstruments",
    "BatchingInstruments",
    "CaptureInstruments",
    "DatabaseInstruments",
    "DriftInstruments",
    "EtlInstruments",
    "EventLoopInstruments",
    "ExportCounts",
    "FeedbackInstruments",
    "HttpInstruments",
    "LifecycleInstruments",
    "ModelInstruments",
    "QuestionInstruments",
    "RegistryInstruments",
    "ReportedDrift",
    "ShadowInstruments",
    "StreamInstruments",
    "WorkerInstruments",
]
