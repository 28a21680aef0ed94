"""What `make champion` does, and the pull request that comes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]
RELEASED: Final = "src/training/released"
MADE: Final = (
    *(f"{RELEASED}/labels.parquet", f"{RELEASED}/evaluation.csv"),
    *(f"{RELEASED}/model.cbm", f"{RELEASED}/card.md"),
    *("src/features/bins.json", "docs/model-card.md", "README.md"),
)
"""What training a champion writes."""
SENT: Final = "https://github.com/owner/name.git"
TOKEN: Final = "of-nothing"  # noqa: S105
GH: Final = """#!/bin/sh
case "$1 $2" in
"auth git-credential")
    printf 'username=x-access-token\\npassword=%s\\n' "$GH_TOKEN" ;;
"pr list")
    [ "$*" = "pr list --head $4 --state all --json url --jq .[].url" ] || exit 2
    [ ! -e "$OPENED/$4" ] || echo "https://github.com/owner/name/pull/1" ;;
"pr create")
    [ ! -e "$REFUSED" ] || exit 1
    cat > "$OPENED/$4"
    printf '%s\\n' "$@" >> "$ASKED" ;;
*)
    exit 2 ;;
esac
"""
GIT: Final = """#!/bin/sh
printf '%s\\n' "$@" >> "$TYPED"
exec "$GIT" "$@"
"""


def _run(words: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        words, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def _planned(*words: str) -> list[str]:
    """Give the commands of `make champion`, without running them."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return _run(["make", "--dry-run", "champion", *words], ROOT, outside).splitlines()


@pytest.mark.parametrize("more", [0, 10_000])
def test_a_champion_learns_from_as_much_and_more(more: int) -> None:
    """As many matchups are played as the released one has, and those that are asked for on top."""
    manifest = json.loads((ROOT / RELEASED / "labels.json").read_text(encoding="utf-8"))
    words = [f"MORE={more}"] if more else []
    (playing,) = [line for line in _planned(*words) if "cli dataset" in line]
    assert f"--matchups {manifest['matchups'] + more} " in playing


def test_what_depends_on_the_champion_is_written_after_it() -> None:
    """Bins, README and the generated pages are made from the new release, in this order."""
    planned = "\n".join(_planned())
    steps = ("cli train", "cp build/champion", "feature_bins.py", "readme_figures.py", "reference_")
    assert sorted(steps, key=planned.index) == list(steps)


class Clone:
    """A clone with a released champion, and the programs that the script calls."""

    def __init__(self, folder: Path) -> None:
        self.path, self.remote, self.asked = folder / "clone", folder / "remote", folder / "asked"
        self.typed, self.opened = folder / "typed", folder / "opened"
        self.refused = folder / "refused"
        self.opened.mkdir()
        git = shutil.which("git")
        assert git
        self.environment = os.environ | {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "ASKED": str(self.asked),
            "TYPED": str(self.typed),
            "OPENED": str(self.opened),
            "REFUSED": str(self.refused),
            "GIT": git,
            "GH_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": "owner/name",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.remote}.insteadOf",
            "GIT_CONFIG_VALUE_0": SENT,
        }
        for name, text in (("gh", GH), ("git", GIT)):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        self.git("init", "--quiet", "--bare", str(self.remote), folder=folder)
        self.git("init", "--quiet", "--initial-branch=main", str(self.path), folder=folder)
        (self.path / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "propose_champion.sh", self.path / "scripts")
        self.write("first", *MADE)
        self.git("add", ".")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "Begin")

    def git(self, *words: str, folder: Path | None = None) -> str:
        """Run Git, in the clone unless told otherwise."""
        return _run(["git", *words], folder or self.path, self.environment)

    def write(self, text: str, *paths: str) -> None:
        """Give files this content."""
        for path in paths:
            file = self.path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def propose(self) -> str:
        """Run the script."""
        return _run(["scripts/propose_champion.sh"], self.path, self.environment)

    def proposals(self) -> list[str]:
        """Give the branches that were pushed."""
        return self.git("for-each-ref", "--format=%(refname:short)", folder=self.remote).split()


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Give one with nothing changed."""
    return Clone(tmp_path)


def test_a_later_hour_is_no_other_champion(clone: Clone) -> None:
    """Where only what bears the time of training differs, nothing is proposed."""
    clone.write("second", f"{RELEASED}/model.cbm", f"{RELEASED}/card.md", "docs/model-card.md")
    assert "is the one that is released" in clone.propose()
    assert not clone.proposals()
    assert not clone.asked.exists()


@pytest.mark.parametrize("told", ["labels.parquet", "evaluation.csv"])
def test_another_champion_is_proposed_with_all_that_it_changes(clone: Clone, told: str) -> None:
    """Other labels, or another quality: one commit has whatever training has written."""
    clone.write("second", *(path for path in MADE if path.endswith(told)), *MADE[2:])
    clone.propose()
    (branch,) = clone.proposals()
    changed = clone.git("diff", "--name-only", "main", branch).split()
    assert set(changed) == {path for path in MADE if path.endswith(told)} | set(MADE[2:])
    assert not clone.git("status", "--porcelain")
    asked = clone.asked.read_text().splitlines()
    assert asked[:4] == ["pr", "create", "--head", branch]
    assert asked[-2:] == ["--body-file", "-"]
    assert (clone.opened / branch).read_text() == "second"


def test_the_same_champion_is_proposed_once(clone: Clone) -> None:
    """A month later, with the first proposal still open, there is no second one."""
    clone.write("second", *MADE)
    clone.propose()
    clone.git("switch", "--quiet", "main")
    clone.write("second", *MADE)
    assert "proposed already" in clone.propose()
    assert len(clone.proposals()) == 1


def test_a_refused_pull_request_is_asked_for_again(clone: Clone) -> None:
    """A month later too: what was pushed then is proposed, with its own card and title."""
    clone.write("second", *MADE)
    clone.refused.touch()
    with pytest.raises(subprocess.CalledProcessError):
        clone.propose()
    (branch,) = clone.proposals()
    pushed = clone.git("rev-parse", branch, folder=clone.remote)
    clone.git("switch", "--quiet", "main")
    clone.git("branch", "--quiet", "-D", branch)
    clone.write("second", *MADE[:2])
    clone.write("third", *MADE[2:])
    clone.refused.unlink()
    clone.propose()
    assert (clone.opened / branch).read_text() == "second"
    title = clone.git("log", "-1", "--format=%s", branch, folder=clone.remote).strip()
    assert title in clone.asked.read_text().splitlines()
    assert clone.git("rev-parse", branch, folder=clone.remote) == pushed


def test_the_token_is_in_no_list_of_processes(clone: Clone) -> None:
    """Git is told to ask gh, which gives it the token, and never has it among its words."""
    clone.write("second", *MADE)
    clone.propose()
    typed = clone.typed.read_text().splitlines()
    assert SENT in typed
    assert not [word for word in typed if TOKEN in word]
    (helper,) = {word for word in typed if word.startswith("credential.helper=")}
    assert typed.count(helper) == 2
    done = subprocess.run(
        ["git", "-c", "credential.helper=", "-c", helper, "credential", "fill"],
        input="protocol=https\nhost=github.com\n\n",
        env=clone.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert f"password={TOKEN}" in done.stdout.splitlines()
