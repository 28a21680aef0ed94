"""``dexwatch dataset``: play the battles that the champion learns from, and describe them."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

import click

from cli.settings import settings_of


@click.group("dataset", invoke_without_command=True)
@click.option("--matchups", default=80_000, show_default=True, help="About how many.")
@click.option("--games", default=32, show_default=True, help="For each opening at first.")
@click.option("--further", default=16, show_default=True, help="More, where the outcome varied.")
@click.option("--close", default=0, show_default=True, help="Yet more, where it was nearly even.")
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where they are played: all cores of this machine, or a Ray cluster.",
)
@click.option("--address", help="Of the Ray cluster; default: RAY_ADDRESS, else this machine.")
@click.option("--output", type=click.Path(path_type=Path), help="Parquet file to write.")
@click.pass_context
def command(  # noqa: PLR0913  # one parameter an option
    context: click.Context,
    *,
    matchups: int,
    games: int,
    further: int,
    close: int,
    engine: str,
    address: str | None,
    output: Path | None,
) -> None:
    """Play training matchups and write their labels.

    It goes on where it stopped, and writes a manifest beside them. The defaults give the released
    data set; more matchups are the same ones and others.
    """
    if context.invoked_subcommand:
        return
    from battles.errors import BattleError
    from battles.node import rules_digest
    from battles.ray_cluster import simulate_on_ray
    from battles.simulate import simulate
    from etl.snapshot import load_dex
    from training import data_manifest, plans
    from training.dataset import write
    from training.labelling import Engine, Stages, label

    settings = settings_of(context)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    dex = load_dex()
    plan = plans.labelled(dex, matchups)
    folder = settings.data_dir / "datasets"
    stages = Stages(games=games, further=further, close=close, seed=plans.LABEL_SEED)
    plays: Engine = simulate if engine == "local" else partial(simulate_on_ray, address=address)
    try:
        labels = label(plan, dex, folder / "parts" / f"labels-{matchups}", stages, plays)
        rules = rules_digest()
    except BattleError as error:
        raise click.ClickException(str(error)) from error
    path = output or folder / "labels.parquet"
    write(labels, path)
    manifest = data_manifest.write(
        path, rules=rules, dex_version=dex.version, matchups=matchups, stages=stages
    )
    click.echo(f"{manifest.games:,} games of {plan.height:,} matchups in {path}")


@command.command("card")
@click.option(
    "--labels",
    "labels_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Data set to describe instead of the released one; its manifest stands beside it.",
)
@click.option("--output", type=click.Path(path_type=Path), help="File instead of the terminal.")
def card(labels_path: Path | None, output: Path | None) -> None:
    """Describe a data set in Markdown: its making, coverage, limits."""
    from training import data_manifest, dataset, released
    from training.data_card import data_card

    path = labels_path or released.LABELS_FILE
    try:
        words = data_card(dataset.read(path), data_manifest.read(path))
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if output:
        output.write_text(words, encoding="utf-8")
    else:
        click.echo(words, nl=False)
