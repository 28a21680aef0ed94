"""One frozen class of instruments a domain: built once, injected, told what happened."""

from telemetry.instruments.capture import CaptureInstruments
from telemetry.instruments.database import DatabaseInstruments
from telemetry.instruments.etl import EtlInstruments
from telemetry.instruments.http import HttpInstruments
from telemetry.instruments.model import ModelInstruments

__all__ = [
    "CaptureInstruments",
    "DatabaseInstruments",
    "EtlInstruments",
    "HttpInstruments",
    "ModelInstruments",
]
