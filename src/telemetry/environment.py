"""The standard ``OTEL_*`` variables that decide what is exported, and where to.

What is not read here (headers, compression, certificates, batch sizes, limits, propagators) the
SDK itself takes from the environment.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    DEFAULT_OFF,
    DEFAULT_ON,
    ParentBasedTraceIdRatio,
    Sampler,
    TraceIdRatioBased,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

METRIC_INTERVAL_MILLISECONDS: Final = 10_000.0
"""Short enough for a rate over one minute to have samples at every moment."""

PROTOCOL: Final = "http/protobuf"

DEFAULT_SAMPLER: Final = "always_on"
"""The SDK's own would obey a caller who asks for no trace; here callers are anybody, and what is
kept is decided at the end of the trace (see :mod:`telemetry.sampling`)."""

_SAMPLERS: Final[Mapping[str, Sampler]] = {
    "always_on": ALWAYS_ON,
    "always_off": ALWAYS_OFF,
    "parentbased_always_on": DEFAULT_ON,
    "parentbased_always_off": DEFAULT_OFF,
}


@dataclass(frozen=True, slots=True)
class OtelEnvironment:
    """What the variables ask for. An endpoint that is ``None`` means: not exported."""

    disabled: bool
    resource_attributes: Mapping[str, str]
    traces_endpoint: str | None
    metrics_endpoint: str | None
    logs_endpoint: str | None
    metric_interval_milliseconds: float
    sampler: Sampler


def read(variables: Mapping[str, str]) -> OtelEnvironment:
    """Read the variables; as the standard asks, a malformed one is logged and left at its default.

    An empty variable counts as unset.
    """
    known = {name: value.strip() for name, value in variables.items() if value.strip()}
    return OtelEnvironment(
        disabled=known.get("OTEL_SDK_DISABLED", "").lower() == "true",
        resource_attributes=_resource_attributes(known),
        traces_endpoint=_endpoint(known, "traces"),
        metrics_endpoint=_endpoint(known, "metrics"),
        logs_endpoint=_endpoint(known, "logs"),
        metric_interval_milliseconds=_positive(
            known, "OTEL_METRIC_EXPORT_INTERVAL", METRIC_INTERVAL_MILLISECONDS
        ),
        sampler=_sampler(known),
    )


def _endpoint(variables: Mapping[str, str], signal: str) -> str | None:
    upper = signal.upper()
    if variables.get(f"OTEL_{upper}_EXPORTER", "").lower() == "none":
        return None
    endpoint = variables.get(f"OTEL_EXPORTER_OTLP_{upper}_ENDPOINT")
    if endpoint is None:
        base = variables.get("OTEL_EXPORTER_OTLP_ENDPOINT")
        endpoint = None if base is None else f"{base.rstrip('/')}/v1/{signal}"
    protocol = variables.get(
        f"OTEL_EXPORTER_OTLP_{upper}_PROTOCOL",
        variables.get("OTEL_EXPORTER_OTLP_PROTOCOL", PROTOCOL),
    )
    if endpoint is not None and protocol != PROTOCOL:
        logger.warning("%s are sent as %s; %s is not spoken here", signal, PROTOCOL, protocol)
    return endpoint


def _resource_attributes(variables: Mapping[str, str]) -> dict[str, str]:
    attributes = {}
    for pair in variables.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","):
        name, separator, value = pair.partition("=")
        if separator and name.strip():
            attributes[name.strip()] = unquote(value.strip())
        elif pair.strip():
            logger.warning("OTEL_RESOURCE_ATTRIBUTES: %r is not name=value", pair)
    if "OTEL_SERVICE_NAME" in variables:
        attributes["service.name"] = variables["OTEL_SERVICE_NAME"]
    return attributes


def _sampler(variables: Mapping[str, str]) -> Sampler:
    name = variables.get("OTEL_TRACES_SAMPLER", DEFAULT_SAMPLER).lower()
    if name in {"traceidratio", "parentbased_traceidratio"}:
        argument = variables.get("OTEL_TRACES_SAMPLER_ARG", "1")
        try:
            ratio = float(argument)
            return (
                TraceIdRatioBased(ratio)
                if name == "traceidratio"
                else ParentBasedTraceIdRatio(ratio)
            )
        except ValueError:
            logger.warning("OTEL_TRACES_SAMPLER_ARG=%s is not a ratio; 1 is used", argument)
            return ALWAYS_ON
    if name not in _SAMPLERS:
        logger.warning("OTEL_TRACES_SAMPLER=%s is not known; %s is used", name, DEFAULT_SAMPLER)
    return _SAMPLERS.get(name, ALWAYS_ON)


def _positive(variables: Mapping[str, str], name: str, default: float) -> float:
    value = variables.get(name)
    if value is None:
        return default
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if 0 < number < math.inf:
        return number
    logger.warning("%s=%s is not a positive number; %g is used", name, value, default)
    return default
