"""CatBoost without what it does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from features.contract import FEATURE_NAMES

LOADS_AND_PREDICTS = """
import sys
import numpy
from inference.predictor import Predictor
from training.released import MODEL_FILE, release

contract = release().contract_version
predictor = Predictor.load(MODEL_FILE, version="v1", contract_version=contract)
rows = numpy.zeros((2, len(release().feature_names)), dtype=numpy.float32)
print(len(predictor.predict(rows)), predictor.contributions(rows).shape[1], "pandas" in sys.modules)
import pandas
print(pandas.DataFrame({"a": [1]}).shape)
"""


def test_predicting_needs_no_pandas_and_leaves_it_intact() -> None:
    """A fresh process predicts and explains without it, and can import the real one afterwards."""
    said = subprocess.run(
        [sys.executable, "-c", LOADS_AND_PREDICTS],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert said.stdout.splitlines() == [f"2 {len(FEATURE_NAMES) + 1} False", "(1, 1)"]
