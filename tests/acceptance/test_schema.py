"""The service keeps to its own OpenAPI document, whatever is sent: schemathesis against it."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from tests import patient
from tests.acceptance.seen import Document, note

if TYPE_CHECKING:
    from tests.acceptance.service import Service

CONFIGURATION: Final = Path(__file__).with_name("schemathesis.toml")
EXAMPLES: Final = 25


@pytest.mark.timeout(600)
def test_schemathesis_finds_nothing(
    service: Service, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """All checks and all phases on every operation: no failure, no error, no traceback."""
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("--config-file", str(CONFIGURATION), "run", f"{service.url}/openapi.json"),
            *("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"),
            *("--max-examples", str(EXAMPLES), "--no-color"),
            *("--header", f"Authorization:{service.may_tell['Authorization']}"),
        ],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    operations = sum(
        len(item) for item in patient.get(f"{service.url}/openapi.json").json()["paths"].values()
    )
    assert f"Operations:       {operations} selected / {operations} total" in done.stdout
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert re.search(rf"✅\s+{phase}", done.stdout), phase
    # One that had failed would stand between the two.
    ((cases, passed),) = re.findall(r"(\d+) generated, (\d+) passed", done.stdout)
    assert int(cases) == int(passed) > 1000
    assert "Traceback" not in service.log()
    assert '"level":"ERROR"' not in service.log()
    if request.config.getoption("record"):
        note(
            document=Document(
                day=datetime.now(UTC).date(),
                operations=operations,
                cases=int(cases),
                failures=int(cases) - int(passed),
            )
        )
