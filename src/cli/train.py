"""``dexwatch train``: from the data set to a new champion."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import click

from cli.observed import registry_work
from cli.progress import Steps
from cli.settings import settings_of


@click.command("train")
@click.option(
    "--labels",
    "labels_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Data set to train on instead of the released one.",
)
@click.option("--iterations", type=click.IntRange(min=1), help="Trees, for a quick try.")
@click.option(
    "--parameters",
    "parameters_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON file of the fit's parameters, as `dexwatch tune` writes it.",
)
@click.option(
    "--release",
    "release_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Only write the model and its description there; register nothing.",
)
@click.pass_context
def command(  # one parameter an option
    context: click.Context,
    *,
    labels_path: Path | None,
    iterations: int | None,
    parameters_path: Path | None,
    release_folder: Path | None,
) -> None:
    """Train, evaluate, register in MLflow and make it champion."""
    from rich.console import Console

    from capture.reference import REFERENCE_FILE
    from etl.snapshot import load_dex
    from features.matchup_frames import MatchupFrames
    from registry.sync import sync
    from registry.tracking import ModelRegistry
    from training import candidate, reference, release_files, released, report_tables, tuning
    from training.data_manifest import DamagedDataError
    from training.fit import Parameters

    settings = settings_of(context)
    logging.basicConfig(level=logging.WARNING)
    try:
        parameters = tuning.read_parameters(parameters_path) if parameters_path else Parameters()
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if iterations is not None:
        parameters = replace(parameters, iterations=iterations)
    dex = load_dex()
    frames = MatchupFrames.prepare(dex)
    steps = Steps(2 if release_folder else 3)
    labels_path = labels_path or released.LABELS_FILE
    with steps.step("train and evaluate") as outcome:
        try:
            trained = candidate.train(frames, dex.moves, labels_path, parameters)
        except DamagedDataError as error:
            raise click.ClickException(str(error)) from error
        outcome.append(f"{trained.release.training_data.games:,} games")
    Console(width=100).print(*report_tables.tables(trained.report))
    if release_folder:
        with steps.step("write") as outcome:
            outcome.append(str(candidate.write(trained, release_folder)))
        return
    with (
        steps.step("register") as outcome,
        registry_work(settings, "register candidate") as instruments,
    ):
        model_path = candidate.write(trained, settings.data_dir / "training")
        registry = ModelRegistry.open(settings.model, settings.data_dir)
        artifacts = [model_path.with_name(name) for name in release_files.ARTIFACTS]
        with instruments.operation("log"):
            run_id = registry.log_training_run(model_path, trained.release, artifacts)
        with instruments.operation("register"):
            version = registry.register(model_path, trained.release, run_id=run_id)
        with instruments.operation("promote"):
            registry.succeed(version, settings.model.alias)
        with instruments.operation("fetch"):
            outcome.append(sync(settings.model, settings.data_dir).manifest.label)
    with steps.step("reference") as outcome:
        rows = trained.reference.features
        reference.write(rows, settings.data_dir / REFERENCE_FILE, trained.release.sha256)
        outcome.append(f"{rows.height:,} rows")
