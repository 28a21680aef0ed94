"""``dexwatch train``: from the data set to a new champion."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from cli.progress import Steps
from cli.settings import settings_of


@click.command("train")
@click.option(
    "--labels",
    "labels_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Data set to train on instead of the released one.",
)
@click.option("--iterations", default=None, type=int, help="Trees, for a quick try.")
@click.option(
    "--release",
    "release_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Only write the model and its description there; register nothing.",
)
@click.pass_context
def command(
    context: click.Context,
    *,
    labels_path: Path | None,
    iterations: int | None,
    release_folder: Path | None,
) -> None:
    """Train on the data set, evaluate, register in MLflow and make it champion."""
    from rich.console import Console

    from capture.reference import REFERENCE_FILE
    from etl.snapshot import load_dex
    from features.matchup_frames import MatchupFrames
    from registry.sync import sync
    from registry.tracking import ModelRegistry
    from training import candidate, fit, reference, released, report

    settings = settings_of(context)
    logging.basicConfig(level=logging.WARNING)
    parameters = fit.Parameters() if iterations is None else fit.Parameters(iterations=iterations)
    frames = MatchupFrames.prepare(load_dex())
    steps = Steps(2 if release_folder else 3)
    with steps.step("train and evaluate") as outcome:
        trained = candidate.train(frames, labels_path or released.LABELS_FILE, parameters)
        outcome.append(f"{trained.release.training_data.games:,} games")
    Console(width=100).print(report.table(trained.qualities))
    if release_folder:
        with steps.step("write") as outcome:
            outcome.append(str(candidate.write(trained, release_folder)))
        return
    with steps.step("register") as outcome:
        model_path = candidate.write(trained, settings.data_dir / "training")
        registry = ModelRegistry.open(settings.model, settings.data_dir)
        run_id = registry.log_training_run(
            model_path, trained.release, [model_path.with_name(candidate.EVALUATION_FILE)]
        )
        version = registry.register(model_path, trained.release, run_id=run_id)
        registry.promote(version, settings.model.alias)
        outcome.append(sync(settings.model, settings.data_dir).manifest.label)
    with steps.step("reference") as outcome:
        rows = reference.build(frames, trained.predictor, trained.labels)
        reference.write(rows, settings.data_dir / REFERENCE_FILE)
        outcome.append(f"{rows.height:,} rows")
