"""Playing a plan on a real Ray cluster of two nodes."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from battles.errors import OtherRulesError
from battles.matchups import sample
from battles.ray_cluster import (
    ClusterMissingError,
    RayMissingError,
    play_by_rules,
    simulate_on_ray,
)
from battles.simulate import SimulationSettings, simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.dex import Dex

SETTINGS = SimulationSettings(games=3, seed=9, part_size=2)


@pytest.fixture(autouse=True)
def _same_log_records() -> Iterator[None]:
    """Keep the field that Ray gives every log record, once imported, from the other tests."""
    factory = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(factory)


ON_TWO_NODES = """
import logging
import sys
from pathlib import Path

import polars as pl
import ray
from ray.cluster_utils import Cluster

from battles.errors import SimulatorError
from battles.matchups import sample
from battles.ray_cluster import simulate_on_ray
from battles.simulate import SimulationSettings
from etl.snapshot import load_dex


class Played(logging.Handler):
    nodes = set()

    def emit(self, record):
        self.nodes.add(getattr(record, "node", None))


logging.getLogger("battles.ray_cluster").setLevel(logging.DEBUG)
logging.getLogger("battles.ray_cluster").addHandler(Played())
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
cluster.add_node(wait=False, num_cpus=1)
cluster.wait_for_nodes(timeout=120)
dex = load_dex()
plan = sample(dex, {"closed": 10, "mega": 6}, 4)
ray.init(address=cluster.address, log_to_driver=False)
try:
    nodes = {node["NodeID"] for node in ray.nodes() if node["Alive"]}
    settings = SimulationSettings(games=3, seed=9, part_size=2)
    labels = simulate_on_ray(plan, dex, Path(sys.argv[1]), settings)
    labels.write_parquet(sys.argv[2])
    print(len(nodes), Played.nodes == nodes, ray.is_initialized())
    one = plan.head(1)
    other = next(move for move in dex.moves["move_id"] if move not in one["moves_a"].item())
    foreign = one.with_columns(openings=pl.Series([[other]], dtype=pl.List(pl.Int32)))
    try:
        simulate_on_ray(foreign, dex, Path(sys.argv[3]), settings)
    except SimulatorError as error:
        print(error)
finally:
    ray.shutdown()
    cluster.shutdown()
"""


@pytest.mark.timeout(400)
def test_two_nodes_give_the_labels_of_one_machine(dex: Dex, tmp_path: Path) -> None:
    """Both play; the labels are the same to the bit; a refusal on a node is named here."""
    import polars as pl  # noqa: PLC0415  # beside the process that it reads from

    written = tmp_path / "labels.parquet"
    # A process of its own: Ray starts threads and files that outlive a test.
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            ON_TWO_NODES,
            str(tmp_path / "ray"),
            str(written),
            str(tmp_path / "wrong"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert said.returncode == 0, said.stderr[-2000:]
    *_, nodes, refusal = said.stdout.splitlines()
    assert nodes == "2 True True"
    assert refusal.startswith("matchup 0: ")
    plan = sample(dex, {"closed": 10, "mega": 6}, 4)
    here = simulate(plan, dex, tmp_path / "here", SETTINGS)
    assert pl.read_parquet(written).equals(here)
    # Every part is there already: nothing is played, so no cluster is needed.
    assert simulate_on_ray(plan, dex, tmp_path / "ray", SETTINGS).equals(here)


def test_without_ray_the_command_names_the_extra(
    dex: Dex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever lacks it is told what to install."""
    monkeypatch.setitem(sys.modules, "ray", None)
    plan = sample(dex, {"closed": 1}, 4)
    with pytest.raises(RayMissingError, match="scale"):
        simulate_on_ray(plan, dex, tmp_path, SETTINGS)


def test_a_node_with_another_simulator_is_refused(dex: Dex) -> None:
    """Labels by other rules never get in among the others."""
    with pytest.raises(OtherRulesError, match="install the same"):
        play_by_rules(sample(dex, {"closed": 1}, 4), dex, 1, 0, "another digest")


def test_an_address_where_nothing_answers_is_named(dex: Dex, tmp_path: Path) -> None:
    """A wrong address is an error within seconds, not a long wait."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(ClusterMissingError, match=address):
        simulate_on_ray(sample(dex, {"closed": 1}, 4), dex, tmp_path, SETTINGS, address=address)


def test_auto_without_a_cluster_is_an_error(dex: Dex, tmp_path: Path) -> None:
    """`--address auto` joins a running cluster and starts none of its own."""
    with pytest.raises(ClusterMissingError, match="auto"):
        simulate_on_ray(sample(dex, {"closed": 1}, 4), dex, tmp_path, SETTINGS, address="auto")
