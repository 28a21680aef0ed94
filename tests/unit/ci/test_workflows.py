"""The workflows of .github: well-formed, pinned, with few rights, made of our own targets."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from tests import texts
from tests.programs import program
from tests.texts import of_the_texts

from config.settings import Settings
from telemetry.sampling import KEEP, MEMBER, MarkKept

ROOT: Final = Path(__file__).parents[3]
FOLDER: Final = ROOT / ".github" / "workflows"
PROPOSING: Final = ROOT / ".github" / "dependabot.yml"
WORKFLOWS: Final = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.yml")
}
JOBS: Final = {
    f"{workflow}: {job}": described
    for workflow, content in WORKFLOWS.items()
    for job, described in content["jobs"].items()
}

_NOTES: Final = 'python3 scripts/release_notes.py "${GITHUB_REF_NAME#v}"'
_ON_MAIN: Final = "git merge-base --is-ancestor HEAD origin/main"
"""What a release has to pass before anything of it is out."""


def _steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = job.get("steps", [])
    return steps


def _words() -> str:
    """Give every line that a step runs."""
    return "\n".join(step.get("run", "") for job in JOBS.values() for step in _steps(job))


def _targets(lines: str) -> set[str]:
    words = " ".join(re.findall(r"^make (.+)$", lines, re.MULTILINE)).split()
    return {word for word in words if "=" not in word}


def _lines(block: str) -> set[str]:
    """Give what a block of the guide asks for, without its comments."""
    return {line for line in map(str.strip, block.splitlines()) if line and line[0] != "#"}


def test_the_schema_is_that_of_workflows() -> None:
    """Each file is of the form that GitHub reads."""
    checking = [program("check-jsonschema"), "--builtin-schema", "vendor.github-workflows"]
    subprocess.run([*checking, *FOLDER.glob("*.yml")], check=True)


def test_the_linter_of_workflows_finds_nothing() -> None:
    """Actionlint follows expressions, contexts and calls between the files."""
    subprocess.run([program("actionlint"), "-no-color"], cwd=ROOT, check=True)


def test_the_auditor_of_workflows_finds_nothing() -> None:
    """Zizmor sees no way in: no secret left lying, no input in a shell, no rights to spare."""
    auditing = [program("zizmor"), "--offline", "--no-progress", "--min-severity=medium"]
    subprocess.run([*auditing, FOLDER], check=True)


@pytest.mark.parametrize("job", JOBS)
def test_a_job_has_an_end_and_few_rights(job: str) -> None:
    """Each names its rights, writes only where it publishes, and is ended when it hangs."""
    described = JOBS[job]
    writes = {name for name, right in described["permissions"].items() if right == "write"}
    assert writes == {
        "release: images": {"packages"},
        "release: notes": {"contents"},
        "retrain: retrain": {"contents", "pull-requests"},
    }.get(job, set())
    assert ("timeout-minutes" in described) != (described.get("uses", "").startswith("./"))


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_nothing_is_allowed_by_default(workflow: str) -> None:
    """Rights are the jobs' own, and runs of one kind do not run into each other."""
    assert WORKFLOWS[workflow]["permissions"] == {}
    assert "group" in WORKFLOWS[workflow]["concurrency"]


def test_actions_are_pinned_by_digest() -> None:
    """Whatever is not ours is named by its commit, with the version beside it for people."""
    for path in FOLDER.glob("*.yml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line and "./" not in line:
                assert re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_images_are_pinned() -> None:
    """Every container that a job or a script runs in has a version."""
    script = (ROOT / "scripts" / "image.sh").read_text(encoding="utf-8")
    images = [job["container"]["image"] for job in JOBS.values() if "container" in job]
    for image in [*images, *re.findall(r"\S+/trivy\S*", script)]:
        assert re.search(r":\d+\.\d+\.\d+(-\w+)?$", image), image


def test_steps_are_what_people_run_too() -> None:
    """Each target and each script that a workflow calls is there."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    called = _targets(_words())
    assert called
    assert called <= targets, called - targets
    for script in re.findall(r"scripts/[\w.]+", _words()):
        path = ROOT / script
        assert path.is_file()
        assert path.suffix == ".py" or os.access(path, os.X_OK)


def test_every_image_of_compose_is_scanned() -> None:
    """The images that are built, scanned and released are those of compose.yaml, and Ray's."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    ours = {
        service["image"].removeprefix("dexwatch-")
        for service in services.values()
        if "build" in service
    }
    for job in ("docker: images", "release: images"):
        assert set(JOBS[job]["strategy"]["matrix"]["image"]) == ours | {"ray"}


