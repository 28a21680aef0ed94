"""``dexwatch simulate``: play the matchups that choosers are judged on."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from cli.settings import settings_of


@click.command("simulate")
@click.argument("what", type=click.Choice(["truth"]), default="truth")
@click.option("--matchups", default=3_400, show_default=True, help="About how many.")
@click.option("--games", default=200, show_default=True, help="For each matchup and opening.")
@click.option("--again", is_flag=True, help="The independent second simulation.")
@click.option("--output", type=click.Path(path_type=Path), help="Parquet file to write.")
@click.pass_context
def command(  # noqa: PLR0913  # one parameter an option
    context: click.Context,
    *,
    what: str,
    matchups: int,
    games: int,
    again: bool,
    output: Path | None,
) -> None:
    """Play matchups of pairs of forms that training never sees."""
    from battles.errors import BattleError
    from battles.simulate import SimulationSettings, simulate
    from etl.snapshot import load_dex
    from training import plans
    from training.dataset import write

    settings = settings_of(context)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    dex = load_dex()
    plan = plans.judged(dex, matchups)
    name, seed = ("truth_again", plans.AGAIN_SEED) if again else (what, plans.TRUTH_SEED)
    folder = settings.data_dir / "datasets"
    parts = folder / "parts" / f"{name}-{matchups}-{games}"
    try:
        labels = simulate(plan, dex, parts, SimulationSettings(games=games, seed=seed))
    except BattleError as error:
        raise click.ClickException(str(error)) from error
    path = output or folder / f"{name}.parquet"
    write(labels, path)
    click.echo(f"{labels['games'].sum():,} games of {plan.height:,} matchups in {path}")
