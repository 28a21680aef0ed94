"""What the process that writes files loads."""

from __future__ import annotations

import subprocess
import sys


def test_the_process_that_writes_files_loads_no_more_than_it_needs() -> None:
    """No compiler, no model, no server and no exporter: each takes more memory than its work."""
    script = (
        "import capture.writing, sys; "
        "print([name for name in ('numba', 'llvmlite', 'scipy', 'pandas', 'pyarrow', 'catboost', "
        "'mlflow', 'litestar', 'asyncpg', 'redis', 'asyncio', 'opentelemetry', 'telemetry') "
        "if name in sys.modules])"
    )
    done = subprocess.run(  # runs the line above
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )

    assert done.stdout == "[]\n"
