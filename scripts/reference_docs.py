"""Write the reference pages that are generated from code: features and settings."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Final

from config.settings import VARIABLES, Settings
from features.contract import CONTRACT_VERSION, FEATURES
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


PAGES: Final = {
    "dataset.md": data_set,
    "features.md": features,
    "model-card.md": model_card,
    "settings.md": settings,
}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
