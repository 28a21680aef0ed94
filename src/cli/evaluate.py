"""``dexwatch evaluate``: the champion against the other choosers, on matchups it never saw."""

from __future__ import annotations

import click

from cli.settings import settings_of


@click.command("evaluate")
@click.pass_context
def command(context: click.Context) -> None:
    """Print how well the champion chooses, beside random, naive, race and the noise floor."""
    from rich.console import Console

    from etl.snapshot import load_dex
    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor
    from registry.cache import ModelCache
    from training import dataset, released, report

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
    judged = report.compare(
        MatchupFrames.prepare(load_dex()),
        predictor,
        dataset.read(released.TRUTH_FILE),
        dataset.read(released.AGAIN_FILE),
    )
    Console(width=100).print(report.table(judged))
