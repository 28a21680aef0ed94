"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from capture.streams.connection import connect
from config.settings import Settings, SettingsError, read


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing has to be set; variables of others are none of our business."""
    assert read({"PATH": "/bin", "OTEL_SERVICE_NAME": "x"}) == Settings()


def test_variables_reach_their_place() -> None:
    """Numbers, paths and text are decoded into the package's own struct."""
    settings = read(
        {
            "DEXWATCH_PORT": "8123",
            "DEXWATCH_DATA_DIR": "some where",
            "DEXWATCH_CAPTURE_MAX_AGE_SECONDS": "1.5",
            "MLFLOW_TRACKING_URI": "http://localhost:5000",
        }
    )
    assert settings.server.port == 8123
    assert settings.data_dir == Path("some where")
    assert settings.capture.max_age_seconds == 1.5
    assert settings.model.tracking_uri == "http://localhost:5000"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DEXWATCH_PORT", "many"),
        ("DEXWATCH_PORT", "0"),
        ("DEXWATCH_PORT", "70000"),
        ("DEXWATCH_PORT", ""),
        ("DEXWATCH_CAPTURE_ROWS_PER_FILE", "-1"),
        ("DEXWATCH_PROT", "8000"),
        ("DEXWATCH_LOG_LEVEL", "foo"),
        ("DEXWATCH_MODEL_ALIAS", "v1"),
        ("DEXWATCH_MODEL_NAME", "../elsewhere"),
        ("DEXWATCH_RATE_LIMIT", "many"),
        ("DEXWATCH_RATE_LIMIT", "0/minute"),
        ("DEXWATCH_KEY_RATE_LIMIT", "5 per fortnight"),
        ("DEXWATCH_CORS_ORIGINS", "*"),
        ("DEXWATCH_CORS_ORIGINS", "https://a.example/path"),
        ("DEXWATCH_TRUSTED_PROXIES", "*"),
        ("DEXWATCH_MAX_CONNECTIONS", "1"),
        ("DEXWATCH_REDIS_URL", "localhost:6379"),
        ("DEXWATCH_REDIS_URL", "http://localhost:6379"),
        ("DEXWATCH_REDIS_URL", "redis://"),
        ("DEXWATCH_REDIS_URL", "redis://localhost:port"),
        ("DEXWATCH_REDIS_URL", "redis://local host"),
        ("DEXWATCH_STREAM_NAME", "with {braces}"),
        ("DEXWATCH_STREAM_CLAIM_SECONDS", "0.1"),
        ("DEXWATCH_CAPTURE_OUTPUT", "a/folder"),
        ("DEXWATCH_CAPTURE_OUTPUT", "s3://bucket/*"),
    ],
)
def test_a_wrong_or_unknown_variable_is_named_in_one_line(variable: str, value: str) -> None:
    """The error names the variable, and fits on a line."""
    with pytest.raises(SettingsError, match=variable) as caught:
        read({variable: value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://localhost:6379/2",
        "rediss://user:s3cret@redis.example.org:6380/0?ssl_cert_reqs=required",
        "redis://:s3cret@[::1]:6379",
        "unix:///run/redis/redis.sock?db=1",
    ],
)
def test_every_way_to_reach_redis_is_taken(url: str) -> None:
    """What the client understands is a setting, and the client understands it."""
    settings = read({"DEXWATCH_REDIS_URL": url})
    assert settings.stream.url == url
    connect(settings.stream).close()


def test_a_password_is_not_told() -> None:
    """A wrong URL is refused without being repeated."""
    with pytest.raises(SettingsError) as caught:
        read({"DEXWATCH_REDIS_URL": "redis://user:s3cret@redis:port"})
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in str(caught.value.__cause__)
