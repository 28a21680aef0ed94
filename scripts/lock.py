"""Resolve the dependencies into hashed locks that name no package index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent

LOCKS: Final = (
    ("requirements.lock", ["pyproject.toml", "--group", "build"]),
    ("requirements-dev.lock", ["pyproject.toml", "--group", "dev", "-c", "requirements.lock"]),
    ("requirements-audit.lock", ["--group", "audit"]),
    ("requirements-evidently.lock", ["--group", "evidently"]),
    ("requirements-node.lock", ["--group", "node"]),
    (
        "requirements-scale.lock",
        ["pyproject.toml", "--extra", "scale", "--group", "build", "-c", "requirements.lock"],
    ),
    ("requirements-ui.lock", ["--group", "ui", "-c", "requirements.lock"]),
    ("requirements-uv.lock", ["--group", "uv"]),
    (
        "requirements-docs.lock",
        ["--group", "docs", "-c", "requirements.lock", "-c", "requirements-dev.lock"],
    ),
)


def main() -> None:
    """Write every lock; name packages on the command line to upgrade them."""
    upgrades = [option for name in sys.argv[1:] for option in ("--upgrade-package", name)]
    for lock, sources in LOCKS:
        command = [
            str(Path(sys.executable).with_name("uv")),
            *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
            *("--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate"),
            *sources,
            *("--output-file", lock),
            *upgrades,
        ]
        subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603  # our own arguments


if __name__ == "__main__":
    main()
