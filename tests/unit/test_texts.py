"""Texts that are beside some checkouts and not beside others."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

from tests import texts

TESTS = Path(texts.__file__).parent


def test_a_clone_does_without(tmp_path: Path) -> None:
    """Their tests are left out where there is none, also under CI, and not once there is one."""
    copied = tmp_path / "clone" / "tests" / "texts.py"
    copied.parent.mkdir(parents=True)
    shutil.copy(texts.__file__, copied)
    alone = runpy.run_path(str(copied))
    assert alone["of_the_texts"].mark.args == (True,)
    alone["GUIDE"].parent.mkdir(parents=True)
    alone["GUIDE"].touch()
    assert runpy.run_path(str(copied))["of_the_texts"].mark.args == (False,)


def test_nobody_else_looks_for_them() -> None:
    """One module knows where they are, so one rule holds."""
    names = (texts.GUIDE.name, texts.NAMES.name)
    looking = {
        path
        for path in TESTS.rglob("*.py")
        if any(name in path.read_text("utf-8") for name in names)
    }
    assert looking == {TESTS / "texts.py"}
