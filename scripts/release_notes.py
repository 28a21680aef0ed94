"""Print a version's section of CHANGELOG.md: `python scripts/release_notes.py 1.2.3`.

Refuses a version that the code does not bear: images say of themselves which they are.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
CHANGELOG: Final = ROOT / "CHANGELOG.md"
NEXT: Final = "Unreleased"


def main() -> None:
    """Print it; a version without a section, or of other code, ends with 1."""
    version = sys.argv[1]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if version not in {project["version"], NEXT}:
        sys.exit(f"the code is of version {project['version']}, not {version}")
    section = re.search(
        rf"^## {re.escape(version)}\b.*?\n(.+?)(?=^## |\Z)",
        CHANGELOG.read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    if section is None:
        sys.exit(f"{CHANGELOG.name} has no section for {version}")
    sys.stdout.write(section[1].strip() + "\n")


if __name__ == "__main__":
    main()
