"""The user's guide, executed against the service as it is run."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import httpx
import polars as pl
import pytest
from tests import patient
from tests.acceptance.service import ROOT
from tests.documentation.pages import commands
from tests.waiting import wait_for

from config.settings import ModelSettings
from features.contract import FEATURE_NAMES
from registry.cache import ModelCache
from training import reference

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.service import Service

BEST_MOVE = {
    "pokemon_a_id": 1,
    "pokemon_b_id": 25,
    "available_moves": ["Surf", "Ice Beam", "Earthquake"],
}


def _shell(service: Service, command: str) -> str:
    """Run a command of the guide as it is written, on the test's port."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command.replace("http://localhost:8000", service.url)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_the_metrics_come_out_as_printed(service: Service) -> None:
    """Five GET /docs, then curl /metrics: the guide's three lines, to the letter."""
    answered = 'api_requests_total{endpoint="/docs",method="GET",status="200"} '
    said = patient.get(f"{service.url}/metrics").text.splitlines()
    counts = (float(line.removeprefix(answered)) for line in said if line.startswith(answered))
    before = sum(counts, 0.0)
    for _ in range(5):
        assert patient.get(f"{service.url}/docs").status_code == 200
    lines = _shell(service, "curl -s http://localhost:8000/metrics").splitlines()
    assert "# HELP api_requests_total Total API requests" in lines
    assert "# TYPE api_requests_total counter" in lines
    assert f"{answered}{before + 5}" in lines
    assert 'api_errors_total{endpoint="/docs",method="GET",status="200"} 0.0' in lines


def test_errors_of_predictions_are_counted_from_zero(service: Service) -> None:
    """Before there is one: a rate of a series that began with the first would not see it."""
    said = patient.get(f"{service.url}/metrics").text
    for endpoint in ("/predict/best-move", "/predict/best-move/batch", "/predict/explain"):
        for counted in ("api_requests_total", "api_errors_total"):
            for status in (200, 500, 503):
                labels = f'endpoint="{endpoint}",method="POST",status="{status}"'
                assert f"\n{counted}{{{labels}}} " in said


def test_the_guides_curl_gets_a_prediction(service: Service) -> None:
    """The curl of the guide, which the French page repeats, answers with moves best first."""
    (command, *_), (_, tell) = _curls("docs/fr/demarrage.md"), _curls("README.md")
    answer = httpx.Response(200, text=_shell(service, command.replace("curl", "curl -sf"))).json()
    assert (answer["pokemon_a_name"], answer["pokemon_b_name"]) == ("Bulbasaur", "Pikachu")
    # Ground against Electric: no other of the three comes near.
    assert answer["recommended_move"] == "Earthquake"
    chances = [move["win_probability"] for move in answer["all_moves"]]
    assert chances == sorted(chances, reverse=True)
    assert answer["win_probability"] == chances[0]
    assert re.fullmatch(r"v\d+", answer["model_version"])
    assert [move["learnable"] for move in answer["all_moves"]] == [False] * 3
    ground = answer["all_moves"][0]
    assert (ground["type_multiplier"], ground["stab"], ground["effective_power"]) == (2, 1, 200)
    # README goes on to tell who won, with the key that the service has left.
    told = (
        tell.replace("curl", "curl -sf", 1)
        .replace("<from the answer>", answer["prediction_id"])
        .replace("cat data/keys/feedback", f"cat '{service.data_dir}/keys/feedback'")
    )
    assert '"winner":"A"' in _shell(service, told)


def test_the_readmes_curl_gets_the_answer_that_it_shows(service: Service) -> None:
    """All that README shows of the answer is what the service says of each move."""
    command, _ = _curls("README.md")
    answer = httpx.Response(200, text=_shell(service, command.replace("curl", "curl -sf"))).json()
    (block,) = re.findall(r"```json\n(.*?)```", _page("README.md"), re.DOTALL)
    shown = json.loads(block)
    moves = zip(shown.pop("all_moves"), answer["all_moves"], strict=True)
    for said, is_so in [(shown, answer), *moves]:
        said.pop("...")
        assert said == {name: is_so[name] for name in said}


def test_the_readmes_ids_are_found_by_name(service: Service) -> None:
    """README's search gives the id that it names, and that id's page the moves of its example."""
    (block,) = re.findall(r"```bash\n(curl '.*?)```", _page("README.md"), re.DOTALL)
    search, look = (_shell(service, line.replace("curl", "curl -sf")) for line in commands(block))
    assert json.loads(search)["items"][0]["id"] == 131
    learnt = {move["name"] for move in json.loads(look)["moves"]}
    assert {"Blizzard", "Ice Beam", "Thunderbolt"} <= learnt


def _page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _curls(page: str) -> list[str]:
    """Give the predictions, and what else is posted, that a page asks for."""
    return re.findall(r"```bash\n((?:key=[^\n]*\n)?curl -X POST .*?)```", _page(page), re.DOTALL)


def test_the_guides_health_check_answers(service: Service) -> None:
    """The guide's first look when something is wrong: /health and /metrics."""
    assert '"status":"ok"' in _shell(service, "curl -sf http://localhost:8000/health")
    assert "model_predictions_total" in _shell(service, "curl -s http://localhost:8000/metrics")


