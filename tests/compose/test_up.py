"""Our services as compose.yaml has them: images, users, mounts, order and health checks."""

from __future__ import annotations

import json
import re
import shutil
import stat
import time
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest
from tests.acceptance.losses import captured
from tests.compose.composition import ROOT, SERVICES, seconds
from tests.compose.sandbox import HIDDEN, Container
from tests.programs import program

from config.settings import Settings
from features.contract import FEATURE_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.compose.dockerfile import Builder
    from tests.compose.up import Up

QUESTION: Final = ROOT / "docs" / "fr" / "demarrage.md"
ROWS: Final = Settings().capture.rows_per_file
STREAM: Final = Settings().stream.name
USES_KERNELS: Final = (
    "from features.duel import openings; openings.compile_ahead();"
    "k = openings._describe; assert sum(k.stats.cache_misses.values()) == 0, k.stats"
)
pytestmark = pytest.mark.timeout(900)  # images are built before the first of them


@pytest.fixture(scope="module")
def api(up: Up) -> Up:
    """Start what `docker compose up db etl api` starts, from nothing."""
    up.start("db", "etl", "api")
    up.wait_until_healthy("api")
    return up


def _question() -> list[str]:
    """Give the guide's request, as curl takes it."""
    body = re.search(r"-d '(\{.*?\})'", QUESTION.read_text("utf-8"), re.DOTALL)
    assert body is not None
    address = "http://localhost:8000/predict/best-move"
    return ["-X", "POST", address, "-H", "Content-Type: application/json", "-d", body[1]]


def test_an_image_holds_no_source_that_can_be_written(api: Up) -> None:
    """The service's user may write to its volumes, its home and /tmp alone."""
    folders = ("/app", "/app/src/features", "/app/.venv", "/etc", "/run/credentials")
    for folder in folders:
        assert not api.answers("api", "touch", f"{folder}/x"), folder
    for folder in ("/app/data", "/app/data/production", "/tmp", "/home/dexwatch"):  # noqa: S108
        assert api.answers("api", "sh", "-c", f"touch {folder}/x && rm {folder}/x"), folder
    assert api.answers("api", "sh", "-c", '[ "$(id -u)" = 10001 ]')
    assert api.answers("api", "sh", "-c", "grep -q 'CapBnd:.*0000000000000000' /proc/self/status")
    assert api.answers("api", "sh", "-c", "grep -q 'NoNewPrivs:.*1' /proc/self/status")


def test_the_guides_requests_are_answered(api: Up) -> None:
    """Swagger, metrics, health and a prediction come from the published port."""
    assert "swagger" in api.ask("http://localhost:8000/docs").lower()
    assert json.loads(api.ask("http://localhost:8000/health"))["status"] == "ok"
    answer = json.loads(api.ask(*_question()))
    assert answer["model_version"] == "v1"
    assert 'model_predictions_total{model_version="v1"}' in api.ask("http://localhost:8000/metrics")


def test_no_kernel_is_compiled_anew(api: Up) -> None:
    """What the image has compiled is what the service runs."""
    api.ask(*_question())
    code = "from features.duel.compiled import CACHE; print(CACHE); print(*CACHE.rglob('*.nbc'))"
    image = api.image("api")
    compiled = {path.name for path in (image.folders / "app" / "src").rglob("*.nbc")}
    assert compiled
    said = api.container("api").run("python", "-c", f"{code}; {USES_KERNELS}")
    assert {path.rpartition("/")[2] for path in said.split() if path.endswith(".nbc")} == compiled
    times = {path.stat().st_mtime % 1 for path in (image.folders / "app" / "src").rglob("*.py")}
    assert times == {0.0}


def test_the_database_gives_each_its_rights(api: Up) -> None:
    """The service cannot change the dex, and nobody comes in without the made-up password."""
    query = (
        "import asyncio, asyncpg, os, sys\n"
        "async def ask():\n"
        "    link = await asyncpg.connect(os.environ['DEXWATCH_DATABASE_URL'])\n"
        "    print(await link.fetchval('SELECT count(*) FROM dexwatch.forms'))\n"
        "    await link.execute('DELETE FROM dexwatch.forms WHERE false')\n"
        "asyncio.run(ask())"
    )
    said = api.container("api")
    assert not api.answers("api", "python", "-c", query)
    assert "188" in said.run("sh", "-c", 'python -c "$1" 2>&1 || true', "sh", query)
    password = (api.volume("owner-credentials") / "dexwatch_service").read_text("utf-8").strip()
    assert len(password) > 20
    assert not api.answers("api", "env", "PGPASSFILE=/nowhere", "python", "-c", query)


