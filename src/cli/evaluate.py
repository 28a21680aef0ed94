"""``dexwatch evaluate``: a model against the other choosers, on matchups it never saw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.settings import settings_of

if TYPE_CHECKING:
    from config.settings import Settings
    from registry.manifest import CachedModel


@click.command("evaluate")
@click.option(
    "--version", type=click.IntRange(min=1), help="Registered version; default: the champion."
)
@click.option(
    "--csv",
    "csv_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the tables there too.",
)
@click.pass_context
def command(context: click.Context, *, version: int | None, csv_folder: Path | None) -> None:
    """Print how well a model chooses, and where it errs.

    Beside it stand random and naive choices, the games of the features, and the noise floor. Then
    how well it is calibrated, and its largest errors.
    """
    from rich.console import Console

    from etl.snapshot import load_dex
    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor
    from training import dataset, released, report, report_files, report_tables
    from training.judged import Judged

    cached = _cached(settings_of(context), version)
    predictor = Predictor.load(
        cached.model_path,
        version=cached.manifest.label,
        contract_version=cached.manifest.contract_version,
    )
    dex = load_dex()
    judged = Judged.of(
        MatchupFrames.prepare(dex),
        dataset.read(released.TRUTH_FILE),
        dataset.read(released.AGAIN_FILE),
    )
    judgement = report.judge(judged, predictor.predict(judged.examples.matrix), dex.moves)
    click.echo(f"model: {cached.manifest.label}")
    Console(width=100).print(*report_tables.tables(judgement))
    if csv_folder is not None:
        for path in report_files.write_csv(judgement, csv_folder):
            click.echo(path)


def _cached(settings: Settings, version: int | None) -> CachedModel:
    from registry.cache import ModelCache
    from registry.errors import RegistryError
    from registry.sync import fetch

    try:
        if version is not None:
            return fetch(settings.model, settings.data_dir, version)
        champion = ModelCache.of(settings.model, settings.data_dir).read_current()
    except RegistryError as error:
        raise click.ClickException(str(error)) from error
    if champion is None:
        raise click.ClickException(
            "there is no champion yet; `make run` registers the released one"
        )
    return champion
