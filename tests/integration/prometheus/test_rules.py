"""Each alert comes on its fault and stays away on what only looks like it."""

from __future__ import annotations

import re
import subprocess
import sys
from math import log
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from tests import texts
from tests.integration.prometheus.cases import CASES, MORE, Case
from tests.programs import ROOT, program
from tests.promql_names import metrics
from tests.texts import of_the_texts
from tests.unit.grafana.panels import panel_queries

FOLDER: Final = ROOT / "prometheus"
RULES: Final = sorted((FOLDER / "rules").glob("*.yml"))


def _groups() -> list[dict[str, Any]]:
    return [group for path in RULES for group in yaml.safe_load(path.read_text())["groups"]]


ALERTS: Final = {
    rule["alert"]: rule for group in _groups() for rule in group["rules"] if "alert" in rule
}

RECORDED: Final = {
    rule["record"]: rule["expr"]
    for group in _groups()
    for rule in group["rules"]
    if "record" in rule
}
NOT_DRAWN: Final = {
    "NoModel": "its board marks on each panel when a version was loaded, and draws no line of it",
    "Watchdog": "it looks at nothing",
}
"""Alerts that no panel of their board has a metric of, and why."""
PLAYED: Final = [*sorted(CASES.items()), *MORE]


def _promtool(*words: str) -> str:
    done = subprocess.run(
        [program("promtool"), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_program_accepts_the_configuration() -> None:
    """Prometheus' own checker finds nothing wrong with the configuration and its rules."""
    assert "SUCCESS" in _promtool("check", "config", str(FOLDER / "prometheus.yml"))


@pytest.mark.parametrize(("alert", "case"), PLAYED, ids=[alert for alert, _ in PLAYED])
def test_an_alert_knows_its_fault_from_a_near_miss(alert: str, case: Case, tmp_path: Path) -> None:
    """By the real rule evaluation, the alert fires on the fault and is silent on the near miss."""
    tests = [_test(alert, case, case.fault, fires=True)]
    if alert != "Watchdog":
        tests.append(_test(alert, case, case.near_miss, fires=False))
    path = tmp_path / "test.yml"
    needed = _needed(alert)
    groups = [
        group["name"] for file in needed for group in yaml.safe_load(file.read_text())["groups"]
    ]
    path.write_text(
        yaml.safe_dump(
            {
                "rule_files": [str(file) for file in needed],
                # By itself promtool takes the groups in another order each time: an alert then
                # may ask for what has not been recorded yet.
                "group_eval_order": list(dict.fromkeys(groups)),
                "evaluation_interval": case.step,
                "tests": tests,
            }
        )
    )
    _promtool("test", "rules", str(path))


def _needed(alert: str) -> list[Path]:
    """Give the files with the alert and with what it is made of; days of all rules take minutes."""
    own = next(path for path in RULES if f"alert: {alert}\n" in path.read_text())
    return [FOLDER / "rules" / "recording.yml", own]


def _test(alert: str, case: Case, series: dict[str, str], *, fires: bool) -> dict[str, Any]:
    # Whether it fires is asked of ALERTS, so that labels and words need not be repeated here.
    return {
        "name": "fault" if fires else "near miss",
        "interval": case.step,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) > bool 0',
                "eval_time": case.at,
                "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
            }
        ],
    }


def test_every_alert_has_its_cases() -> None:
    """No alert without a fault and a near miss, and no case without an alert."""
    assert set(CASES) == set(ALERTS)


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_an_alert_leads_on(alert: str) -> None:
    """Each alert says what is wrong, how bad it is, and where to look and to read on."""
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in {"page", "ticket", "info", "heartbeat"}
    annotations = rule["annotations"]
    assert set(annotations) == {"summary", "description", "dashboard", "runbook"}
    assert (ROOT / annotations["runbook"]).is_file()
    assert Path(annotations["runbook"]).stem == alert


@pytest.mark.parametrize("alert", sorted(set(ALERTS) - set(NOT_DRAWN)))
def test_an_alert_leads_to_what_it_looks_at(alert: str) -> None:
    """A metric of the expression, or of what was recorded for it, is on the board that it names."""
    assert _drawn(alert)


@pytest.mark.parametrize("alert", NOT_DRAWN)
def test_nothing_is_excused_in_vain(alert: str) -> None:
    """What is excused from being drawn is an alert of which no panel of its board has a metric."""
    assert not _drawn(alert)


