"""Somebody who follows a page: each block of code as it is written, from top to bottom."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.acceptance.service import environment
from tests.documentation.commands import RUN_BY
from tests.documentation.pages import blocks, commands, read

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reader:
    """Follows a page in a folder that holds ``data``; all Python blocks in one Python.

    ``urls`` says where what the page speaks of is here. Commands that something else runs, such as
    those that start the service, are passed over.
    """

    def __init__(
        self,
        page: str,
        folder: Path,
        urls: Mapping[str, str],
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.text = read(page)
        self._page = page
        self._folder = folder
        self._urls = urls
        self._variables = variables or {}
        self.names: dict[str, Any] = {}
        self.printed = ""

    def follow(self, text: str | None = None) -> str:
        """Run all blocks, or those of a part of the page; give what they print."""
        venv = self._folder / ".venv"
        if not venv.exists():
            venv.symlink_to(sys.prefix)
        began = len(self.printed)
        found = [one for one in blocks(text or self.text) if one.language in {"bash", "python"}]
        assert found
        with contextlib.chdir(self._folder):
            for language, code in found:
                run = self._python if language == "python" else self._shell
                self.printed += run(self._here(code))
        return self.printed[began:]

    def _here(self, code: str) -> str:
        for url, here in self._urls.items():
            code = code.replace(url, here)
        return code

    def _python(self, code: str) -> str:
        with contextlib.redirect_stdout(io.StringIO()) as output:
            exec(compile(code, self._page, "exec"), self.names)  # noqa: S102  # our own page
        return output.getvalue()

    def _shell(self, code: str) -> str:
        lines = [command for command in commands(code) if command not in RUN_BY]
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(lines)],
            env=environment(Path("data"), **self._variables),
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        # As a terminal does, the next one begins on a line of its own.
        return done.stdout if done.stdout.endswith("\n") else f"{done.stdout}\n"
