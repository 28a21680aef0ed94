"""What the user fixed about the project's layout and libraries."""

from __future__ import annotations

import ast
import asyncio
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PATHS = (
    "src/app",
    "src/features",
    "src/telemetry",
    "otel-collector",
    "prometheus",
    "grafana",
    "migrations",
    "tests",
    "compose.yaml",
    "pyproject.toml",
)

PACKAGES = {
    "litestar": "litestar",
    "uvicorn": "uvicorn",
    "msgspec": "msgspec",
    "opentelemetry-sdk": "opentelemetry.sdk",
    "opentelemetry-exporter-prometheus": "opentelemetry.exporter.prometheus",
    "opentelemetry-instrumentation-asgi": "opentelemetry.instrumentation.asgi",
    "asyncpg": "asyncpg",
    "polars": "polars",
    "catboost": "catboost",
    "mlflow": "mlflow",
    "pytest": "pytest",
    "pytest-asyncio": "pytest_asyncio",
}


def _imports(root: Path) -> set[str]:
    names: set[str] = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    return names


@pytest.mark.parametrize("path", PATHS)
def test_every_path_of_the_user_exists(path: str) -> None:
    """Each of the user's ten paths is in the repository."""
    assert (ROOT / path).exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_of_the_user_is_a_direct_dependency(package: str) -> None:
    """Each package on the user's list is required by name in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    required = project["project"]["dependencies"] + [
        line for line in project["dependency-groups"]["dev"] if isinstance(line, str)
    ]
    assert package in {re.split(r"[<>=!~;\[ ]", line)[0] for line in required}


@pytest.mark.parametrize("module", sorted(set(PACKAGES.values()) - {"pytest_asyncio"}))
def test_every_package_of_the_user_is_imported(module: str) -> None:
    """Each package on the user's list is imported by the code, or by the tests if it is theirs."""
    imported = _imports(ROOT / "src") | _imports(ROOT / "tests")
    assert any(name == module or name.startswith(f"{module}.") for name in imported)


async def test_coroutines_are_run_by_pytest_asyncio(request: pytest.FixtureRequest) -> None:
    """pytest-asyncio, which nobody needs to import, runs every test that is a coroutine."""
    assert request.config.pluginmanager.hasplugin("asyncio")
    assert asyncio.current_task() is not None


LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
ALONE = {
    found[1]: contract
    for contract in LINTER["contracts"]
    if (found := re.fullmatch(r"\w+ is imported by (\w+) alone", contract["name"]))
}


@pytest.mark.parametrize("owner", ALONE)
def test_a_library_of_one_package_is_forbidden_to_all_others(owner: str) -> None:
    """No package is forgotten where a contract says that one alone imports a library."""
    assert sorted([owner, *ALONE[owner]["source_modules"]]) == sorted(LINTER["root_packages"])


def test_every_package_is_held_to_the_contracts() -> None:
    """import-linter knows every package of the source tree."""
    packages = {path.parent.name for path in (ROOT / "src").glob("*/__init__.py")}
    assert set(LINTER["root_packages"]) == packages


def test_the_locks_name_no_package_index() -> None:
    """No lock file holds a URL of a registry, so that any mirror can serve it."""
    for lock in (*ROOT.glob("requirements*.lock"), ROOT / "package-lock.json"):
        text = lock.read_text()
        assert "index-url" not in text
        assert '"resolved"' not in text
