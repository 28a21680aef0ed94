"""``dexwatch evaluate``: the champion against the other choosers, on matchups it never saw."""

from __future__ import annotations

from pathlib import Path

import click

from cli.settings import settings_of


@click.command("evaluate")
@click.option(
    "--csv",
    "csv_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the tables there too.",
)
@click.pass_context
def command(context: click.Context, *, csv_folder: Path | None) -> None:
    """Print how well the champion chooses, and where it errs.

    Beside it stand random and naive choices, the games of the features, and the noise floor. Then
    how well it is calibrated, and its largest errors.
    """
    from rich.console import Console

    from etl.snapshot import load_dex
    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor
    from registry.cache import ModelCache
    from training import dataset, released, report, report_files, report_tables
    from training.judged import Judged

    settings = settings_of(context)
    cached = ModelCache.of(settings.model, settings.data_dir).read_current()
    if cached is None:
        raise click.ClickException(
            "there is no champion yet; `make run` registers the released one"
        )
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
    Console(width=100).print(*report_tables.tables(judgement))
    if csv_folder is not None:
        for path in report_files.write_csv(judgement, csv_folder):
            click.echo(path)