def test_passwords_are_read_by_their_owners_alone(up: Up) -> None:
    """Each file belongs to one user and nobody else may read it; a second start keeps all."""
    up.start("prepare")
    files = {
        path: path.read_bytes()
        for folder in ("credentials", "owner-credentials")
        for path in up.volume(folder).iterdir()
    }
    assert {path.name: path.stat().st_uid for path in files} == {
        "postgres": 70,
        "dexwatch": 70,
        "dexwatch_service": 70,
        "pgpass": 10001,
        "grafana_password": 472,
    }
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o400 for path in files)
    up.container("prepare").run(*up.command("prepare"))
    assert {path: path.read_bytes() for path in files} == files
    assert (up.volume("credentials") / "grafana_password").read_text("utf-8") == "admin\n"


def test_given_secrets_win(up: Up) -> None:
    """A file in docker/secrets is used from the next start on."""
    up.start("prepare")
    given = up.volume("checkout") / "docker" / "secrets" / "grafana_password"
    given.write_text("of our own\n", encoding="utf-8")
    try:
        up.container("prepare").run(*up.command("prepare"))
        password = up.volume("credentials") / "grafana_password"
        assert password.read_text("utf-8") == "of our own\n"
        assert password.stat().st_uid == 472
    finally:
        given.unlink()
        up.container("prepare").run(*up.command("prepare"))


def test_the_checkout_stays_its_owners(up: Up) -> None:
    """data/ is the owner's of the checkout; the service is let in as a group, also by files."""
    up.start("prepare")
    checkout = up.volume("checkout")
    try:
        for path in (checkout, *(checkout / "docker").rglob("*"), checkout / "docker"):
            shutil.chown(path, 1234, 1234)
        up.container("prepare").run(*up.command("prepare"))
        assert (checkout / "data").stat().st_uid == 1234
        for name in ("production", "datasets"):
            found = (checkout / "data" / name).stat()
            assert (found.st_uid, found.st_gid) == (1234, 10001)
            assert stat.S_IMODE(found.st_mode) == 0o2775
    finally:
        shutil.chown(checkout / "docker", 0, 0)
        up.container("prepare").run(*up.command("prepare"))


def test_a_stop_brings_captured_rows_to_the_checkout(api: Up) -> None:
    """Within the grace period the service ends by itself, and its rows are in data/production."""
    for _ in range(3):
        api.ask(*_question())
    took = api.end("api")
    assert took < seconds(SERVICES["api"]["stop_grace_period"])
    log = api.log("api").read_text("utf-8")
    assert "production data: reference loaded" in log
    production = api.volume("checkout") / "data" / "production"
    rows = pl.read_parquet(production / "*.parquet")
    assert rows.height >= 3
    assert rows.columns[:133] == list(FEATURE_NAMES)
    assert (api.volume("checkout") / "data" / "datasets" / "X_train.parquet").exists()
    api.begin("api")
    api.wait_until_healthy("api")


def test_the_worker_runs_and_ends_in_time(api: Up) -> None:
    """Beside the service, with Redis; it can play battles with the Node of its own image."""
    program("redis-server")
    api.start("worker")
    api.wait_until_healthy("worker")
    assert "worker       runs" in api.container("api").run("python", "-m", "cli", "doctor")
    assert not any(api.answers("worker", name, "--version") for name in HIDDEN)
    code = "from battles.node import node, rules_digest; print(node()); print(rules_digest())"
    said = api.container("worker").run("python", "-c", code)
    assert "/app/.venv/" in said
    assert api.end("worker") < seconds(SERVICES["worker"]["stop_grace_period"])


def test_redis_keeps_what_it_is_given(api: Up) -> None:
    """Redis, as it is started, writes rows down and throws none out."""
    program("redis-server")
    api.start("redis")
    api.wait_until_healthy("redis")
    redis = api.container("redis")
    assert re.search(r"appendonly\s+yes", redis.run("redis-cli", "config", "get", "*append*"))
    assert "noeviction" in redis.run("redis-cli", "config", "get", "maxmemory-policy")


