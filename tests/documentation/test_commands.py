"""Every command of the documentation is run, by somebody who is named."""

from __future__ import annotations

import re
from typing import Final

import click
import pytest
from tests.documentation.commands import (
    DOCKER,
    GATE,
    IN_SENTENCES,
    NOT_RUN,
    RUN_BY,
    follower,
    gate_targets,
)
from tests.documentation.pages import ROOT, SHELL, blocks, commands, pages, prose, read

from cli.main import dexwatch

LANGUAGES: Final = SHELL | {"", "diff", "json", "promql", "python", "sql", "text", "yaml"}
HIDDEN: Final = re.compile(
    r"^(?:curl|dexwatch|docker|git|make|python|\.venv/bin\S*) [\w./-].*", re.MULTILINE
)
"""A command in a block without a language."""
TYPED: Final = re.compile(
    r"(?:[A-Z_]+=\S+ )+(?:dexwatch|make) .+"
    r"|(?:[A-Z_]+=\S+ )*(?:chmod|curl|docker|git|kill|kubectl|psql|python|redis-cli|ss|while|wrk"
    r"|scripts/\S+|\.venv/bin/(?!dexwatch)\S+) .+"
)
"""A command within a sentence, but for targets of make and words of ``dexwatch``."""


@pytest.mark.parametrize("page", pages())
def test_every_command_is_run(page: str) -> None:
    """Its page is followed by a test, or RUN_BY says who runs it."""
    for language, code in blocks(read(page)):
        if language.startswith("{"):
            continue  # a directive of the site
        assert language in LANGUAGES, f"{page}: say in test_commands.py what `{language}` is"
        if language not in SHELL:
            hidden = HIDDEN.findall(code)
            assert language or not hidden, f"{page}: mark the block as bash: {hidden}"
            assert language != "python" or follower(page) or page == "docs/observability.md"
            continue
        for command in commands(code):
            assert follower(page) or command in RUN_BY, (
                f"{page}: nothing is known to run this; name its test in "
                f"tests/documentation/commands.py\n{command}"
            )


def test_nothing_is_said_of_commands_that_stand_nowhere() -> None:
    """RUN_BY names commands of the pages and no others."""
    written = {
        command
        for page in pages()
        for language, code in blocks(read(page))
        if language in SHELL
        for command in commands(code)
    }
    assert set(RUN_BY) <= written, set(RUN_BY) - written


def _typed(page: str) -> set[str]:
    """Give the commands within the sentences and tables of a page."""
    found = (" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose(read(page))))
    return {code for code in (one.replace("\\|", "|") for one in found) if TYPED.fullmatch(code)}


@pytest.mark.parametrize("page", [page for page in pages() if page != "CHANGELOG.md"])
def test_every_command_in_a_sentence_is_run_or_has_a_reason_not_to_be(page: str) -> None:
    """RUN_BY and IN_SENTENCES say who runs it, the program for Docker holds it, or NOT_RUN."""
    for command in _typed(page):
        assert command in RUN_BY | IN_SENTENCES | NOT_RUN or (
            command.startswith("docker compose ") and command in read(DOCKER)
        ), f"{page}: name who runs this in tests/documentation/commands.py\n{command}"


def test_nothing_is_said_of_commands_that_stand_in_no_sentence() -> None:
    """IN_SENTENCES and NOT_RUN name what stands there, each in one of them."""
    written = set[str]().union(*map(_typed, pages()))
    assert {*IN_SENTENCES, *NOT_RUN} <= written, {*IN_SENTENCES, *NOT_RUN} - written
    assert not set(IN_SENTENCES) & set(NOT_RUN)


@pytest.mark.parametrize(("command", "by"), (RUN_BY | IN_SENTENCES).items())
def test_who_is_to_run_a_command_is_there(command: str, by: str) -> None:
    """The gate makes the target or has the tests, the program holds the line, the test exists."""
    target = command.removeprefix("sudo ")
    match by:
        case _ if by == GATE and target.startswith("make "):
            assert set(target.split()[1:]) <= gate_targets()
        case _ if by == GATE:
            assert (ROOT / command.rpartition(" ")[2]).is_dir()
        case _ if by == DOCKER:
            held = (ROOT / DOCKER).read_text(encoding="utf-8")
            assert command in held
        case _:
            file, _, name = by.partition("::")
            assert re.search(rf"^(async )?def {name}\(", read(file), re.MULTILINE)


def test_every_followed_page_has_its_test() -> None:
    """What is to follow a page names it."""
    for page in pages():
        if file := follower(page):
            assert page.rpartition("/")[2] in read(file), f"{file} does not follow {page}"


@pytest.mark.parametrize("page", pages())
def test_every_target_and_command_that_is_mentioned_exists(page: str) -> None:
    """`make TARGET` and `dexwatch COMMAND --OPTION` in a sentence or a table are real ones."""
    makefile = read("Makefile")
    for code in re.findall(r"`([^`\n]+)`", prose(read(page))):
        words = code.removeprefix(".venv/bin/").split()
        if words[0] == "make":
            for target in words[1:]:
                if re.fullmatch(r"[a-z-]+", target):
                    assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"
        elif words[0] == "dexwatch" and page != "CHANGELOG.md":
            _find(words[1:])


def _find(words: list[str]) -> None:
    command: click.Command = dexwatch
    context = click.Context(dexwatch)
    for word in words:
        name = word.strip("[],.").partition("|")[0]
        if isinstance(command, click.Group) and (inner := command.get_command(context, name)):
            command = inner
        elif name.startswith("--"):
            known = {option for one in command.get_params(context) for option in one.opts}
            assert name.partition("=")[0] in known, f"{command.name} has no {name}"
        else:
            assert not isinstance(command, click.Group) or command.invoke_without_command, word
