"""Who runs the commands that stand in the documentation.

A page that is followed has each of its blocks run from top to bottom by its test, but for commands
that :data:`RUN_BY` names. On any other page every command has to be named there.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

FOLLOWED: Final = {
    "docs/how-to/*.md": "tests/acceptance/test_how_tos.py",
    "docs/tutorials/tour.md": "tests/acceptance/test_tutorials.py",
    "docs/tutorials/retrain.md": "tests/acceptance/test_rehearsal.py",
    "docs/tutorials/a-feature-more.md": "tests/documentation/test_feature_tutorial.py",
    "docs/fr/demarrage.md": "tests/acceptance/test_french_guide.py",
}
"""Pages, and what follows them."""

GATE: Final = ".ci/run"
"""The gate itself: targets of make that it needs, and tests that it runs."""
DOCKER: Final = "scripts/guide_in_docker.py"
"""Needs Docker; the job that has it runs this program."""

_RUN: Final = "tests/acceptance/test_run.py::test_a_clean_clone_serves_with_one_command"
_REHEARSAL: Final = (
    "tests/acceptance/test_rehearsal.py::test_the_loop_closes_and_a_bad_model_is_rolled_back"
)
_LOAD: Final = "tests/acceptance/test_load.py::test_thresholds_hold_and_can_fail"
_LOAD_PAGE: Final = "tests/acceptance/test_load.py::test_locusts_page_starts_and_counts_users"
_STREAM: Final = "tests/acceptance/test_stream_kills.py::test_kills_on_the_way_through_redis"
_PAGES: Final = "tests/unit/test_docs.py::test_a_generated_page_is_what_the_code_says"
_OVERLAYS: Final = "tests/unit/deploy/test_deploy.py::test_kubernetes_takes_every_resource"
_PODS: Final = "tests/unit/deploy/test_deploy.py::test_operators_name_what_there_is"
_SERVICES: Final = "tests/compose/test_composition.py::test_operators_name_services_that_there_are"
_LOGGER: Final = (
    "tests/integration/prometheus/test_runbooks.py"
    "::test_what_is_not_in_loki_is_looked_for_where_it_is"
)
_BOARDS: Final = "tests/unit/grafana/test_dashboards.py::test_the_files_are_what_the_code_writes"
_PREDICTION: Final = """\
curl -X POST http://localhost:8000/predict/best-move \\
  -H "Content-Type: application/json" \\
  -d '{
    "pokemon_a_id": 1,
    "pokemon_b_id": 25,
    "available_moves": ["Surf", "Ice Beam", "Earthquake"]
  }'"""
_EXAMPLE: Final = """\
curl -X POST http://localhost:8000/predict/best-move \\
  -H "Content-Type: application/json" \\
  -d '{
    "pokemon_a_id": 131,
    "pokemon_b_id": 149,
    "available_moves": ["Blizzard", "Ice Beam", "Thunderbolt"]
  }'"""
_IDS: Final = "tests/acceptance/test_guide.py::test_the_readmes_ids_are_found_by_name"
_FEEDBACK: Final = """\
curl -X POST http://localhost:8000/feedback \\
  -H "Authorization: Bearer $key" \\
  -H "Content-Type: application/json" \\
  -d '{"prediction_id": "<from the answer>", "winner": "A"}'"""

