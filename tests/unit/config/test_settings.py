"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    ],
)
def test_a_wrong_or_unknown_variable_is_named_in_one_line(variable: str, value: str) -> None:
    """The error names the variable, and fits on a line."""
    with pytest.raises(SettingsError, match=variable) as caught:
        read({variable: value})
    assert "\n" not in str(caught.value)
