"""Write prometheus/rules as a PrometheusRule to ``deploy/base/rules.yaml``; to ``-`` if asked."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import indent
from typing import Final

ROOT: Final = Path(__file__).parent.parent
RULES: Final = ROOT / "prometheus" / "rules"
TARGET: Final = ROOT / "deploy" / "base" / "rules.yaml"
HEAD: Final = """\
# Generated from prometheus/rules by `python scripts/kubernetes_rules.py`.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: dexwatch
spec:
  groups:
"""


def rendered() -> str:
    """Give the resource: the groups of all files, comments and all."""
    groups = []
    for path in sorted(RULES.glob("*.yml")):
        _, _, text = path.read_text(encoding="utf-8").partition("groups:\n")
        groups.append(indent(text.rstrip() + "\n", "  "))
    return HEAD + "".join(groups)


def main() -> None:
    """Write it."""
    if sys.argv[1:] == ["-"]:
        sys.stdout.write(rendered())
    else:
        TARGET.write_text(rendered(), encoding="utf-8")


if __name__ == "__main__":
    main()