def test_a_failed_retraining_says_which_kind_it_is(tmp_path: Path) -> None:
    """A watch that fails is told otherwise than a cycle that has ended."""
    rule = ALERTS["RetrainingFailed"]
    description = rule["annotations"]["description"]
    watch, _, ended = description.partition("{{ else }}")
    told = {
        "watch": watch.partition("}}")[2].strip() + "\n",
        "end": ended.replace("{{ end }}", "").strip() + "\n",
    }
    assert all("{{" not in text for text in told.values())
    path = tmp_path / "told.yml"
    tests = [
        {
            "interval": "1m",
            "input_series": [
                {
                    "series": f'lifecycle_steps{{step="{step}",outcome="failed"}}',
                    "values": "0x60 1x10",
                }
            ],
            "alert_rule_test": [
                {
                    "alertname": "RetrainingFailed",
                    "eval_time": "65m",
                    "exp_alerts": [
                        {
                            "exp_labels": {"severity": "ticket", "step": step},
                            "exp_annotations": {**rule["annotations"], "description": text},
                        }
                    ],
                }
            ],
        }
        for step, text in told.items()
    ]
    path.write_text(
        yaml.safe_dump(
            {
                "rule_files": [str(FOLDER / "rules" / "service.yml")],
                "evaluation_interval": "1m",
                "tests": tests,
            }
        )
    )
    _promtool("test", "rules", str(path))


def _drawn(alert: str) -> set[str]:
    """Give the metrics that an alert looks at and its board draws."""
    rule = ALERTS[alert]
    board = rule["annotations"]["dashboard"].removeprefix("/d/")
    drawn = (_looked_at(query.expr) for query in panel_queries() if query.dashboard == board)
    return _looked_at(rule["expr"]) & set[str]().union(*drawn)


def _looked_at(expr: str) -> set[str]:
    """Give the metrics of an expression, and those of the recorded rules among them."""
    found: set[str] = set()
    more = metrics(expr)
    while more:
        found |= more
        more = set().union(*(metrics(RECORDED[name]) for name in more & set(RECORDED))) - found
    return found


@of_the_texts
def test_the_guides_alerts_are_as_the_guide_says() -> None:
    """Three groups, eight alerts, each with the guide's name, threshold and duration."""
    sections = re.findall(r"### Alertes (\S+) \((\d)\)\n((?:- .*\n)+)", texts.guide())
    groups = yaml.safe_load((FOLDER / "rules" / "alerts.yml").read_text())["groups"]
    assert [(group["name"], len(group["rules"])) for group in groups] == [
        (name, int(count)) for name, count, _ in sections
    ]
    told = re.findall(
        r"- \*\*(\w+)\*\* : .*?(?:([<>]) ([\d.]+) ?(s|%|MB)?)? ?pendant (\d+)min",
        texts.guide(),
    )
    assert len(told) == 8
    factor = {"": "", "s": "", "%": "", "MB": " * 1024 * 1024"}
    for name, sign, bound, unit, minutes in told:
        rule = ALERTS[name]
        assert rule["for"] == f"{minutes}m"
        if sign:
            value = "0.05" if name == "HighErrorRate" else bound
            assert rule["expr"].endswith(f"{sign} {value}{factor[unit]}")


def test_the_rules_of_the_objectives_are_generated() -> None:
    """The committed rules are what the list of objectives makes."""
    before = (FOLDER / "rules" / "slo.yml").read_text()
    printed = subprocess.run(
        [sys.executable, "scripts/slo_rules.py", "-"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed == before


def test_drift_of_predictions_is_the_population_stability_index(tmp_path: Path) -> None:
    """The recorded index is the sum over buckets of (p - q) ln(p / q), here by hand."""
    case = CASES["PredictionDrift"]
    shares = [1 / 39] * 9 + [30 / 39]
    expected = sum((share - 0.1) * log(share / 0.1) for share in shares)
    path = tmp_path / "drift.yml"
    path.write_text(
        yaml.safe_dump(
            {
                "rule_files": [str(FOLDER / "rules" / "recording.yml")],
                "evaluation_interval": "1m",
                "tests": [
                    {
                        "interval": "1m",
                        "input_series": [
                            {"series": name, "values": values}
                            for name, values in case.fault.items()
                        ],
                        "promql_expr_test": [
                            {
                                "expr": "round(model:win_probability_psi:rate1h, 0.0001)",
                                "eval_time": "80m",
                                "exp_samples": [{"labels": "{}", "value": round(expected, 4)}],
                            }
                        ],
                    }
                ],
            }
        )
    )
    _promtool("test", "rules", str(path))
