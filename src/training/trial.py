"""One fit, compared with others on validation rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from features.contract import FEATURE_NAMES
from training.fit import fit
from training.validation import measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from training.fit import Parameters
    from training.validation import Split


@dataclass(frozen=True, slots=True)
class Trial:
    """A fit and how good it is on the validation rows."""

    name: str
    parameters: Parameters
    features: int
    """How many it learnt from."""
    metrics: Mapping[str, float]
    """Those of :func:`training.validation.measure`, and ``seconds`` of the fit."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def log_loss(self) -> float:
        """What trials are compared by."""
        return self.metrics["log_loss"]


def run(
    name: str,
    split: Split,
    parameters: Parameters,
    features: Sequence[str] = FEATURE_NAMES,
    tags: Mapping[str, str] | None = None,
) -> Trial:
    """Fit, stopping where the validation rows say so, and measure."""
    began = monotonic()
    model = fit(split.train, parameters, features=features, validation=split.validation)
    seconds = monotonic() - began
    metrics = measure(model, split.validation) | {"seconds": seconds}
    return Trial(name, parameters, len(features), metrics, tags or {})
