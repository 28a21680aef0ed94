"""The standard variables keep their standard meaning."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from telemetry.environment import read


def test_without_an_endpoint_nothing_is_exported() -> None:
    """No variable, or an empty one, means no export, sampling all, every ten seconds."""
    asked = read({"OTEL_EXPORTER_OTLP_ENDPOINT": ""})
    assert (asked.traces_endpoint, asked.metrics_endpoint, asked.logs_endpoint) == (None,) * 3
    assert not asked.disabled
    assert asked.metric_interval_milliseconds == 10_000
    assert asked.sampler is ALWAYS_ON


def test_the_common_endpoint_serves_every_signal() -> None:
    """A common endpoint gets each signal's path; a trailing slash changes nothing."""
    for base in ("http://collector:4318", "http://collector:4318/"):
        asked = read({"OTEL_EXPORTER_OTLP_ENDPOINT": base})
        assert asked.traces_endpoint == "http://collector:4318/v1/traces"
        assert asked.metrics_endpoint == "http://collector:4318/v1/metrics"
        assert asked.logs_endpoint == "http://collector:4318/v1/logs"


def test_a_signals_own_endpoint_is_taken_as_it_is() -> None:
    """A signal's own endpoint wins over the common one, without a path added."""
    asked = read(
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://loki:3100/otlp/v1/logs",
        }
    )
    assert asked.logs_endpoint == "http://loki:3100/otlp/v1/logs"
    assert asked.traces_endpoint == "http://collector:4318/v1/traces"


def test_one_signal_alone_can_be_exported() -> None:
    """A signal's endpoint exports that signal only, and the exporter "none" none of it."""
    asked = read({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://tempo:4318/v1/traces"})
    assert asked.traces_endpoint is not None
    assert asked.metrics_endpoint is None
    off = read(
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
            "OTEL_METRICS_EXPORTER": "none",
        }
    )
    assert off.metrics_endpoint is None
    assert off.logs_endpoint is not None


@pytest.mark.parametrize(
    ("name", "argument", "description"),
    [
        ("always_on", "", "AlwaysOnSampler"),
        ("always_off", "", "AlwaysOffSampler"),
        ("parentbased_always_off", "", "ParentBased{root:AlwaysOffSampler"),
        ("traceidratio", "0.25", "TraceIdRatioBased{0.25}"),
        ("parentbased_traceidratio", "0.5", "ParentBased{root:TraceIdRatioBased{0.5}"),
    ],
)
def test_the_sampler_is_chosen_by_name(name: str, argument: str, description: str) -> None:
    """Each standard sampler, and its ratio, is honoured."""
    asked = read({"OTEL_TRACES_SAMPLER": name, "OTEL_TRACES_SAMPLER_ARG": argument})
    assert asked.sampler.get_description().startswith(description)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "soon"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "-1"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "nan"),
        ("OTEL_RESOURCE_ATTRIBUTES", "no-equals-sign"),
    ],
)
def test_a_malformed_variable_is_told_and_left_at_its_default(
    variable: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake in a variable never stops the service, and the log names the variable."""
    asked = read({variable: value})
    assert asked == read({})
    assert variable in caplog.text


def test_a_ratio_that_is_none_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """A ratio outside of 0..1 samples everything, with a warning."""
    asked = read({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "7"})
    assert asked.sampler is ALWAYS_ON
    assert "OTEL_TRACES_SAMPLER_ARG" in caplog.text


def test_another_protocol_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever asks for gRPC learns that it is HTTP that is spoken."""
    read(
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        }
    )
    assert "grpc is not spoken here" in caplog.text


def test_resource_attributes_are_decoded_and_the_service_name_wins() -> None:
    """Attributes are percent-decoded; OTEL_SERVICE_NAME wins over service.name."""
    asked = read(
        {
            "OTEL_RESOURCE_ATTRIBUTES": "service.name=a, deployment.environment.name=pre%20prod",
            "OTEL_SERVICE_NAME": "b",
        }
    )
    assert asked.resource_attributes == {
        "service.name": "b",
        "deployment.environment.name": "pre prod",
    }


def test_the_sdk_can_be_disabled() -> None:
    """OTEL_SDK_DISABLED is honoured, whatever its case."""
    assert read({"OTEL_SDK_DISABLED": "True"}).disabled
    assert not read({"OTEL_SDK_DISABLED": "no"}).disabled
