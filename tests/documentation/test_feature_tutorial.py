"""The tutorial docs/tutorials/a-feature-more.md, followed in a copy of the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from numba.core.caching import _CacheLocator
from tests.documentation.commands import RUN_BY
from tests.documentation.pages import ROOT, blocks, commands, read

from features.contract import FEATURE_NAMES
from features.duel.compiled import CACHE

if TYPE_CHECKING:
    from pathlib import Path

PAGE: Final = "docs/tutorials/a-feature-more.md"
LOOK: Final = """
import json
import polars as pl
from features.bins import bins
from features.contract import FEATURES
from features.groups import group_of
(added,) = [feature for feature in FEATURES if feature.name == "weight_ratio"]
value = pl.select(a_weight=69, b_weight=60).select(added.column).item()
print(json.dumps([len(FEATURES), len(bins().features), group_of(added.name), round(value, 4)]))
"""


def test_a_feature_is_added_as_the_page_says(tmp_path: Path) -> None:
    """Both changes apply, the commands run, contract, bins and groups know it; then it is gone."""
    copy = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", "--no-checkout", ROOT, copy], check=True)
    subprocess.run(["git", "reset", "--quiet"], cwd=copy, check=True)
    for name in ("src", "scripts", "docs", "tests", "grafana"):
        # Python puts its own files there at any moment, and away again.
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("*.pyc*"))
    _keep_kernels(copy)
    (copy / ".venv").symlink_to(sys.prefix)
    found = blocks(read(PAGE))
    lines = [line for language, code in found if language == "bash" for line in commands(code)]
    *work, undo = [line for line in lines if line not in RUN_BY]
    for language, code in found:
        if language == "diff":
            _change(copy, code)
    for line in dict.fromkeys(work):
        _run(copy, "bash", "-c", line)
    more = len(FEATURE_NAMES) + 1
    assert json.loads(_run(copy, sys.executable, "-c", LOOK)) == [more, more, "forms", 1.15]
    _run(copy, "bash", "-c", undo)
    assert "weight_ratio" not in (copy / "src" / "features" / "contract.py").read_text()
    changed = _run(copy, "git", "diff", "--name-only", "README.md", "CHANGELOG.md", "grafana")
    assert not changed


def _keep_kernels(copy: Path) -> None:
    """Put what is compiled already where Numba looks for it in the copy; it takes a minute."""
    cache = copy / CACHE.relative_to(ROOT)
    for package in ("features/duel", "inference"):
        there, here = (
            _CacheLocator.get_suitable_cache_subpath(str(root / "src" / package / "any.py"))
            for root in (ROOT, copy)
        )
        (cache / there).rename(cache / here)


def _run(copy: Path, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": "src"}
    done = subprocess.run(
        command, cwd=copy, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def _change(copy: Path, diff: str) -> None:
    """Apply a change by its lines; a reader finds the place without line numbers."""
    head, _, body = diff.partition("@@\n")
    path = copy / head.splitlines()[1].removeprefix("+++ b/")
    lines = body.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, before
    path.write_text(text.replace(before, after), encoding="utf-8")
