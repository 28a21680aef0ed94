"""Write the reference pages that are generated from code."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Final

from config.settings import VARIABLES, Settings
from features.contract import CONTRACT_VERSION, FEATURES
from telemetry.signals import Kind, Signal, schema
from training import data_manifest, dataset, released
from training.data_card import data_card

ROOT: Final = Path(__file__).parent.parent
DOCS: Final = ROOT / "docs"


def features() -> str:
    """Describe the feature contract."""
    rows = "\n".join(
        f"| {number} | `{feature.name}` | {feature.unit} | {feature.meaning} |"
        for number, feature in enumerate(FEATURES, 1)
    )
    return (
        "# The 133 features\n\n"
        f"Contract `{CONTRACT_VERSION}`, generated from `src/features/contract.py` by\n"
        "`python scripts/reference_docs.py`. Every feature is a Float32; one row is one opening\n"
        "move of A against B. Shares of HP are held at 4.\n\n"
        "| | name | unit | meaning |\n| --: | --- | --- | --- |\n"
        f"{rows}\n"
    )


def settings() -> str:
    """Describe the environment variables."""
    rows = []
    for variable, place in VARIABLES.items():
        default = reduce(getattr, place, Settings())
        rows.append(f"| `{variable}` | {'unset' if default is None else f'`{default}`'} |")
    return (
        "# Settings\n\n"
        "Environment variables, read once at the start; generated from `src/config/settings.py`\n"
        "by `python scripts/reference_docs.py`. A wrong or unknown `DEXWATCH_` variable stops the\n"
        "start with one line. The standard `OTEL_*` variables keep their meaning; without an\n"
        "endpoint nothing is exported.\n\n"
        "| variable | default |\n| --- | --- |\n" + "\n".join(rows) + "\n"
    )


def model_card() -> str:
    """Show the released champion's card, with its pictures from where they are."""
    pictures = Path("..") / released.FOLDER.relative_to(ROOT)
    return released.CARD_FILE.read_text(encoding="utf-8").replace("](", f"]({pictures.as_posix()}/")


def data_set() -> str:
    """Show the released data set's card."""
    return data_card(dataset.read(released.LABELS_FILE), data_manifest.read(released.LABELS_FILE))


def telemetry() -> str:
    """Describe the signals."""
    known = schema()
    return (
        "# Telemetry\n\n"
        "Generated from `src/telemetry/signals.toml` by `python scripts/reference_docs.py`. Every\n"
        "metric leaves the SDK over OTLP and stands on `/metrics` under the same name.\n"
        "Histograms end in `_bucket`, `_sum` and `_count`. Traces and logs are described in\n"
        "[architecture.md](architecture.md), what is kept of them in\n"
        "[ADR 8](adr/0008-the-service-marks-the-traces-that-are-kept.md).\n\n"
        "## Our own metrics\n\n" + _metrics(known.signals) + "\n"
        "## Metrics of the semantic conventions\n\n"
        "Other attributes than these become no label.\n\n" + _metrics(known.conventions) + "\n"
        "## Labels\n\n| label | on | values | meaning |\n| --- | --- | --- | --- |\n"
        + "".join(_label(name) for name in known.attributes)
        + "\n## Buckets\n\n| histogram | upper bounds |\n| --- | --- |\n"
        + "".join(
            f"| `{known.prometheus_name(name)}`"
            f" | {', '.join(map(str, known.buckets[of.buckets]))} |\n"
            for name, of in {**known.signals, **known.conventions}.items()
            if of.buckets
        )
    )


def _metrics(signals: dict[str, Signal]) -> str:
    known = schema()
    lines = ["| metric | kind | labels | meaning |\n| --- | --- | --- | --- |\n"]
    for name, signal in signals.items():
        labels = ", ".join(f"`{label}`" for label in known.labels(name))
        kind = "gauge" if signal.kind is Kind.UPDOWN else signal.kind.value
        together = "" if signal.across_workers is None else f", {signal.across_workers} of workers"
        lines.append(
            f"| `{known.prometheus_name(name)}` | {kind}{together}"
            f" | {labels} | {signal.meaning} |\n"
        )
    return "".join(lines)


def _label(name: str) -> str:
    known = schema()
    attribute = known.attributes[name]
    users = [signal for signal, of in known.signals.items() if name in of.attributes]
    on = "several" if len(users) > 2 else ", ".join(f"`{user}`" for user in users)  # noqa: PLR2004
    values = ", ".join(f"`{value}`" for value in attribute.values) or "open"
    return f"| `{attribute.label or name}` | {on} | {values} | {attribute.meaning} |\n"


PAGES: Final = {
    "dataset.md": data_set,
    "features.md": features,
    "model-card.md": model_card,
    "settings.md": settings,
    "telemetry.md": telemetry,
}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
