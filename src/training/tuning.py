"""Trials in a row: recorded in MLflow as they end, stopped when the time is over, laid out."""

from __future__ import annotations

from dataclasses import asdict, replace
from time import monotonic
from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl

from training.fit import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from registry.search_log import SearchLog
    from training.trial import Trial

TREES: Final = "trees"
"""The metric that holds how many trees a fit ended with."""


def recorded(trials: Iterable[Trial], log: SearchLog, minutes: float) -> Iterator[Trial]:
    """Record each trial when it ends and hand it on; begin none after so many minutes."""
    until = monotonic() + 60 * minutes
    for trial in trials:
        described = asdict(trial.parameters) | {"features": trial.features} | dict(trial.tags)
        log.trial(trial.name, described, trial.metrics)
        yield trial
        if monotonic() > until:
            return


def best(trials: Sequence[Trial]) -> Trial:
    """Give the trial with the lowest log-loss, the first of equals."""
    return min(trials, key=lambda trial: trial.log_loss)


def best_parameters(trials: Sequence[Trial]) -> Parameters:
    """Give the parameters of the best trial, with the trees it ended with."""
    found = best(trials)
    return replace(found.parameters, iterations=int(found.metrics[TREES]))


def write_parameters(parameters: Parameters, path: Path) -> None:
    """Write parameters as JSON, for ``dexwatch train --parameters``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(parameters), indent=2) + b"\n")


def read_parameters(path: Path) -> Parameters:
    """Read parameters; those that are not named keep their defaults.

    Raises:
        ValueError: the file does not hold parameters.

    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Parameters)
    except msgspec.MsgspecError as error:
        raise ValueError(f"{path} does not hold parameters of a fit: {error}") from error


def table(trials: Sequence[Trial]) -> pl.DataFrame:
    """Lay out trials with parameters and metrics, the best first."""
    return pl.DataFrame(
        [{"trial": trial.name} | dict(trial.metrics) | asdict(trial.parameters) for trial in trials]
    ).sort("log_loss")
