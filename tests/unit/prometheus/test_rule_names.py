"""The rules' expressions against the schema of signals."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
import yaml
from tests.promql_names import EVERY_SERIES, GROUPS, OWN, known, metrics, not_of_the_schema

RULES: Final = [
    rule
    for path in sorted((Path(__file__).parents[3] / "prometheus" / "rules").glob("*.yml"))
    for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
RECORDED: Final = {rule["record"] for rule in RULES if "record" in rule}


def _name(rule: dict[str, str]) -> str:
    return rule.get("alert") or rule["record"]


@pytest.mark.parametrize("rule", RULES, ids=_name)
def test_a_rule_asks_for_what_there_is(rule: dict[str, str]) -> None:
    """Each metric in a rule is in the schema, is recorded, or belongs to a program of the stack."""
    names = metrics(rule["expr"])
    assert not {name for name in names if name not in RECORDED and (":" in name or not known(name))}


@pytest.mark.parametrize("rule", RULES, ids=_name)
def test_a_rule_uses_labels_and_values_that_there_are(rule: dict[str, str]) -> None:
    """Labels that choose and group the service's series are the schema's, and so are values."""
    assert not not_of_the_schema(rule["expr"])
    names = metrics(rule["expr"])
    if names and names <= set(OWN):
        allowed = {*EVERY_SERIES, ""}.union(*(OWN[name] for name in names))
        groups = GROUPS.findall(rule["expr"])
        assert {label.strip() for group in groups for label in group.split(",")} <= allowed