def test_rows_take_the_stream_when_redis_is_named(api: Up) -> None:
    """Named where `docker compose up` is called, Redis has each row until the worker has it."""
    program("redis-server")
    api.end("worker")
    _start_anew(api, "api", "worker", DEXWATCH_REDIS_URL="redis://redis:6379")
    body = json.dumps({"predictions": [json.loads(_question()[-1])] * ROWS})
    address = "http://localhost:8000/predict/best-move/batch"
    answer = json.loads(api.ask("-H", "Content-Type: application/json", "-d", body, address))
    deadline = time.monotonic() + 60
    while _stream(api, "entries-added") != ROWS or _stream(api, "length") != 0:
        assert time.monotonic() < deadline, api.log("worker").read_text("utf-8")
        time.sleep(0.2)
    written = captured(api.volume("checkout") / "data")
    assert [written[one["prediction_id"]] for one in answer["results"]] == [1] * ROWS
    api.end("worker")
    _start_anew(api, "api")


def _start_anew(up: Up, *names: str, **variables: str) -> None:
    """Stop the service, and start it with others where these variables are set."""
    up.end("api")
    up.shell = variables
    up.start(*names)
    for name in names:
        up.wait_until_healthy(name)


def _stream(up: Up, what: str) -> int | None:
    """Ask Redis for a number about the stream, which there is once somebody has used it."""
    said = up.container("redis").run("redis-cli", "xinfo", "stream", STREAM)
    found = re.search(rf"^{what}\s+(\d+)$", said, re.MULTILINE)
    return found and int(found[1])


def test_a_metric_takes_its_whole_way(api: Up) -> None:
    """From the service through the collector to Prometheus, by the names of compose.yaml alone."""
    program("wget")  # of busybox in the images, for health checks
    api.start("prometheus")
    api.wait_until_healthy("prometheus")
    api.ask(*_question())
    deadline = time.monotonic() + 120
    while not (
        _asked(api, "sum(model_predictions_total) >= 1") and _asked(api, "count(up == 1) == 5")
    ):
        assert time.monotonic() < deadline, api.ask("http://localhost:9090/api/v1/targets")
        time.sleep(1)
    assert _asked(api, "node_memory_MemAvailable_bytes")


def _asked(up: Up, query: str) -> bool:
    """Tell whether Prometheus has an answer."""
    asking = ("--get", "--data-urlencode", f"query={query}")
    said = json.loads(up.ask("http://localhost:9090/api/v1/query", *asking))
    return bool(said["data"]["result"])


def test_mlflow_shows_the_registry(api: Up) -> None:
    """Its pages and its HTTP interface know the released champion."""
    api.start("mlflow")
    api.wait_until_healthy("mlflow")
    path = "/api/2.0/mlflow/registered-models/alias?name=dexwatch&alias=champion"
    found = json.loads(api.ask(f"http://localhost:5000{path}"))
    assert found["model_version"]["version"] == "1"
    assert "MLflow" in api.ask("http://localhost:5000/")


def test_the_pages_are_served(api: Up) -> None:
    """The pages' image, which knows nothing but the API, answers on its port."""
    api.start("ui")
    api.wait_until_healthy("ui")
    assert "streamlit" in api.ask("http://localhost:8501/").lower()


def test_feedback_takes_the_key_of_the_pages(api: Up) -> None:
    """What the documentation reads out of the pages' container tells who won a prediction."""
    api.start("ui")
    key = api.container("ui").run("cat", "/run/keys/feedback").strip()
    body = json.dumps(
        {"prediction_id": json.loads(api.ask(*_question()))["prediction_id"], "winner": "A"}
    )
    headers = ("-H", f"Authorization: Bearer {key}", "-H", "Content-Type: application/json")
    assert '"winner":"A"' in api.ask(*headers, "-d", body, "http://localhost:8000/feedback")


def test_all_commands_are_there(up: Up) -> None:
    """The command line of each image of ours answers."""
    for service, words in (("api", ["--help"]), ("worker", ["--help"]), ("ui", ["ui", "--help"])):
        image = up.image(service)
        assert "Usage: " in up.container(service).run(*image.entrypoint, *words)


def test_ray_starts_from_a_login_shell(images: Builder, tmp_path: Path) -> None:
    """KubeRay runs `ray` so, as an ordinary user; battles can be played there."""
    image = images.build("ray")
    container = Container(
        folders=image.folders,
        environment=image.environment,
        read_only=True,
        user=image.user,
        mounts={"/app/data": (tmp_path, False)},
        tmpfs=SERVICES["worker"]["tmpfs"],
    )
    assert "version" in container.run("bash", "-lc", "ray --version")
    code = "from battles.node import node, rules_digest; print(node(), rules_digest())"
    assert "/app/.venv/" in container.run("bash", "-lc", f"python -c '{code}'")
    # With it there is a dashboard, which takes jobs; Ray itself begins so.
    container.run("bash", "-lc", "python -c 'import ray.dashboard.optional_deps'")