RUN_BY: Final = {
    "make run": _RUN,
    "make stack": "tests/acceptance/test_stack.py::test_the_stack_comes_up_and_goes_down_together",
    "make collector tools": GATE,
    "sudo make stack-tools": GATE,
    "make test": GATE,
    "make load": _LOAD,
    'make load LOAD="--shape spike"': _LOAD_PAGE,
    'make load LOAD="--host http://localhost:8000 --peak 100"': _LOAD,
    "docker compose exec -T ui cat /run/keys/feedback >data/feedback-key": DOCKER,
    (
        "DEXWATCH_FEEDBACK_KEY_FILE=data/feedback-key "
        'make load LOAD="--host http://localhost:8000 --peak 100"'
    ): _LOAD,
    "make load-web": _LOAD_PAGE,
    "make soak": "tests/acceptance/test_load.py::test_a_soak_tells_what_each_process_gains",
    "make faults": (
        "tests/stack/reliability/test_faults.py::test_no_fault_of_a_component_fails_a_prediction"
    ),
    "make node": GATE,
    "make ui": "tests/acceptance/test_ui.py::test_a_question_its_reasons_its_trace_and_who_won",
    "make lint typecheck": GATE,
    "make docs": "tests/documentation/test_site.py::test_the_site_is_made_without_a_warning",
    ".venv/bin/python -m pytest -q tests/unit/app": GATE,
    ".venv/bin/python -m pytest -q tests/unit/config": GATE,
    ".venv/bin/python -m pytest -q tests/unit/features": GATE,
    ".venv/bin/python -m pytest -q tests/integration/prometheus": GATE,
    ".venv/bin/python scripts/reference_docs.py": _PAGES,
    ".venv/bin/python -m grafana.source": _BOARDS,
    "otel-collector/build/otelcol-dexwatch validate --config otel-collector/config.yaml": (
        "tests/integration/collector/test_configuration.py"
        "::test_the_program_accepts_the_configuration"
    ),
    _PREDICTION: "tests/acceptance/test_guide.py::test_the_guides_curl_gets_a_prediction",
    _EXAMPLE: "tests/acceptance/test_guide.py::test_the_readmes_curl_gets_the_answer_that_it_shows",
    "curl 'http://localhost:8000/pokemon/search?q=lapras'": _IDS,
    "curl http://localhost:8000/pokemon/131": _IDS,
    "key=$(cat data/keys/feedback)": (
        "tests/acceptance/test_guide.py::test_the_guides_curl_gets_a_prediction"
    ),
    _FEEDBACK: "tests/acceptance/test_guide.py::test_the_guides_curl_gets_a_prediction",
    "dexwatch cycle": _REHEARSAL,
    "dexwatch cycle show": _REHEARSAL,
    "dexwatch retrain [--wait]": _REHEARSAL,
    "dexwatch promote [--version N]": _REHEARSAL,
    ".venv/bin/dexwatch promote --version 2": _REHEARSAL,
    "dexwatch rollback": _REHEARSAL,
    "dexwatch model register FOLDER": _REHEARSAL,
    "dexwatch replay --id 01a20dd7-06d2-7bee-9f4c-d36f14be8d53": (
        "tests/acceptance/test_production_data.py::test_one_prediction_can_be_looked_at_again"
    ),
    "DEXWATCH_REDIS_URL=redis://redis.example.org:6379 dexwatch serve": _STREAM,
    "DEXWATCH_REDIS_URL=redis://redis.example.org:6379 dexwatch worker": _STREAM,
    ".venv/bin/dexwatch train --release src/training/released": (
        "tests/acceptance/test_how_tos.py::test_retrain_on_production"
    ),
    "docker compose up --build": DOCKER,
    "DEXWATCH_REDIS_URL=redis://redis:6379 docker compose up --build": (
        "tests/compose/test_up.py::test_rows_take_the_stream_when_redis_is_named"
    ),
    "kubectl apply -k deploy/overlays/development": _OVERLAYS,
    "kubectl apply -k deploy/overlays/production": _OVERLAYS,
    "kubectl -n dexwatch delete job prepare release-model --ignore-not-found": (
        "tests/unit/deploy/test_deploy.py::test_jobs_go_by_the_names_that_they_have"
    ),
    "kubectl -n dexwatch rollout undo deployment/api": _PODS,
    "kubectl -n dexwatch rollout undo statefulset/worker": _PODS,
    "docker compose up db etl api -d": DOCKER,
    "docker compose up prometheus grafana node-exporter -d": DOCKER,
    "docker compose logs prometheus": DOCKER,
    'docker compose logs -f api | grep -i "production"': DOCKER,
    "docker compose restart grafana": DOCKER,
}
"""Command to the test, or the program, that runs it or the same with other values."""

IN_SENTENCES: Final = {
    ".venv/bin/mlflow ui --backend-store-uri sqlite:///data/mlflow/mlflow.db --workers 1": (
        "tests/acceptance/test_registry_pages.py"
        "::test_the_line_of_the_readme_shows_runs_and_versions"
    ),
    ".venv/bin/python -m pytest tests/unit": GATE,
    ".venv/bin/python scripts/readme_figures.py": (
        "tests/unit/test_docs.py::test_the_readme_is_written_anew_for_another_champion"
    ),
    ".venv/bin/python scripts/kubernetes_rules.py": (
        "tests/unit/deploy/test_deploy.py::test_the_rules_are_those_of_prometheus"
    ),
    "docker compose ps api": DOCKER,
    "docker compose stop db": DOCKER,
    "docker compose stop otel-collector": DOCKER,
    "docker compose exec api ls data/journal": _SERVICES,
    "docker compose exec redis redis-cli": _SERVICES,
    "docker compose exec worker python -m cli": _SERVICES,
    "docker compose logs api": _SERVICES,
    'docker compose logs api | grep \'"logger":"opentelemetry\'': _LOGGER,
    "docker compose logs otel-collector": _SERVICES,
    "docker compose logs worker": _SERVICES,
    "docker compose restart api": _SERVICES,
    "docker compose restart worker": _SERVICES,
    "docker compose top api": _SERVICES,
    "kubectl -n dexwatch exec deployment/api -c api -- ls data/journal": _PODS,
    "kubectl -n dexwatch exec deployment/api -c api -- python -m cli doctor": _PODS,
    "kubectl -n dexwatch exec statefulset/worker -- python -m cli": _PODS,
    "kubectl -n dexwatch logs deployment/api -c api": _PODS,
    "kubectl -n dexwatch logs statefulset/otel-gateway": _PODS,
    "kubectl -n dexwatch logs statefulset/worker": _PODS,
    "kubectl -n dexwatch rollout restart deployment/api": _PODS,
    "kubectl -n dexwatch rollout restart statefulset/worker": _PODS,
}
"""The same of commands within sentences and tables; targets of make, words of ``dexwatch`` and what
docs/deployment.md has for Docker are looked at by tests of their own."""

