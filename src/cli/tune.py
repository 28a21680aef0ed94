"""``dexwatch tune``: compare fits on a part of the training pairs, every trial in MLflow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.settings import settings_of

if TYPE_CHECKING:
    from training.trial import Trial


@click.command("tune")
@click.option("--ablate", is_flag=True, help="Leave out each group of features in turn instead.")
@click.option(
    "--trials", type=click.IntRange(1), default=12, show_default=True, help="At most so many."
)
@click.option("--minutes", default=10.0, show_default=True, help="Begin no trial after that.")
@click.option("--share", default=0.2, show_default=True, help="Of the matchups, to save time.")
@click.option("--iterations", default=1200, show_default=True, help="Most trees of a fit.")
@click.option("--seed", default=1, show_default=True, help="Of the draws.")
@click.option(
    "--labels",
    "labels_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Data set to use instead of the released one.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the tables and of the best parameters; default: tuning in the data folder.",
)
@click.pass_context
def command(  # noqa: PLR0913  # one parameter an option
    context: click.Context,
    *,
    ablate: bool,
    trials: int,
    minutes: float,
    share: float,
    iterations: int,
    seed: int,
    labels_path: Path | None,
    output: Path | None,
) -> None:
    """Search for parameters, or measure what features are worth.

    Fits learn from most training pairs of forms and are compared on the others. The held-out pairs
    that `dexwatch evaluate` judges by take no part.
    """
    from etl.snapshot import load_dex
    from features.contract import CONTRACT_VERSION
    from features.matchup_frames import MatchupFrames
    from registry.errors import RegistryError
    from registry.manifest import file_sha256
    from registry.search_log import SearchLog
    from training import dataset, released, tuning
    from training.ablation import ablate as ablations
    from training.fit import Parameters
    from training.search import search
    from training.validation import Split

    settings = settings_of(context)
    path = labels_path or released.LABELS_FILE
    try:
        frames = MatchupFrames.prepare(load_dex())
        split = Split.of(frames, dataset.read(path), share, seed)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    facts = {
        "data_sha256": file_sha256(path),
        "contract_version": CONTRACT_VERSION,
        "share": share,
        "seed": seed,
        "train_rows": split.train.labels.height,
        "validation_rows": split.validation.labels.height,
    }
    try:
        log = SearchLog.begin(settings.model, settings.data_dir, _title(ablate=ablate), facts)
        begun = (
            ablations(split, Parameters(iterations=iterations))
            if ablate
            else search(split, seed, trials, trees=iterations)
        )
        done: list[Trial] = []
        try:
            for trial in tuning.recorded(begun, log, minutes):
                done.append(trial)
                click.echo(_line(trial), err=True)
            written = _write(done, output or settings.data_dir / "tuning", ablate=ablate)
        except BaseException:
            log.fail()
            raise
        log.end({"log_loss": tuning.best(done).log_loss, "trials": len(done)}, written)
    except (RegistryError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    for file in written:
        click.echo(file)


def _title(*, ablate: bool) -> str:
    return "ablation" if ablate else "search"


def _line(trial: Trial) -> str:
    measures = ("log_loss", "brier", "regret", "trees", "seconds")
    shown = "  ".join(f"{name} {trial.metrics[name]:.5g}" for name in measures)
    return f"{trial.name:32} {shown}"


def _write(done: list[Trial], folder: Path, *, ablate: bool) -> list[Path]:
    """Write what came of the trials; give the files."""
    from training import ablation, tuning

    folder.mkdir(parents=True, exist_ok=True)
    if ablate:
        path = folder / "ablation.csv"
        ablation.table(done).write_csv(path)
        return [path]
    path, best = folder / "search.csv", folder / "best.json"
    tuning.table(done).write_csv(path)
    tuning.write_parameters(tuning.best_parameters(done), best)
    return [path, best]
