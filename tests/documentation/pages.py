"""The pages of the project as they are written: blocks of code, commands, links and headings."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
SHELL: Final = {"bash", "sh", "shell", "console"}

_BLOCK: Final = re.compile(r"^( *)(`{3,})([^\n]*)\n(.*?)^\1\2\n", re.MULTILINE | re.DOTALL)
_COMMENT: Final = re.compile(r"(^|\s)#\s.*")
_LINK: Final = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)|<(https?://[^>\s]+)>")
_IMAGE: Final = re.compile(r"!\[[^\]]*\]\(([^()\s]+)\)")
_HEADING: Final = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block of code."""

    language: str
    code: str


def pages() -> list[str]:
    """Give the paths of all Markdown files that are in the repository or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(line for line in listed.splitlines() if (ROOT / line).is_file())


def read(page: str) -> str:
    """Give a page's text."""
    return (ROOT / page).read_text(encoding="utf-8")


def whole(path: Path) -> str:
    """Give the text of a page with what it includes."""
    return re.sub(
        r"^```\{include\} (\S+)\n.*?^```\n",
        lambda found: (path.parent / found[1]).read_text(encoding="utf-8"),
        path.read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )


def blocks(text: str) -> list[Block]:
    """Give the blocks of code in their order."""
    return [Block(language.strip(), dedent(code)) for _, _, language, code in _BLOCK.findall(text)]


def commands(code: str) -> Iterator[str]:
    """Give the commands of a block, without comments, each as long as the shell reads on for it."""
    pending = ""
    for line in code.splitlines():
        pending += _COMMENT.sub("", line).rstrip()
        if pending.endswith("\\") or (pending and not _is_whole(pending)):
            pending += "\n"
        elif pending:
            yield pending
            pending = ""
    assert not pending, pending


def _is_whole(command: str) -> bool:
    read_on = subprocess.run(["bash", "-nc", command], capture_output=True, check=False)
    return read_on.returncode == 0


def prose(text: str) -> str:
    """Give a text without its blocks of code."""
    return _BLOCK.sub("", text)


def links(text: str) -> list[str]:
    """Give where the links and pictures of a text lead; what stands in code is none."""
    plain = re.sub(r"`[^`\n]*`", "`code`", prose(text))
    pictures = _IMAGE.findall(plain)
    # A picture can be what is clicked on.
    found = _LINK.findall(_IMAGE.sub("picture", plain))
    return pictures + [inline or bare for inline, bare in found]


def anchors(text: str) -> set[str]:
    """Give the anchors of a page's headings, as GitHub and the site make them."""
    headings = (heading.strip().lower() for heading in _HEADING.findall(prose(text)))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}
