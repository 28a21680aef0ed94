"""The collector's manifest, lock and configuration fit each other and the program."""

from __future__ import annotations

import os
import re
import subprocess
from typing import Final

import pytest
import yaml
from tests.programs import ROOT, program

FOLDER: Final = ROOT / "otel-collector"
OVERLAYS: Final = {"compose": ("config.yaml",), "local": ("config.yaml", "local.yaml")}


@pytest.mark.parametrize("files", OVERLAYS.values(), ids=OVERLAYS)
def test_the_program_accepts_the_configuration(files: tuple[str, ...]) -> None:
    """`validate` finds nothing wrong with the base alone and with its overlay."""
    done = subprocess.run(
        [
            program("otelcol-dexwatch"),
            "validate",
            *(f"--config={FOLDER / file}" for file in files),
        ],
        env={**os.environ, "OTELCOL_FILES": "/tmp"},  # noqa: S108  # nothing is written
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_file_is_part_of_a_configuration() -> None:
    """No overlay lies beside these that nobody checks."""
    others = {"builder.yaml", "kustomization.yaml"}
    configurations = {path.name for path in FOLDER.glob("*.yaml")} - others
    assert configurations == {file for files in OVERLAYS.values() for file in files}


def test_the_lock_is_of_the_manifest() -> None:
    """go.mod requires each module of the manifest in the version that the manifest names."""
    manifest = yaml.safe_load((FOLDER / "builder.yaml").read_text("utf-8"))
    wanted = {
        tuple(module["gomod"].split())
        for kind, modules in manifest.items()
        if kind != "dist"
        for module in modules
    }
    locked = set(
        re.findall(r"^\s*(\S+) (v\S+)$", (FOLDER / "go.mod").read_text("utf-8"), re.MULTILINE)
    )
    assert wanted <= locked
    version = manifest["dist"]["version"]
    assert f"COLLECTOR_VERSION := {version}\n" in (ROOT / "Makefile").read_text("utf-8")
    printed = subprocess.run(
        [program("otelcol-dexwatch"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split()[-1] == version
