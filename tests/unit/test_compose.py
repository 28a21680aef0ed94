"""What compose.yaml mounts is there, and its names and ports are those of the configurations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).parents[2]

# Ports that people and tools reach from the machine itself.
PORTS: Final = {
    "db": {5432},
    "otel-collector": {4317, 4318},
    "prometheus": {9090},
    "alertmanager": {9093},
    "node-exporter": {9100},
    "tempo": {3200},
    "loki": {3100},
    "grafana": {3000},
}
# What the images listen on by themselves, or are told to by our files.
INSIDE: Final = PORTS | {"otel-collector": {4317, 4318, 8888}, "tempo": {3200, 4317, 4318}}
# Not in compose.yaml until the service has an image; Prometheus finds it on the host.
SERVICE: Final = {"api": {8000}}


def _yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


COMPOSE: Final = _yaml("compose.yaml")
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]


def _mounts(service: str) -> list[tuple[str, str, str]]:
    """Give source, target and mode of each volume."""
    mounts = (volume.split(":") for volume in SERVICES[service].get("volumes", ()))
    return [(source, target, *mode, "rw")[:3] for source, target, *mode in mounts]


def _at(service: str, place: str) -> Path:
    """Give the file of the repository that a service sees at a place."""
    for source, target, _ in _mounts(service):
        if source.startswith("./") and place.startswith(target):
            return ROOT / source / place.removeprefix(target).lstrip("/")
    pytest.fail(f"{service} sees nothing of the repository at {place}")


def _option(service: str, name: str) -> str:
    (value,) = (
        option.partition("=")[2]
        for option in SERVICES[service]["command"]
        if option.lstrip("-").startswith(f"{name}=")
    )
    return str(value)


def _addresses(value: Any) -> set[tuple[str, int]]:
    """Find every host:port of the compose network in a configuration."""
    names = "|".join(map(re.escape, [*SERVICES, *SERVICE]))
    found = re.findall(rf"(?<![\w.-])({names}):(\d+)", yaml.safe_dump(value))
    return {(host, int(port)) for host, port in found}


def _configurations() -> list[str]:
    patterns = (
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


def test_the_guides_services_are_there() -> None:
    """What the guide starts by name and is not the service itself can be started by that name."""
    assert {"db", "prometheus", "grafana", "node-exporter"} <= set(SERVICES)


def test_prometheus_and_grafana_bring_what_they_show() -> None:
    """Starting the guide's three monitoring services starts everything that feeds them."""
    started, rest = set(), ["prometheus", "grafana", "node-exporter"]
    while rest:
        service = rest.pop()
        started.add(service)
        rest += [name for name in SERVICES[service].get("depends_on", ()) if name not in started]
    assert started == set(SERVICES) - {"db"}


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_mounted_exists_and_stays_as_it_is(service: str) -> None:
    """Each mounted path of the repository exists and is read-only; each volume is declared."""
    for source, _, mode in _mounts(service):
        if source.startswith("./"):
            assert (ROOT / source).exists(), source
            assert mode == "ro"
        elif source.startswith("/"):
            assert mode == "ro"
        else:
            assert source in COMPOSE["volumes"]


