"""What compose.yaml mounts, names and tells agrees with the files and programs that it is for."""

from __future__ import annotations

import re
import subprocess
from typing import Any, Final

import pytest
import yaml
from tests.compose.composition import (
    COMPOSE,
    OURS,
    ROOT,
    SERVICES,
    closure,
    environment,
    mounts,
    needs,
    option,
    read_yaml,
    seen_at,
)

from config.settings import VARIABLES, read

LISTENING: Final = {
    "db": {5432},
    "redis": {6379},
    "api": {8000},
    "ui": {8501},
    "mlflow": {5000},
    "otel-collector": {4317, 4318, 8888},
    "prometheus": {9090},
    "alertmanager": {9093},
    "node-exporter": {9100},
    "tempo": {3200, 4317, 4318},
    "loki": {3100},
    "grafana": {3000},
}
"""What the images listen on by themselves, or are told to by our files."""


def _addresses(value: Any) -> set[tuple[str, int]]:
    """Find every host:port of the compose network."""
    names = "|".join(map(re.escape, SERVICES))
    found = re.findall(rf"(?<![\w.-])({names}):(\d+)(?![\w:.])", yaml.safe_dump(value))
    return {(host, int(port)) for host, port in found}


def _configurations() -> list[str]:
    patterns = (
        "compose.yaml",
        "otel-collector/config.yaml",
        "prometheus/prometheus.yml",
        "prometheus/targets/*.yml",
        "alertmanager/*.yml",
        "grafana/provisioning/*/*.yaml",
        "tempo/*.yaml",
        "loki/*.yaml",
    )
    return sorted(
        str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern)
    )


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_mounted_exists(service: str) -> None:
    """Each mounted path of the repository exists, and each volume is declared and prepared."""
    prepared = {source for source, _, _ in mounts("prepare")}
    for source, _, options in mounts(service):
        if source.startswith("./data"):
            continue  # made by `prepare`, which test_up.py runs
        if source.startswith("./"):
            assert (ROOT / source).exists(), source
            assert "ro" in options
        elif source.startswith("/"):
            assert "ro" in options
        else:
            assert source in COMPOSE["volumes"]
            assert source in prepared
            assert service == "prepare" or "prepare" in closure(service)


@pytest.mark.parametrize("service", sorted(OURS - {"mlflow"}))
def test_every_variable_is_a_setting(service: str) -> None:
    """The settings take every variable that our services are told, with its value."""
    told = {name: value for name, value in environment(service).items() if value is not None}
    for name in environment(service):
        assert name in VARIABLES or name.startswith("OTEL_") or name == "PGPASSFILE"
    read(told)


def test_redis_is_used_when_somebody_says_so() -> None:
    """Predictions take files unless DEXWATCH_REDIS_URL is set outside, as compose.yaml says."""
    assert environment("api")["DEXWATCH_REDIS_URL"] is None
    assert environment("worker")["DEXWATCH_REDIS_URL"] is None
    (url,) = re.findall(
        r"DEXWATCH_REDIS_URL=(\S+) docker", (ROOT / "compose.yaml").read_text("utf-8")
    )
    read({"DEXWATCH_REDIS_URL": url})
    assert _addresses(url) == {("redis", 6379)}
    assert "redis" in needs("worker")


@pytest.mark.parametrize("path", _configurations())
def test_configurations_name_services_that_listen(path: str) -> None:
    """Each host:port of a configuration is a service of compose.yaml, and listens."""
    for host, port in _addresses(read_yaml(path)):
        assert port in LISTENING[host]