def test_images_are_scanned_each_week() -> None:
    """Also where nothing changes: holes are found in what was fine when it was built."""
    # YAML takes the bare word for a truth.
    (schedule,) = WORKFLOWS["docker"][True]["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* \d", schedule["cron"])


def test_newer_images_and_actions_are_proposed() -> None:
    """Dependabot reads its file, and looks at every Dockerfile there is and at the workflows."""
    checking = [program("check-jsonschema"), "--builtin-schema", "vendor.dependabot"]
    subprocess.run([*checking, PROPOSING], check=True)
    auditing = [program("zizmor"), "--offline", "--no-progress", "--min-severity=medium"]
    subprocess.run([*auditing, PROPOSING], check=True)
    updates = yaml.safe_load(PROPOSING.read_text(encoding="utf-8"))["updates"]
    looked_at = {
        (update["package-ecosystem"], folder)
        for update in updates
        for folder in update.get("directories", [update.get("directory")])
    }
    tracked = subprocess.run(
        ["git", "ls-files", "*Dockerfile"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    images = {("docker", f"/{path}".rpartition("/")[0] or "/") for path in tracked}
    assert looked_at == images | {("github-actions", "/")}


def test_the_gate_is_the_one_that_runs_here() -> None:
    """What .ci/run asks of a change, the workflow asks too."""
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    ci = WORKFLOWS["ci"]["jobs"].values()
    said = "\n".join(step.get("run", "") for job in ci for step in _steps(job))
    assert _targets(gate) <= _targets(said)


@of_the_texts
def test_the_guide_is_followed_to_the_letter() -> None:
    """The script for Docker has every command, query, URL and alert of the guide."""
    guide = texts.guide()
    script = runpy.run_path(str(ROOT / "scripts" / "guide_in_docker.py"))
    known = {*script["IN_PARTS"], *script["COMMANDS"], script["FULL"], script["FOLLOWED"]}
    for block in re.findall(r"```bash\n(.*?)```", guide, re.DOTALL):
        if block.startswith("curl -X POST"):
            assert block.strip() == script["PREDICTION"]
            continue
        assert _lines(block) <= known
    for block in re.findall(r"```promql\n(.*?)```", guide, re.DOTALL):
        assert _lines(block) <= set(script["QUERIES"])
    urls = set(re.findall(r"http://localhost:[\w/.-]+", guide))
    asked = {*script["ALL_PAGES"], "http://localhost:8000/predict/best-move"}
    assert urls <= asked, urls - asked
    assert set(re.findall(r"- \*\*(\w+)\*\* :", guide)) & script["ALERTS"] == script["ALERTS"]


def test_the_trace_that_is_looked_for_in_docker_is_kept() -> None:
    """After a file's worth of predictions at once none is, until the script has paused."""
    script = runpy.run_path(str(ROOT / "scripts" / "guide_in_docker.py"))
    now = 10.0
    told = Settings().traces
    sampler = MarkKept(ALWAYS_ON, share=0, per_second=told.per_second, clock=lambda: now)

    def kept() -> bool:
        marked = sampler.should_sample(None, 1, "request").trace_state
        return marked is not None and marked.get(MEMBER) == KEEP

    assert not [kept() for _ in range(script["A_FILE"])][-1]
    now += script["PAUSE"]
    assert kept()


@pytest.mark.parametrize("job", [job for job in JOBS if "container" in JOBS[job]])
def test_git_works_in_containers(job: str) -> None:
    """The checkout is the runner's; Git refuses it to a container's root, and Go asks Git."""
    checkout, taking = _steps(JOBS[job])[:2]
    assert checkout["uses"].startswith("actions/checkout@")
    assert taking["run"] == "chown --recursive root:root ."


def test_every_lock_is_audited() -> None:
    """Known holes are looked for in all that is locked, a lock that is added later included."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (looping,) = re.findall(r"^audit:.*\n\t@for lock in (.+); do", makefile, re.MULTILINE)
    assert {path.name for path in ROOT.glob(looping)} == {path.name for path in ROOT.glob("*.lock")}


@pytest.mark.parametrize("asker", ["npm", ".audit/bin/python"])
@pytest.mark.parametrize(("said", "expected"), [(0, 0), (1, 2)])
def test_npms_packages_are_audited_on_any_machine(
    asker: str, said: int, expected: int, tmp_path: Path
) -> None:
    """Where there is no npm, one that is locked asks; a hole that either finds is a failure."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for path in ROOT.glob("*.lock"):
        shutil.copy(path, tmp_path)
    # All that is installed was, after the locks.
    for name in (".venv/bin/uv", ".audit/bin/pip-audit", ".audit/.installed"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    asked = tmp_path / "asked"
    for name, status in ((".audit/bin/pip-audit", 0), (asker, said)):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "$@" >> {asked}\nexit {status}\n')
        program.chmod(0o755)
    make = shutil.which("make")
    assert make
    # Nothing else is on the path, so no other npm either.
    done = subprocess.run(
        [make, "audit"], cwd=tmp_path, env={"PATH": str(tmp_path)}, check=False, capture_output=True
    )
    assert done.returncode == expected
    assert asked.read_text().splitlines()[-1].endswith("audit --package-lock-only")


def test_a_release_has_its_part_of_the_changelog() -> None:
    """The notes of a version are its section; one that the code does not bear is refused."""
    printing = [sys.executable, ROOT / "scripts" / "release_notes.py"]
    done = subprocess.run([*printing, "Unreleased"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("- ")
    assert "\n## " not in done.stdout
    done = subprocess.run([*printing, "99.0.0"], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "99.0.0" in done.stderr


def test_what_is_pushed_has_been_scanned() -> None:
    """One builder makes what is scanned and, from its cache, what goes out."""
    script = (ROOT / "scripts" / "image.sh").read_text(encoding="utf-8")
    steps = ("buildx create", "build --load", "--exit-code 1", "build --push")
    assert [script.count(step) for step in steps] == [1, 1, 1, 1]
    assert sorted(steps, key=script.index) == list(steps)


def test_a_release_is_refused_before_its_images_are_out() -> None:
    """A tag without notes, of other code, or not on main, ends what images wait for."""
    waited = WORKFLOWS["release"]["jobs"]["images"]["needs"]
    steps = [step for job in waited for step in _steps(WORKFLOWS["release"]["jobs"][job])]
    assert {_NOTES, _ON_MAIN} <= {step.get("run") for step in steps}


@pytest.mark.parametrize(("tagged", "expected"), [("main~1", 0), ("main", 0), ("aside", 1)])
def test_a_tag_that_is_not_on_main_is_refused(tagged: str, expected: int, tmp_path: Path) -> None:
    """Main may have gone on; a branch that nobody has merged makes no release."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    committing = ("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--allow-empty")

    def git(folder: Path, *words: str) -> None:
        subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True)

    git(tmp_path, "init", "--initial-branch=main", str(origin))
    git(origin, *committing, "--message=Begin")
    git(origin, *committing, "--message=Go on")
    git(origin, "switch", "--create", "aside", "main~1")
    git(origin, *committing, "--message=Stray")
    git(origin, "tag", "v1.2.3", tagged)
    git(tmp_path, "clone", "--branch=v1.2.3", str(origin), str(clone))
    assert subprocess.run(_ON_MAIN.split(), cwd=clone, check=False).returncode == expected


def test_main_is_there_to_compare_a_tag_with() -> None:
    """The job that compares has checked out all branches, and not the tag alone."""
    (steps,) = (
        _steps(job) for job in JOBS.values() if _ON_MAIN in [s.get("run") for s in _steps(job)]
    )
    assert steps[0]["with"]["fetch-depth"] == 0