@pytest.mark.parametrize("service", SERVICES)
def test_images_are_pinned(service: str) -> None:
    """Every image has a version, and none moves."""
    image, _, tag = SERVICES[service]["image"].partition(":")
    assert image
    assert re.fullmatch(r"v?\d+\.\d+(\.\d+)?(-alpine)?", tag)


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_this_machines_own(service: str) -> None:
    """Only the agreed ports are open, and only on the loopback address."""
    published = SERVICES[service].get("ports", ())
    ports = set()
    for port in published:
        address, outside, inside = port.split(":")
        assert address == "127.0.0.1"
        assert outside == inside
        ports.add(int(outside))
    assert ports == PORTS.get(service, set())


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_ends_or_fills_the_disk_unseen(service: str) -> None:
    """Each service comes back by itself, and all but the older database's logs are bounded."""
    running = service != "volume-owner"
    assert SERVICES[service]["restart"] == ("unless-stopped" if running else "no")
    if service != "db":
        assert SERVICES[service]["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


@pytest.mark.parametrize("path", _configurations())
def test_configurations_name_services_that_listen(path: str) -> None:
    """Each host:port of a configuration is a service of compose.yaml, or the API, and listens."""
    listening = INSIDE | SERVICE
    for host, port in _addresses(_yaml(path)):
        assert port in listening[host]


def test_the_collector_is_told_nothing_else() -> None:
    """The collector runs the repository's configuration, which leads to all three places."""
    path = _at("otel-collector", _option("otel-collector", "config"))
    configuration = yaml.safe_load(path.read_text("utf-8"))
    assert path == ROOT / "otel-collector" / "config.yaml"
    assert {host for host, _ in _addresses(configuration)} == {"prometheus", "tempo", "loki"}
    # The image is of the version that the project builds itself.
    version = SERVICES["otel-collector"]["image"].rpartition(":")[2]
    assert version in (ROOT / "otel-collector" / "builder.yaml").read_text("utf-8")


@pytest.mark.parametrize("service", ["otel-collector", "tempo", "loki"])
def test_who_writes_owns_the_volume(service: str) -> None:
    """A program without root's rights starts after its volume has been given to it."""
    ((volume, target, mode),) = (m for m in _mounts(service) if not m[0].startswith("./"))
    assert mode == "rw"
    assert (volume, target, mode) in _mounts("volume-owner")
    assert SERVICES["volume-owner"]["command"][:2] == ["chown", "10001:10001"]
    assert target in SERVICES["volume-owner"]["command"][2:]
    condition = SERVICES[service]["depends_on"]["volume-owner"]["condition"]
    assert condition == "service_completed_successfully"


def test_the_collectors_queue_outlives_it() -> None:
    """The queue's folder lies in the collector's volume."""
    folder = _yaml("otel-collector/config.yaml")["extensions"]["file_storage"]["directory"]
    default = re.fullmatch(r"\$\{env:\w+:-(.+)\}", folder)
    assert default is not None
    (target,) = (target for source, target, _ in _mounts("otel-collector") if source[0] != ".")
    assert default[1].startswith(f"{target}/")


@pytest.mark.parametrize("service", ["prometheus", "alertmanager", "tempo", "loki"])
def test_a_configuration_is_where_its_program_looks(service: str) -> None:
    """--config.file names a file that is mounted there."""
    assert _at(service, _option(service, "config.file")).is_file()


def test_prometheus_takes_what_the_collector_writes() -> None:
    """Prometheus accepts remote writes and keeps exemplars, for longer than a month's budget."""
    command = SERVICES["prometheus"]["command"]
    assert "--web.enable-remote-write-receiver" in command
    assert "--enable-feature=exemplar-storage" in command
    assert int(_option("prometheus", "storage.tsdb.retention.time").removesuffix("d")) > 30


def test_prometheus_finds_the_service_on_the_host() -> None:
    """The target `api` is the host as long as compose.yaml has no service of that name."""
    assert "api" not in SERVICES
    assert SERVICES["prometheus"]["extra_hosts"] == ["api:host-gateway"]


def test_programs_listen_where_they_are_asked() -> None:
    """Tempo and Loki listen on the ports that compose.yaml publishes and others name."""
    tempo, loki = _yaml("tempo/tempo.yaml"), _yaml("loki/loki.yaml")
    protocols = tempo["distributor"]["receivers"]["otlp"]["protocols"]
    asked = {int(receiver["endpoint"].rpartition(":")[2]) for receiver in protocols.values()}
    assert asked | {tempo["server"]["http_listen_port"]} == INSIDE["tempo"]
    assert {loki["server"]["http_listen_port"]} == INSIDE["loki"]


def test_traces_and_logs_are_kept_equally_long_in_volumes() -> None:
    """Tempo and Loki keep a week, on a volume that outlives the container."""
    tempo, loki = _yaml("tempo/tempo.yaml"), _yaml("loki/loki.yaml")
    kept = tempo["compactor"]["compaction"]["block_retention"]
    assert kept == loki["limits_config"]["retention_period"] == "168h"
    assert loki["compactor"]["retention_enabled"] is True
    for service, folders in (
        ("tempo", [tempo["storage"]["trace"][part]["path"] for part in ("wal", "local")]),
        ("loki", [loki["common"]["path_prefix"], loki["compactor"]["working_directory"]]),
    ):
        (target,) = (target for source, target, _ in _mounts(service) if source == service)
        assert all(f"{folder}/".startswith(f"{target}/") for folder in folders)


def test_loki_takes_what_otlp_brings() -> None:
    """Loki keeps attributes as structured metadata and has the service's name as a label."""
    limits = _yaml("loki/loki.yaml")["limits_config"]
    assert limits["allow_structured_metadata"] is True
    resource = limits["otlp_config"]["resource_attributes"]
    (labels,) = resource["attributes_config"]
    assert resource["ignore_defaults"] is True
    assert labels["action"] == "index_label"
    assert "service.name" in labels["attributes"]
    (schema,) = _yaml("loki/loki.yaml")["schema_config"]["configs"]
    assert (schema["store"], schema["schema"]) == ("tsdb", "v13")


def test_grafana_shows_the_repositorys_files() -> None:
    """Dashboards, data sources and the home page are mounted from the repository."""
    (provider,) = _yaml("grafana/provisioning/dashboards/dashboards.yaml")["providers"]
    dashboards = ROOT / "grafana" / "dashboards"
    assert _at("grafana", provider["options"]["path"]) == dashboards
    environment = SERVICES["grafana"]["environment"]
    home = _at("grafana", environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert home == dashboards / "dexwatch.json"
    assert home.is_file()
    for part in ("datasources", "dashboards"):
        assert _at("grafana", f"/etc/grafana/provisioning/{part}").is_dir()


def test_the_password_is_admin_unless_the_environment_says_otherwise() -> None:
    """It is admin / admin without any file, and nothing keeps an older password."""
    environment = SERVICES["grafana"]["environment"]
    for name in ("GF_SECURITY_ADMIN_USER", "GF_SECURITY_ADMIN_PASSWORD"):
        assert environment[name] == f"${{{name}:-admin}}"
    assert "env_file" not in SERVICES["grafana"]
    assert all(source.startswith("./") for source, _, _ in _mounts("grafana"))
