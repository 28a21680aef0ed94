"""deploy/ as a cluster would take it: overlays are built, read strictly, agree with the rest."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from base64 import b64decode
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml
from tests.compose.composition import SERVING_BYTES, WRITER_BYTES, size
from tests.programs import program

from capture.archive.history import DAILY_FOLDER, SMALL_FOLDER
from config.settings import VARIABLES, Settings, read
from lifecycle.challenger import FOLDER as LIFECYCLE_FOLDER
from telemetry.signals import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).parents[3]
DEPLOY: Final = ROOT / "deploy"
OUTSIDE: Final = "outside"
"""Production with the component for what is kept outside of the cluster, which no overlay has."""
OVERLAYS: Final = ("development", "production", OUTSIDE)
KUBERNETES: Final = "1.34"
OTHERS: Final = {
    "keda.sh/v1alpha1",
    "monitoring.coreos.com/v1",
    "ray.io/v1",
}
"""What operators bring to a cluster; deploy/check knows their types."""
SHUTDOWN: Final = Settings().server.shutdown_seconds + 10
"""Requests, the journal, the pool and telemetry."""


@cache
def _text(overlay: str) -> str:
    if overlay == OUTSIDE:
        return _built_upon("production", components=["components/outside"])
    return _built(DEPLOY / "overlays" / overlay)


def _built_upon(overlay: str, components: Sequence[str] = (), **more: Any) -> str:
    """Build what somebody's own overlay makes of one of ours."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        described = more | {
            "resources": [os.path.relpath(DEPLOY / "overlays" / overlay, folder)],
            "components": [os.path.relpath(DEPLOY / component, folder) for component in components],
        }
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
        return _built(folder)


def _built(folder: Path) -> str:
    building = [program("kustomize"), "build", folder]
    return subprocess.run(building, check=True, capture_output=True, text=True).stdout


@cache
def _everything(overlay: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(_text(overlay)))


def _resources(overlay: str, *kinds: str) -> list[dict[str, Any]]:
    return [resource for resource in _everything(overlay) if not kinds or resource["kind"] in kinds]


def _named(overlay: str, kind: str, name: str) -> dict[str, Any]:
    (found,) = (
        resource
        for resource in _resources(overlay, kind)
        if re.fullmatch(rf"{name}(-[a-z0-9]{{10}})?", resource["metadata"]["name"])
    )
    return found