def test_the_collector_is_told_nothing_else() -> None:
    """The collector runs the repository's configuration, which leads to all three places."""
    (place,) = (target for source, target, _ in mounts("otel-collector") if source[0] == ".")
    assert seen_at("otel-collector", place) == ROOT / "otel-collector" / "config.yaml"
    assert f'CMD ["--config={place}"]' in (ROOT / "otel-collector" / "Dockerfile").read_text(
        "utf-8"
    )
    assert "command" not in SERVICES["otel-collector"]
    addresses = _addresses(read_yaml("otel-collector/config.yaml"))
    assert {host for host, _ in addresses} == {"prometheus", "tempo", "loki"}
    assert environment("api")["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://otel-collector:4318"


def test_the_collectors_image_is_made_as_make_makes_it() -> None:
    """Its Dockerfile takes builder, version, lock and flags that `make collector` takes."""
    folder = ROOT / "otel-collector"
    lines = (folder / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    (reading,) = re.findall(r'version="\$\((.+?)\)"', lines)
    found = subprocess.run(
        ["sh", "-c", reading], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()
    assert f"COLLECTOR_VERSION := {found}\n" in makefile
    for words in (
        "go.opentelemetry.io/collector/cmd/builder@v",
        "--config builder.yaml --skip-get-modules --skip-compilation",
        'go build -mod=readonly -trimpath -buildvcs=false -ldflags="-s -w"',
    ):
        assert words in re.sub(r"\s+", " ", lines)
        assert words in re.sub(r"\s+", " ", makefile)
    asked, taken = (
        re.search(pattern, text, re.MULTILINE)
        for pattern, text in (
            (r"^go (\d+)\.(\d+)\.(\d+)$", (folder / "go.mod").read_text("utf-8")),
            (r"^FROM golang:(\d+)\.(\d+)\.(\d+)-", lines),
        )
    )
    assert asked is not None
    assert taken is not None
    version = tuple(map(int, taken.groups()))
    assert version >= tuple(map(int, asked.groups()))
    # Earlier ones have known holes in the library that goes into the program.
    assert version >= (1, 25, 7)


def test_the_collectors_queue_outlives_it() -> None:
    """The queue's folder lies in the collector's volume."""
    folder = read_yaml("otel-collector/config.yaml")["extensions"]["file_storage"]["directory"]
    default = re.fullmatch(r"\$\{env:\w+:-(.+)\}", folder)
    assert default is not None
    (target,) = (target for source, target, _ in mounts("otel-collector") if source[0] != ".")
    assert default[1].startswith(f"{target}/")


@pytest.mark.parametrize("service", ["prometheus", "alertmanager", "tempo", "loki"])
def test_a_configuration_is_where_its_program_looks(service: str) -> None:
    """--config.file names a file that is mounted there."""
    assert seen_at(service, option(service, "config.file")).is_file()


def test_prometheus_takes_what_the_collector_writes() -> None:
    """Prometheus accepts remote writes and keeps exemplars, for longer than a month's budget."""
    command = SERVICES["prometheus"]["command"]
    assert "--web.enable-remote-write-receiver" in command
    assert "--enable-feature=exemplar-storage" in command
    assert int(option("prometheus", "storage.tsdb.retention.time").removesuffix("d")) > 30


def test_programs_listen_where_they_are_asked() -> None:
    """Tempo and Loki listen on the ports that compose.yaml publishes and others name."""
    tempo, loki = read_yaml("tempo/tempo.yaml"), read_yaml("loki/loki.yaml")
    protocols = tempo["distributor"]["receivers"]["otlp"]["protocols"]
    asked = {int(receiver["endpoint"].rpartition(":")[2]) for receiver in protocols.values()}
    assert asked | {tempo["server"]["http_listen_port"]} == LISTENING["tempo"]
    assert {loki["server"]["http_listen_port"]} == LISTENING["loki"]


def test_traces_and_logs_are_kept_equally_long_in_volumes() -> None:
    """Tempo and Loki keep a week, on a volume that outlives the container."""
    tempo, loki = read_yaml("tempo/tempo.yaml"), read_yaml("loki/loki.yaml")
    kept = tempo["compactor"]["compaction"]["block_retention"]
    assert kept == loki["limits_config"]["retention_period"] == "168h"
    assert loki["compactor"]["retention_enabled"] is True
    for service, folders in (
        ("tempo", [tempo["storage"]["trace"][part]["path"] for part in ("wal", "local")]),
        ("loki", [loki["common"]["path_prefix"], loki["compactor"]["working_directory"]]),
    ):
        (target,) = (target for source, target, _ in mounts(service) if source == service)
        assert all(f"{folder}/".startswith(f"{target}/") for folder in folders)


def test_loki_takes_what_otlp_brings() -> None:
    """Loki keeps attributes as structured metadata and has the service's name as a label."""
    limits = read_yaml("loki/loki.yaml")["limits_config"]
    assert limits["allow_structured_metadata"] is True
    resource = limits["otlp_config"]["resource_attributes"]
    (labels,) = resource["attributes_config"]
    assert resource["ignore_defaults"] is True
    assert labels["action"] == "index_label"
    assert "service.name" in labels["attributes"]
    (schema,) = read_yaml("loki/loki.yaml")["schema_config"]["configs"]
    assert (schema["store"], schema["schema"]) == ("tsdb", "v13")


def test_grafana_shows_the_repositorys_files() -> None:
    """Dashboards, data sources and the home page are mounted from the repository."""
    (provider,) = read_yaml("grafana/provisioning/dashboards/dashboards.yaml")["providers"]
    dashboards = ROOT / "grafana" / "dashboards"
    assert seen_at("grafana", provider["options"]["path"]) == dashboards
    told = SERVICES["grafana"]["environment"]
    home = seen_at("grafana", told["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert home == dashboards / "dexwatch.json"
    assert home.is_file()
    for part in ("datasources", "dashboards"):
        assert seen_at("grafana", f"/etc/grafana/provisioning/{part}").is_dir()
