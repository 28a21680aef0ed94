"""Write the rules of the service objectives to ``prometheus/rules/slo.yml``; to ``-`` if asked."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent, indent
from typing import Final

import msgspec

ROOT: Final = Path(__file__).parent.parent
OBJECTIVES: Final = ROOT / "prometheus" / "objectives.toml"
RULES: Final = ROOT / "prometheus" / "rules" / "slo.yml"
PERIOD: Final = "30d"


class Objective(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One promise; ``bad`` and ``all`` are rates with a place for the window."""

    objective: float
    meaning: str
    bad: str
    all: str
    least_requests: int


class BurnRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One speed of using the budget up that is worth an alert."""

    suffix: str
    factor: float
    long: str
    short: str
    for_: str = msgspec.field(name="for")
    severity: str


class Objectives(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    objectives: dict[str, Objective]
    burn_rates: list[BurnRate]


def read() -> Objectives:
    """Read the objectives."""
    return msgspec.toml.decode(OBJECTIVES.read_bytes(), type=Objectives)


def render(known: Objectives) -> str:
    """Make the rules."""
    windows = sorted({window for rate in known.burn_rates for window in (rate.long, rate.short)})
    parts = [
        "# Generated from objectives.toml by `python scripts/slo_rules.py`.\n",
        "groups:\n",
        "  - name: objectives\n    rules:\n",
    ]
    for name, objective in known.objectives.items():
        parts.append(_recorded("slo:objective:ratio", name, f"vector({objective.objective:g})"))
        parts += [
            _recorded(f"slo:error_ratio:rate{window}", name, _ratio(objective, window))
            for window in (*windows, PERIOD)
        ]
        budget = 1 - objective.objective
        parts += [
            _recorded(
                "slo:burn_rate:rate1h",
                name,
                f'slo:error_ratio:rate1h{{slo="{name}"}} / {budget:.6g}',
            ),
            _recorded(
                "slo:error_budget_remaining:ratio30d",
                name,
                f'1 - slo:error_ratio:rate{PERIOD}{{slo="{name}"}} / {budget:.6g}',
            ),
        ]
    parts.append("\n  - name: burn rates\n    rules:\n")
    parts += [
        _alert(name, objective, rate)
        for name, objective in known.objectives.items()
        for rate in known.burn_rates
    ]
    return "".join(parts)


def _ratio(objective: Objective, window: str) -> str:
    bad, every = (
        dedent(text).strip().replace("{window}", window) for text in (objective.bad, objective.all)
    )
    return f"{bad}\n/ {every}"


def _recorded(record: str, slo: str, expression: str) -> str:
    return (
        f"      - record: {record}\n        expr: |\n{indent(expression, ' ' * 10)}\n"
        f"        labels:\n          slo: {slo}\n"
    )


def _alert(name: str, objective: Objective, rate: BurnRate) -> str:
    bound = f"{rate.factor * (1 - objective.objective):.6g}"
    title = name.title().replace("-", "") + rate.suffix
    expression = (
        f'(slo:error_ratio:rate{rate.long}{{slo="{name}"}} > {bound})\n'
        f'and on (slo) (slo:error_ratio:rate{rate.short}{{slo="{name}"}} > {bound})\n'
        f"and on () (\n"
        f"  {objective.all.replace('rate(', 'increase(').replace('{window}', rate.long)}\n"
        f"  >= {objective.least_requests}\n)"
    )
    return (
        f"      - alert: {title}\n        expr: |\n{indent(expression, ' ' * 10)}\n"
        f"        for: {rate.for_}\n        labels:\n          severity: {rate.severity}\n"
        "        annotations:\n"
        f"          summary: The error budget of {name} burns {rate.factor:g} times too fast\n"
        "          description: >-\n"
        f"            {objective.meaning}, {objective.objective:.1%} of the time.\n"
        f"            Over the last {rate.long} {{{{ $value | humanizePercentage }}}} were not.\n"
        "          dashboard: /d/service-objectives\n"
        f"          runbook: docs/runbooks/{title}.md\n"
    )


if __name__ == "__main__":
    rules = render(read())
    if sys.argv[1:] == ["-"]:
        sys.stdout.write(rules)
    else:
        RULES.write_text(rules, encoding="utf-8")
