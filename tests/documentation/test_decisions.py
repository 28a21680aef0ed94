"""The list of decisions."""

from __future__ import annotations

import re

from tests.documentation.pages import ROOT, read


def test_each_decision_stands_in_the_list() -> None:
    """The list has a line for every record, in order, with its number and its title."""
    line = re.compile(r"^\| (\d+) \| \[(.+?)\]\((.+?)\) \| .+\.", re.MULTILINE)
    listed = line.findall(read("docs/adr/README.md"))
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    titles = [path.read_text(encoding="utf-8").splitlines()[0] for path in records]
    assert [f"# {number}. {title}" for number, title, _ in listed] == titles
    assert [link for _, _, link in listed] == [path.name for path in records]
