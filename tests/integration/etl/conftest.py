"""What tests of the snapshot against the real simulator share."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from battles.node import node

if TYPE_CHECKING:
    from features.dex import Dex

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("observe.cjs")


@pytest.fixture(scope="session")
def seen(dex: Dex) -> dict[str, Any]:
    """Give what the simulator says and does for every species, move and type of the dex."""
    wanted = {
        "species": dex.forms["showdown"].to_list(),
        "moves": dex.moves["showdown"].to_list(),
    }
    finished = subprocess.run(  # our own program
        [node(), PROGRAM],
        cwd=ROOT,
        input=json.dumps(wanted),
        capture_output=True,
        check=True,
        text=True,
    )
    told: dict[str, Any] = json.loads(finished.stdout)
    return told
