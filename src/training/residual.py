"""Learning on top of the physics: the model corrects the probability that the features compute.

CatBoost adds a *baseline* to the raw value of its trees; here that is the logit of the feature
:data:`training.feature_roles.PHYSICS`. The model file names the feature in its metadata, since
who predicts with such a model has to add the same baseline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np
from catboost import Pool

from training.feature_roles import PHYSICS

if TYPE_CHECKING:
    import polars as pl
    from catboost import CatBoost
    from numpy.typing import NDArray

METADATA_KEY: Final = "dexwatch_baseline"
CLIP: Final = (0.01, 0.99)
"""Further out the physics is too sure of itself to start from."""


def baseline(features: pl.DataFrame) -> NDArray[np.float64]:
    """Give the logit of the physics' probability, one a row."""
    chance = np.clip(features[PHYSICS].cast(float).to_numpy(), *CLIP)
    logit: NDArray[np.float64] = np.log(chance / (1 - chance))
    return logit


def mark(model: CatBoost) -> None:
    """Note in a model that it is to be used with the baseline."""
    model.get_metadata()[METADATA_KEY] = PHYSICS


def needs_baseline(model: CatBoost) -> bool:
    """Tell whether a model was trained on top of the physics."""
    return METADATA_KEY in model.get_metadata()


def predict(model: CatBoost, features: pl.DataFrame) -> NDArray[np.float64]:
    """Give A's probability to win for each row, whichever way the model was trained."""
    names = model.feature_names_
    rows = Pool(
        np.ascontiguousarray(features.select(names).to_numpy()),
        baseline=baseline(features) if needs_baseline(model) else None,
        feature_names=names,
    )
    return cast("NDArray[np.float64]", model.predict(rows, prediction_type="Probability")[:, 1])
