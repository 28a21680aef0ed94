"""docs/benchmarks.md."""

from __future__ import annotations

from benchmarks.service import page
from benchmarks.side_by_side import Spread


def test_the_page_is_what_was_measured() -> None:
    """Every number on the page stands in the record that `make bench` wrote with it."""
    run = page.read()
    assert page.PAGE.read_text(encoding="utf-8") == run.markdown()


def test_every_target_is_on_record() -> None:
    """The recorded run was a whole one: no target was left out."""
    run = page.read()
    assert {target.finding for target in page.TARGETS} <= set(run.findings)
    assert run.ratios


def test_a_target_is_met_or_not() -> None:
    """The median decides, from either side."""
    least = page.Target("rate", "rate", 0.5, least=True)
    most = page.Target("memory", "memory", 400, least=False, unit=" MB")
    assert least.row(Spread.of([0.1, 0.5, 0.9]))[-1] == "met"
    assert least.row(Spread.of([0.49]))[-1] == "**not met**"
    assert most.row(Spread.of([400.0]))[-1] == "met"
    assert most.row(Spread.of([401.0])) == (
        "memory",
        "≤ 400 MB",
        "401 MB",
        "401 to 401",
        "**not met**",
    )
    assert most.row(None)[-1] == "not measured"