@pytest.mark.parametrize(
    ("names", "names_b"),
    [
        (["Surf", "Ice Beam", "Earthquake"], None),
        (["SURF", "ice-beam", " earth quake"], None),
        (["Surf", "Laser Glace", "Séisme"], None),
        (["surf", "laserglace", "SEISME"], None),
        (["Surf", "Ice Beam", "Earthquake", "Surf"], None),
        (["Earthquake", "Surf", "Ice Beam"], None),
        (["Surf", "Ice Beam", "Earthquake"], ["Thunderbolt"]),
        (["Surf", "Ice Beam", "Earthquake"], ["TONNERRE"]),
    ],
)
def test_names_and_their_order_change_no_probability(
    service: Service, names: list[str], names_b: list[str] | None
) -> None:
    """Spelling, language, order and repetition of names give one and the same answer."""
    asked = BEST_MOVE | {"available_moves": names, "available_moves_b": names_b}
    plain = BEST_MOVE | {"available_moves_b": names_b and ["Thunderbolt"]}
    answers = [
        patient.post(f"{service.url}/predict/best-move", json=body).raise_for_status().json()
        for body in (asked, plain)
    ]
    assert answers[0]["all_moves"] == answers[1]["all_moves"]


def test_answers_speak_french(service: Service) -> None:
    """Accept-Language decides the language of every name."""
    answer = patient.post(
        f"{service.url}/predict/best-move", json=BEST_MOVE, headers={"Accept-Language": "fr"}
    ).json()
    assert (answer["pokemon_a_name"], answer["recommended_move"]) == ("Bulbizarre", "Séisme")


def test_model_info_tells_where_the_answers_come_from(service: Service) -> None:
    """Version, features, metrics and training data of the model that answers."""
    info = patient.get(f"{service.url}/predict/model-info").raise_for_status().json()
    answer = patient.post(f"{service.url}/predict/best-move", json=BEST_MOVE).json()
    assert info["version"] == answer["model_version"]
    assert info["features"] == list(FEATURE_NAMES)
    assert info["metrics"]["closed_hit"] >= 0.88
    assert info["metrics"]["closed_regret"] <= 0.03
    assert info["metrics"]["open_hit"] >= 0.88
    assert info["metrics"]["open_regret"] <= 0.03
    assert info["training_data"]["games"] > 1_000_000


def test_production_data_are_collected(service: Service) -> None:
    """The guide's ls and grep: 100 predictions make a file, and the log says so."""
    before = set(_files(service.data_dir))
    with patient.client() as client:
        for _ in range(100):
            client.post(f"{service.url}/predict/best-move", json=BEST_MOVE).raise_for_status()
    wait_for(lambda: set(_files(service.data_dir)) - before, 10, "a file")
    (path, *_) = set(_files(service.data_dir)) - before
    assert re.fullmatch(r"production_data_\d{8}_\d{6}(_\d+)?\.parquet", path.name)
    rows = pl.read_parquet(path)
    assert rows.height == 100
    assert rows.columns[:133] == list(FEATURE_NAMES)
    assert rows["prediction_id"].n_unique() == 100
    assert rows.row(-1, named=True)["available_moves"] == ["surf", "ice-beam", "earthquake"]
    wait_for(lambda: f"production data: 100 rows written to {path.name}" in service.log())
    said = [line for line in service.log().splitlines() if "production" in line.lower()]
    assert any("production data: reference loaded" in line for line in said)
    assert all("production data:" in line for line in said)


def test_a_captured_row_is_the_answer_that_was_given(service: Service) -> None:
    """Probabilities and move in the file are those of the answer with the same id."""
    answer = patient.post(f"{service.url}/predict/best-move", json=BEST_MOVE).json()
    with patient.client() as client:
        for _ in range(99):
            client.post(f"{service.url}/predict/best-move", json=BEST_MOVE).raise_for_status()

    rows: list[dict[str, Any]] = []

    def found() -> bool:
        files = [*service.data_dir.glob("production/production_data_*.parquet")]
        if not files:
            return False
        row = (
            pl.scan_parquet(files)
            .filter(pl.col("prediction_id") == answer["prediction_id"])
            .collect()
        )
        rows.extend(row.iter_rows(named=True))
        return bool(rows)

    wait_for(found, 10, "its row")
    (row,) = rows
    given = {move["move_name"]: move["win_probability"] for move in answer["all_moves"]}
    captured = dict(zip(BEST_MOVE["available_moves"], row["win_probabilities"], strict=True))
    assert captured == given
    assert row["recommended_move"] == "earthquake"
    assert row["move_effective_power"] == 200
    assert row["model_version"] == answer["model_version"]
    assert re.fullmatch(r"[0-9a-f]{32}", row["trace_id"])


def test_the_guides_folder_leads_to_the_data() -> None:
    """The link of the guide's ls points to data/production, relative, in the repository."""
    link = ROOT / "api_pokemon" / "monitoring" / "drift_data"
    assert link.is_symlink()
    assert str(link.readlink()) == "../../data/production"


def test_the_reference_is_there(service: Service) -> None:
    """X_train.parquet: 10,000 rows of the 133 features, as the champion recommends them."""
    path = service.data_dir / "datasets" / "X_train.parquet"
    rows = pl.read_parquet(path)
    assert rows.shape == (10_000, 133)
    assert rows.columns == list(FEATURE_NAMES)
    champion = ModelCache.of(ModelSettings(), service.data_dir).read_current()
    assert champion is not None
    assert reference.is_of(path, champion.manifest.sha256)


def test_the_service_has_not_loaded_mlflow(service: Service) -> None:
    """The serving process maps no file of MLflow's native dependencies, nor its modules."""
    # MLflow always brings SQLAlchemy and its compiled parts along.
    maps = f"/proc/{service.process.pid}/maps"
    with open(maps, encoding="utf-8") as file:  # noqa: PTH123  # a file of the kernel
        assert not any("/sqlalchemy/" in line or "/mlflow/" in line for line in file)


def _files(data_dir: Path) -> list[Path]:
    return list((data_dir / "production").glob("production_data_*.parquet"))
