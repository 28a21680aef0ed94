"""The rehearsal on docs/lifecycle.md."""

from __future__ import annotations

from tests.acceptance import rehearsed


def test_the_page_is_what_was_rehearsed() -> None:
    """The tables stand there as the record that `make rehearsal` wrote with them has them."""
    page = rehearsed.PAGE.read_text(encoding="utf-8")
    report = rehearsed.read()
    assert page == report.page(page)
    assert page.count(report.text()) == 1


def test_what_was_rehearsed_is_the_whole_loop() -> None:
    """A model was learnt and kept, another rolled back, and every check of the gate told."""
    report = rehearsed.read()
    rehearsed.hold(report)
    assert [one.seconds for one in report.moments] == sorted(one.seconds for one in report.moments)
    assert report.moments[-1].seconds <= report.seconds < 600