def _pods(value: Any) -> Iterator[dict[str, Any]]:
    """Find the description of every pod, wherever it stands."""
    if isinstance(value, dict):
        if "containers" in value:
            yield value
        for inner in value.values():
            yield from _pods(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pods(inner)


def _all_pods() -> Iterator[dict[str, Any]]:
    for overlay in OVERLAYS:
        for resource in _resources(overlay):
            yield from _pods(resource)


def _containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", ()), *pod["containers"]]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubernetes_takes_every_resource(overlay: str) -> None:
    """Each is of its schema, and has no field that the schema does not know."""
    for resource in _resources(overlay):
        if resource["apiVersion"] not in OTHERS:
            kubernetes_validate.validate(resource, KUBERNETES, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_operators_take_theirs(overlay: str) -> None:
    """KEDA's, Prometheus' and Ray's own types decode every field of what is meant for them."""
    done = subprocess.run(
        [program("deploy-check")], input=_text(overlay), check=True, capture_output=True, text=True
    )
    meant = [r for r in _resources(overlay) if r["apiVersion"] in OTHERS]
    assert done.stdout.splitlines() == [f"{r['kind']} {r['metadata']['name']}" for r in meant]
    assert len(meant) >= 5


def test_pods_are_restricted() -> None:
    """Every pod fits the strictest of Kubernetes' own standards, and has a root it cannot write."""
    for pod in _all_pods():
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        assert all("hostPath" not in volume for volume in pod.get("volumes", ()))
        for container in _containers(pod):
            confined = container["securityContext"]
            assert confined["allowPrivilegeEscalation"] is False
            assert confined["readOnlyRootFilesystem"] is True
            assert confined["capabilities"] == {"drop": ["ALL"]}
            assert {"cpu", "memory"} <= set(container["resources"]["requests"])
            assert "memory" in container["resources"]["limits"]
            assert all("hostPort" not in port for port in container.get("ports", ()))
    for overlay in OVERLAYS:
        (namespace,) = _resources(overlay, "Namespace")
        labels = namespace["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_images_are_pinned() -> None:
    """Every image has a version."""
    for pod in _all_pods():
        for container in _containers(pod):
            assert re.search(r":\d+\.\d+(\.\d+)?(-alpine)?$", container["image"]), container[
                "image"
            ]


def test_every_variable_is_a_setting() -> None:
    """What our programs are told, their settings know."""
    for overlay in OVERLAYS:
        told = set(_named(overlay, "ConfigMap", "dexwatch")["data"])
        for pod in _pods(_resources(overlay)):
            for container in _containers(pod):
                if "/dexwatch-" in container["image"]:
                    told |= {variable["name"] for variable in container.get("env", ())}
        others = {name for name in told if name.startswith("OTEL_")}
        assert told - others <= {*VARIABLES, "POD", "RAY_USAGE_STATS_ENABLED"}


def test_the_gateway_knows_the_configurations_variables() -> None:
    """The variables that lead the gateway to its back ends are those of config.yaml."""
    text = (ROOT / "otel-collector" / "config.yaml").read_text(encoding="utf-8")
    for overlay in OVERLAYS:
        assert _named(overlay, "ConfigMap", "otel-gateway-config")["data"] == {"config.yaml": text}
        told = _named(overlay, "ConfigMap", "otel-gateway")["data"]
        assert set(told) == {"OTELCOL_PROMETHEUS", "OTELCOL_TEMPO", "OTELCOL_LOKI"}
        assert all(f"${{env:{name}:-" in text for name in told)


def test_a_trace_comes_together_in_one_place() -> None:
    """Agents send by trace id to every instance of the gateway, whose service has all addresses."""
    agent = yaml.safe_load((DEPLOY / "base" / "agent.yaml").read_text(encoding="utf-8"))
    exporters, pipelines = agent["exporters"], agent["service"]["pipelines"]
    (traces,) = pipelines["traces"]["exporters"]
    (metrics,) = pipelines["metrics"]["exporters"]
    assert exporters[traces]["routing_key"] == "traceID"
    assert exporters[metrics]["routing_key"] == "resource"
    for overlay in OVERLAYS:
        gateway = _named(overlay, "Service", "otel-gateway")
        namespace = gateway["metadata"]["namespace"]
        host = exporters[traces]["resolver"]["dns"]["hostname"]
        assert host == f"otel-gateway.{namespace}.svc.cluster.local"
        assert gateway["spec"]["clusterIP"] == "None"
        assert _named(overlay, "Service", "otel-agent")["spec"]["internalTrafficPolicy"] == "Local"
        assert "tail_sampling" not in agent.get("processors", {})


def test_the_collector_takes_the_agents_configuration(tmp_path: Path) -> None:
    """But for the load-balancing exporter, which only the public image has."""
    text = (DEPLOY / "base" / "agent.yaml").read_text(encoding="utf-8")
    agent = yaml.safe_load(text.replace("loadbalancing/", "otlp_http/"))
    agent["exporters"] = {name: {"endpoint": "http://gateway"} for name in agent["exporters"]}
    path = tmp_path / "agent.yaml"
    path.write_text(yaml.safe_dump(agent), encoding="utf-8")
    subprocess.run([program("otelcol-dexwatch"), "validate", f"--config={path}"], check=True)


def test_a_pod_that_goes_has_answered() -> None:
    """Balancers have time to forget it, and then it has time to finish."""
    for overlay in OVERLAYS:
        spec = _named(overlay, "Deployment", "api")["spec"]
        pod = spec["template"]["spec"]
        (api,) = pod["containers"]
        pause = api["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] > pause + SHUTDOWN
        ready = api["readinessProbe"]
        assert pause >= ready["periodSeconds"] * ready["failureThreshold"]
        assert ready["httpGet"]["path"] == "/health/ready"
        assert api["livenessProbe"]["httpGet"]["path"] == "/health/live"
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert "replicas" not in spec  # scaling decides, and a rollout is not to undo it


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize(
    ("kind", "name"),
    [("Deployment", "api"), ("StatefulSet", "worker"), ("StatefulSet", "otel-gateway")],
)
def test_a_node_takes_one_at_a_time_along(overlay: str, kind: str, name: str) -> None:
    """Pods of a kind are spread over zones and nodes, and one of them may be moved at a time."""
    spec = _named(overlay, kind, name)["spec"]
    budget = _named(overlay, "PodDisruptionBudget", name)["spec"]
    assert budget["selector"]["matchLabels"] == spec["selector"]["matchLabels"]
    assert budget["maxUnavailable"] == 1
    spread = spec["template"]["spec"]["topologySpreadConstraints"]
    for constraint in spread:
        assert constraint["labelSelector"]["matchLabels"] == spec["selector"]["matchLabels"]
    assert [constraint["topologyKey"] for constraint in spread] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]


def test_scaling_asks_for_what_there_is(tmp_path: Path) -> None:
    """Every query is PromQL, of metrics that the service has, about a workload that is there."""
    known = {schema().prometheus_name(name) for name in schema().signals}
    for overlay in OVERLAYS:
        for scaled in _resources(overlay, "ScaledObject"):
            target = scaled["spec"]["scaleTargetRef"]
            _named(overlay, target.get("kind", "Deployment"), target["name"])
            for trigger in scaled["spec"]["triggers"]:
                query = trigger["metadata"]["query"]
                names = re.findall(r"\b(?:api|capture)_[a-z_]+", query)
                assert names
                assert {name.removesuffix("_bucket") for name in names} <= known
                rules = tmp_path / "rules.yml"
                group = {"name": "scaling", "rules": [{"record": "a:b", "expr": query}]}
                rules.write_text(yaml.safe_dump({"groups": [group]}), encoding="utf-8")
                subprocess.run([program("promtool"), "check", "rules", rules], check=True)


def test_lost_metrics_end_no_pods() -> None:
    """A query without an answer is a failure to KEDA, unless it is about how slow answers are."""
    for overlay in OVERLAYS:
        for scaled in _resources(overlay, "ScaledObject"):
            for trigger in scaled["spec"]["triggers"]:
                # KEDA takes it for 0 by default.
                expected = "true" if trigger["name"] == "latency" else "false"
                assert trigger["metadata"]["ignoreNullValues"] == expected


def test_no_number_is_no_answer(tmp_path: Path) -> None:
    """Where nothing was asked there is no quantile, which KEDA would take for one."""
    (api,) = (s for s in _resources("production", "ScaledObject") if s["metadata"]["name"] == "api")
    (query,) = (
        t["metadata"]["query"] for t in api["spec"]["triggers"] if t["metricType"] == "Value"
    )
    bucket = 'api_request_duration_seconds_bucket{job="dexwatch",le="%s"}'

    def told(below: str, above: str, expected: list[dict[str, Any]]) -> dict[str, Any]:
        series = [(bucket % "0.5", below), (bucket % "+Inf", above)]
        return {
            "interval": "15s",
            "input_series": [{"series": name, "values": values} for name, values in series],
            "promql_expr_test": [{"expr": query, "eval_time": "5m", "exp_samples": expected}],
        }

    asked = [{"labels": "{}", "value": 0.475}]
    tests = [told("7x40", "7x40", []), told("0+9x40", "0+9x40", asked)]
    path = tmp_path / "tests.yml"
    path.write_text(yaml.safe_dump({"tests": tests}), encoding="utf-8")
    subprocess.run([program("promtool"), "test", "rules", path], check=True)


def test_a_probe_waits_for_a_busy_pod() -> None:
    """What would end a program of ours has longer than the second that is usual."""
    for pod in _all_pods():
        for container in pod["containers"]:
            if "/dexwatch-" in container["image"] and "collector" not in container["image"]:
                for probe in ("livenessProbe", "startupProbe"):
                    if probe in container:
                        assert container[probe].get("timeoutSeconds", 1) >= 5


def test_the_registry_is_one_process() -> None:
    """More would write to one file, and be ended while they start on a busy node."""
    for overlay in OVERLAYS:
        (pod,) = _pods(_named(overlay, "Deployment", "mlflow"))
        assert "--workers=1" in pod["containers"][0]["args"]


def test_images_are_of_this_release() -> None:
    """What is deployed is what the tag of the code's own version releases."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    images = {c["image"] for pod in _all_pods() for c in _containers(pod)}
    ours = {image for image in images if "/dexwatch-" in image}
    assert len(ours) == 6
    assert {image.rpartition(":")[2] for image in ours} == {project["version"]}


def test_private_images_are_fetched_with_the_secret_of_the_documentation() -> None:
    """Its patch gives it to the account of every pod that runs an image of ours."""
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    (patching,) = re.findall(r"```yaml\n(patches:\n.+?)```", page, re.DOTALL)
    built = list(yaml.safe_load_all(_built_upon("production", **yaml.safe_load(patching))))
    accounts = {
        resource["metadata"]["name"]: resource.get("imagePullSecrets")
        for resource in built
        if resource["kind"] == "ServiceAccount"
    }
    for pod in _pods(built):
        if any("/dexwatch-" in container["image"] for container in _containers(pod)):
            (secret,) = accounts[pod["serviceAccountName"]]
            assert f"| `{secret['name']}` | " in page


def test_images_that_are_built_by_hand_are_those_that_are_taken() -> None:
    """What an operator is told to build and load has a target, and the name an overlay takes."""
    page = " ".join((ROOT / "docs" / "deployment.md").read_text(encoding="utf-8").split())
    taken = {c["image"] for pod in _all_pods() for c in _containers(pod)}
    built = re.findall(r"docker build (?:--target (\w+) )?--tag (\S+) ([\w.-]+)`", page)
    assert len(built) == 2
    assert {name for _, name, _ in built} | set(re.findall(r"docker-image (\S+)`", page)) <= taken
    for target, name, folder in built:
        lines = (ROOT / folder / "Dockerfile").read_text(encoding="utf-8").splitlines()
        assert not target or any(re.fullmatch(rf"FROM .+ AS {target}", line) for line in lines)
        assert name.rpartition(":")[0].endswith(f"/dexwatch-{target or folder}")


def test_the_service_is_not_the_owner_of_the_database() -> None:
    """In development too it has a role of its own, which the database makes at its first start."""
    told = _named("development", "Secret", "dexwatch-database")["data"]
    owner, service = (urlsplit(b64decode(told[f"{who}-url"])) for who in ("owner", "service"))
    assert owner.username != service.username
    (pod,) = _pods(_named("development", "StatefulSet", "db"))
    (run_at_first,) = (
        volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume
    )
    (making,) = _named("development", "ConfigMap", run_at_first[:-11])["data"].values()
    login = b"CREATE ROLE %s LOGIN PASSWORD '%s'" % (service.username, service.password)
    assert making.encode() == login
    assert "/docker-entrypoint-initdb.d" in {
        mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]
    }


def test_a_pod_of_the_api_has_room_for_what_it_runs() -> None:
    """What it asks for holds the process that serves and its writer; at most it takes half more."""
    for overlay in OVERLAYS:
        (pod,) = _pods(_named(overlay, "Deployment", "api"))
        (api,) = pod["containers"]
        pair = SERVING_BYTES + WRITER_BYTES
        asked, most = (
            size(api["resources"][kind]["memory"].removesuffix("i").lower())
            for kind in ("requests", "limits")
        )
        assert asked > pair
        assert most > 1.5 * pair


def test_redis_is_full_before_its_pod_is_out_of_memory() -> None:
    """It refuses rows, which wait in journals, at half of what its container may take."""
    (pod,) = _pods(_named("development", "StatefulSet", "redis"))
    (redis,) = pod["containers"]
    most = redis["args"][redis["args"].index("--maxmemory") + 1]
    limit = redis["resources"]["limits"]["memory"]
    assert int(most.removesuffix("mb")) * 2 <= int(limit.removesuffix("Mi"))


def test_feedback_finds_what_workers_have_written() -> None:
    """Pods of the API and workers see the same captured files, small and daily, on any node.

    Workers also see what others have played for a cycle, whose next step may be theirs.
    """
    most = Settings().retention.max_bytes
    captured = (SMALL_FOLDER, DAILY_FOLDER)
    for overlay in OVERLAYS:
        claim = _named(overlay, "PersistentVolumeClaim", "captured")
        for kind, name, folders, reads in (
            ("Deployment", "api", captured, True),
            ("StatefulSet", "worker", (*captured, LIFECYCLE_FOLDER), False),
        ):
            (pod,) = _pods(_named(overlay, kind, name))
            (volume,) = (
                volume["name"]
                for volume in pod["volumes"]
                if volume.get("persistentVolumeClaim") == {"claimName": claim["metadata"]["name"]}
            )
            (container,) = pod["containers"]
            mounted = {
                mount["mountPath"]: (mount["subPath"], mount.get("readOnly", False))
                for mount in container["volumeMounts"]
                if mount["name"] == volume
            }
            assert mounted == {
                f"/app/{Settings().data_dir}/{folder}": (folder, reads) for folder in folders
            }
        if overlay == "production":
            assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
            # The cluster's usual class is for one node.
            assert claim["spec"]["storageClassName"]
            room = claim["spec"]["resources"]["requests"]["storage"]
            assert size(room.removesuffix("i").lower()) > most


def test_what_counts_says_which_pod_it_is() -> None:
    """The service, the worker and what brings models are the same instances as long as their pod.

    Whatever ends and is run again would else be a new one each time, with new series.
    """
    for overlay in OVERLAYS:
        for kind, name in (("Deployment", "api"), ("StatefulSet", "worker")):
            (pod,) = _pods(_named(overlay, kind, name))
            for container in _containers(pod):
                told = {variable["name"]: variable for variable in container["env"]}
                assert told["POD"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
                attributes = told["OTEL_RESOURCE_ATTRIBUTES"]["value"].split(",")
                assert "service.instance.id=$(POD)" in attributes
                assert list(told).index("POD") < list(told).index("OTEL_RESOURCE_ATTRIBUTES")


def test_the_proxy_before_the_api_is_named() -> None:
    """In production callers are told apart by what the ingress says of them."""
    told = _named("production", "ConfigMap", "dexwatch")["data"]
    assert read(told).access.trusted_proxies == "10.244.0.0/16"


def test_one_address_is_less_than_what_a_pod_is_meant_to_answer() -> None:
    """In production nobody's number of requests is alone a reason for another pod."""
    told = _named("production", "ConfigMap", "dexwatch")["data"]
    count, _, span = read(told).access.rate_limit.partition("/")
    (asked,) = (
        trigger["metadata"]["threshold"]
        for trigger in _named("production", "ScaledObject", "api")["spec"]["triggers"]
        if trigger["name"] == "requests"
    )
    assert span == "minute"
    assert int(count) / 60 < int(asked)


def test_nobody_speaks_unless_somebody_said_so() -> None:
    """All traffic is forbidden first, and each exception is about pods that there are."""
    for overlay in OVERLAYS:
        policies = _resources(overlay, "NetworkPolicy")
        (closed,) = (p for p in policies if p["metadata"]["name"] == "nobody-speaks-to-anybody")
        assert closed["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        labels = {
            resource["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"]
            for resource in _resources(overlay, "Deployment", "StatefulSet", "DaemonSet", "Job")
        }
        text = yaml.safe_dump(policies)
        named = set(re.findall(r"app\.kubernetes\.io/name: (\S+)", text))
        assert named
        assert named <= labels
        assert {*labels} - {"db", "redis"} <= named | {"worker", "job"}


def test_what_is_outside_of_the_cluster_can_be_reached() -> None:
    """The component lets out who asks there, and brings the store's settings where they count."""
    ways = {}
    for name in ("object-store", "data-outside"):
        policy = _named(OUTSIDE, "NetworkPolicy", name)
        assert policy["metadata"]["namespace"] == "dexwatch"
        spec = policy["spec"]
        (pods,), (rule,) = spec["podSelector"]["matchExpressions"], spec["egress"]
        assert spec["policyTypes"] == ["Egress"]
        assert all("ipBlock" in place for place in rule["to"])
        ways[name] = (pods["values"], [port["port"] for port in rule["ports"]])
    assert ways == {
        "object-store": (["api", "worker"], [443]),
        "data-outside": (["api", "worker", "job"], [5432, 6379]),
    }
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    for kind, name in (("Deployment", "api"), ("StatefulSet", "worker")):
        (pod,) = _pods(_named(OUTSIDE, kind, name))
        (container,) = pod["containers"]
        (secret,) = (one["secretRef"] for one in container["envFrom"] if "secretRef" in one)
        assert secret["optional"] is True
        assert f"| `{secret['name']}` | " in page


def test_prometheus_has_the_jobs_that_rules_name() -> None:
    """Service monitors give the scrapes the names that alerts and dashboards ask for."""
    rules = "".join(p.read_text("utf-8") for p in (ROOT / "prometheus" / "rules").glob("*.yml"))
    asked = set(re.findall(r'job="([\w-]+)"', rules)) - {"dexwatch"}
    for overlay in OVERLAYS:
        jobs = set()
        for monitor in _resources(overlay, "ServiceMonitor"):
            labels = monitor["spec"]["selector"]["matchLabels"]
            (endpoint,) = monitor["spec"]["endpoints"]
            for service in _resources(overlay, "Service"):
                if labels.items() <= service["metadata"].get("labels", {}).items():
                    jobs.add(service["metadata"]["labels"][monitor["spec"]["jobLabel"]])
                    ports = {port.get("name") for port in service["spec"]["ports"]}
                    assert endpoint["port"] in ports
        assert asked <= jobs


def test_every_collector_is_observed() -> None:
    """Prometheus has a monitor for agents and gateway, and is let in at the port that it asks."""
    watching = {"kubernetes.io/metadata.name": "monitoring"}
    for overlay in OVERLAYS:
        monitors = {
            monitor["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
            for monitor in _resources(overlay, "ServiceMonitor")
        }
        for kind, name in (("DaemonSet", "otel-agent"), ("StatefulSet", "otel-gateway")):
            template = _named(overlay, kind, name)["spec"]["template"]
            label = template["metadata"]["labels"]["app.kubernetes.io/name"]
            assert label in monitors
            (port,) = (
                port["containerPort"]
                for port in template["spec"]["containers"][0]["ports"]
                if port.get("name") == "metrics"
            )
            policy = _named(overlay, "NetworkPolicy", name)["spec"]
            assert policy["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == label
            assert {"port": port} in [
                open_
                for rule in policy["ingress"]
                if {"namespaceSelector": {"matchLabels": watching}} in rule["from"]
                for open_ in rule["ports"]
            ]


def test_jobs_go_by_the_names_that_they_have() -> None:
    """Those that the documentation has removed before another release are all that there are."""
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^kubectl -n (.+) --ignore-not-found$", page, re.MULTILINE)
    namespace, _, _, *names = command.split()
    for overlay in OVERLAYS:
        jobs = [job["metadata"] for job in _resources(overlay, "Job")]
        assert {job["namespace"] for job in jobs} == {namespace}
        assert {job["name"] for job in jobs} == set(names)


def test_operators_name_what_there_is() -> None:
    """Workloads and containers that an operator is told to type are those of the overlays."""
    pages = [*(ROOT / "docs" / "runbooks").glob("*.md"), ROOT / "docs" / "deployment.md"]
    typed = {
        found
        for page in pages
        for found in re.findall(
            r"kubectl -n (\S+) (?:exec|logs|rollout \w+) (\w+)/([\w-]+)(?: -c ([\w-]+))?",
            page.read_text(encoding="utf-8"),
        )
    }
    assert {name for _, _, name, _ in typed} == {"api", "worker", "otel-gateway"}
    for overlay in OVERLAYS:
        for namespace, kind, name, container in typed:
            kinds = {"deployment": "Deployment", "statefulset": "StatefulSet"}
            workload = _named(overlay, kinds[kind], name)
            assert workload["metadata"]["namespace"] == namespace
            containers = [one["name"] for one in workload["spec"]["template"]["spec"]["containers"]]
            # Where none is named, kubectl takes the first of them.
            assert (container or containers[0]) in containers


def test_the_rules_are_those_of_prometheus() -> None:
    """The committed resource is what the script makes of prometheus/rules today."""
    printing = [sys.executable, ROOT / "scripts" / "kubernetes_rules.py", "-"]
    fresh = subprocess.run(printing, check=True, capture_output=True, text=True).stdout
    assert (DEPLOY / "base" / "rules.yaml").read_text(encoding="utf-8") == fresh


def test_ray_is_of_one_version() -> None:
    """The cluster says of itself what is installed in its image."""
    lock = (ROOT / "requirements-scale.lock").read_text(encoding="utf-8")
    version = re.search(r"^ray==(\S+)", lock, re.MULTILINE)
    job = _named("production", "RayJob", "simulation")
    assert version is not None
    assert job["spec"]["rayClusterSpec"]["rayVersion"] == version[1]


def test_ray_has_as_many_players_as_are_asked_for() -> None:
    """Without its autoscaler, which no pod here may be, only their number says how many."""
    cluster = _named("production", "RayJob", "simulation")["spec"]["rayClusterSpec"]
    assert "enableInTreeAutoscaling" not in cluster
    (players,) = cluster["workerGroupSpecs"]
    assert players["replicas"] > 1
    assert not {"minReplicas", "maxReplicas"} & set(players)


def test_ray_takes_the_job_that_is_handed_to_it() -> None:
    """The dashboard is installed, and the operator is let in to it from where it is told to be."""
    lock = (ROOT / "requirements-scale.lock").read_text(encoding="utf-8")
    # Ray leaves its dashboard and its agents' pages away where one of these is missing.
    for package in ("aiohttp", "aiohttp-cors", "colorful", "opencensus", "prometheus-client"):
        assert re.search(rf"^{package}==", lock, re.MULTILINE), package
    policy = _named("production", "NetworkPolicy", "simulation")["spec"]
    (rule,) = (rule for rule in policy["ingress"] if rule.get("ports") == [{"port": 8265}])
    (source,) = rule["from"]
    (namespace,) = source["namespaceSelector"]["matchLabels"].values()
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert f"`{namespace}`" in page


def test_ray_is_asked_how_it_is_without_a_program() -> None:
    """Probes of every pod are requests: what the operator would put there is not in the image."""
    cluster = _named("production", "RayJob", "simulation")["spec"]["rayClusterSpec"]
    (head,), (player,) = (
        group["template"]["spec"]["containers"]
        for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])
    )
    asked = {
        (who, probe): tuple(container[f"{probe}Probe"]["httpGet"].values())
        for who, container in (("head", head), ("player", player))
        for probe in ("liveness", "readiness")
    }
    raylet = ("/api/local_raylet_healthz", 52365)
    assert asked == {
        ("head", "liveness"): raylet,
        ("head", "readiness"): ("/api/gcs_healthz", 8265),
        ("player", "liveness"): raylet,
        ("player", "readiness"): raylet,
    }