_ON_PURPOSE: Final = "breaks something; what its alert says then is played in tests/integration"
_BY_EYE: Final = "is for the eyes of whoever has the trouble"
_NO_ENGINE: Final = (
    "needs an engine; tests/unit/deploy holds targets and names, `docker` builds them"
)
NOT_RUN: Final = {
    ".venv/bin/uv tool run py-spy dump --pid PID": "asks the package index, and a hanging process",
    "DEXWATCH_MODEL_ALIAS=nobody dexwatch serve": _ON_PURPOSE,
    "DEXWATCH_WORKERS=2 make run": _ON_PURPOSE,
    "DEXWATCH_WORKERS=32 make run": _ON_PURPOSE,
    "MLFLOW_TRACKING_URI=http://localhost:9 dexwatch model sync": _ON_PURPOSE,
    "chmod a-w data/production": _ON_PURPOSE,
    "docker compose cp worker:/app/data/production_daily .": (
        "brings out what the worker makes of files that are two days old"
    ),
    (
        "docker build --tag ghcr.io/dexwatch/dexwatch-otel-collector:0.1.0 otel-collector"
    ): _NO_ENGINE,
    "docker build --target api --tag ghcr.io/dexwatch/dexwatch-api:0.1.0 .": _NO_ENGINE,
    "git checkout": "changes the checkout",
    "git diff docs/model-card.md": _BY_EYE,
    "kubectl -n dexwatch get pods": "needs a cluster, and names nothing but the namespace",
    "git pull": "changes the checkout",
    "kill -9": _ON_PURPOSE,
    "kill -CONT": _ON_PURPOSE,
    "kill -STOP": _ON_PURPOSE,
    "python -m benchmarks.service --rounds 5 --seconds 4 --steady 300": (
        "wants an idle machine for half an hour; the gate runs it with --compact"
    ),
    "python -m capture.writing": "is what `ps` shows, and not to be typed",
    'redis-cli DEL "{dexwatch:predictions}:dead"': "throws away what somebody has looked at",
    'redis-cli XADD dexwatch:predictions "*" row nonsense': _ON_PURPOSE,
    'redis-cli XRANGE "{dexwatch:predictions}:dead" - + COUNT 10': _BY_EYE,
    "scripts/image.sh api": "needs Docker; the workflow `docker` runs it for every image",
    "ss -tn state established '( sport = :8000 )'": _BY_EYE,
    "while sleep 0.5; do (exec 3<>/dev/tcp/localhost/8000; sleep 60) & done": _ON_PURPOSE,
    "wrk -t1 -c8 -d700 http://localhost:8000/types": _ON_PURPOSE,
    (
        "wrk -t2 -c8 -d400 -s <a script that posts a batch of a thousand> "
        "http://localhost:8000/predict/best-move/batch"
    ): _ON_PURPOSE,
}
"""Commands within sentences that no test runs, and why."""


def follower(page: str) -> str | None:
    """Give the file of tests that follows a page, if it is followed."""
    return next((file for of, file in FOLLOWED.items() if fnmatch(page, of)), None)


def gate_targets() -> set[str]:
    """Give the targets that the gate makes, with what two of them need."""
    script = (ROOT / GATE).read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {
        word for line in re.findall(r"^make (.+)$", script, re.MULTILINE) for word in line.split()
    }
    needed = re.findall(r"^(?:test|stack-tools):(.*?)(?:##.*)?$", makefile, re.MULTILINE)
    return targets | {word for line in needed for word in line.split()}
