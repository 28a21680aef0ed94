"""Evidently's drift report, timed, in an environment of its own; `speed.py` starts it."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset


def main() -> None:
    """Print the seconds that the report took."""
    folder, method = Path(sys.argv[1]), sys.argv[2]
    names = (folder / "names.txt").read_text(encoding="ascii").splitlines()
    definition = DataDefinition(numerical_columns=names)
    window, reference = (
        Dataset.from_pandas(
            pd.DataFrame(np.load(folder / f"{which}.npy"), columns=names),
            data_definition=definition,
        )
        for which in ("window", "reference")
    )
    preset = DataDriftPreset() if method == "default" else DataDriftPreset(method=method)
    warnings.simplefilter("ignore")
    began = perf_counter()
    Report([preset]).run(window, reference).dict()
    print(perf_counter() - began)  # noqa: T201  # what it is for


if __name__ == "__main__":
    main()
