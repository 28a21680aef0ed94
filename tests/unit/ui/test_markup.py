"""Pieces of HTML."""

from __future__ import annotations

import pytest

from ui.markup import bar, grid, heat, percent, ranked, tag, times
from ui.schema import TypeItem
from ui.trouble import plain

EVIL = '<script>alert("x")</script>'


@pytest.mark.parametrize(
    "drawn",
    [
        tag(TypeItem(1, EVIL, EVIL)),
        ranked(EVIL, "", [EVIL], 0.5),
        bar(0.5, EVIL),
        heat(0.5, EVIL),
        grid(EVIL, [EVIL], [(EVIL, [])]),
    ],
)
def test_names_are_no_markup(drawn: str) -> None:
    """Whatever a name holds, it is text."""
    assert "script&gt;" in drawn or "gray" in drawn
    assert "<script" not in drawn


def test_names_are_no_markdown() -> None:
    """A text with Markdown's signs in it is shown with them."""
    assert plain("*a* [b](c) 50 % _d_") == r"\*a\* \[b\](c) 50 % \_d\_"


def test_numbers_read_as_people_write_them() -> None:
    """Multipliers and shares."""
    assert [times(value) for value in (4.0, 2.0, 0.5, 0.25, 0.0)] == ["×4", "×2", "×½", "×¼", "×0"]
    assert percent(0.984).startswith("98")
