"""Print a version's section of CHANGELOG.md: `python scripts/release_notes.py 1.2.3`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

CHANGELOG: Final = Path(__file__).parent.parent / "CHANGELOG.md"


def main() -> None:
    """Print it; a version without a section ends with 1."""
    version = sys.argv[1]
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
