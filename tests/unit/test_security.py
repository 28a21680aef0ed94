"""The threat model names tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest
from tests.acceptance import hostile, seen

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
_ITEMS: Final = dict(
    zip(
        re.findall(r"^\*\*(API\d+), ", PAGE, re.MULTILINE),
        re.split(r"^\*\*API\d+, ", PAGE.partition("## What is not")[0], flags=re.MULTILINE)[1:],
        strict=True,
    )
)
_TEST: Final = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@pytest.mark.parametrize("number", range(1, 11))
def test_each_of_the_ten_has_its_tests(number: int) -> None:
    """What OWASP lists is spoken of, and each test that is named is run."""
    named = _TEST.findall(_ITEMS[f"API{number}"])
    assert named
    for path, name in named:
        assert name in _tests(path), f"{path}::{name}"


def _tests(path: str) -> set[str]:
    """Give the names of a module's tests that are run."""
    return {
        node.name
        for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not any("skip" in ast.unparse(mark) for mark in node.decorator_list)
    }


def test_limits_are_those_of_the_settings() -> None:
    """Every setting that the page names is one."""
    known = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for variable in set(re.findall(r"`(DEXWATCH_[A-Z_]+)`", PAGE)):
        assert f"| `{variable}` |" in known, variable


def test_what_was_seen_stands_on_the_page() -> None:
    """The tables are those of the record that `make hostile` wrote with them."""
    assert seen.read().page(PAGE) == PAGE
    assert PAGE.count(seen.read().text()) == 1


def test_what_was_seen_is_what_is_promised() -> None:
    """Every kind was sent, nothing failed, nothing grew, and nobody was kept out."""
    siege, crowd, document = seen.read().siege, seen.read().crowd, seen.read().document
    assert list(siege.kinds) == [kind.__name__ for kind in hostile.KINDS]
    assert sum(found["sent"] for found in siege.kinds.values()) == 10_000
    assert not any(found.get("5xx") for found in siege.kinds.values())
    assert siege.series[0] == siege.series[1]
    assert siege.honest.failed == crowd.honest.failed == document.failures == 0
    assert crowd.after < crowd.at_first
