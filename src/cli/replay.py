"""``dexwatch replay``: finish what a crash left in journals, or look at one prediction again."""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING, Any

import click

from cli.settings import settings_of

if TYPE_CHECKING:
    from config.settings import Settings


@click.command("replay")
@click.option("--id", "prediction_id", help="Show this prediction, and answer it again.")
@click.pass_context
def command(context: click.Context, prediction_id: str | None) -> None:
    """Recover rows that ended processes left behind.

    They stand in journals; each is written to a file, once. With --id, show what was captured of
    one prediction instead, compute its answer anew, and say where its trace is.
    """
    settings = settings_of(context)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    if prediction_id is None:
        _finish(settings)
    elif not _show(settings, prediction_id):
        context.exit(1)


def _finish(settings: Settings) -> None:
    from opentelemetry.trace import get_tracer

    from capture.archive.keeping import SET_ASIDE_FOLDER
    from capture.counts import CountedEvents, CountedStreamEvents
    from capture.journal.place import JOURNAL_FOLDER, left_behind
    from capture.journal.reader import SegmentReader
    from capture.journal.set_aside import SetAside
    from capture.pipeline import journal_sink
    from capture.recovery import recover
    from features.contract import CONTRACT_VERSION

    counts = CountedEvents()
    sink = journal_sink(settings, counts, CountedStreamEvents(), get_tracer("dexwatch"))
    set_aside = SetAside(settings.data_dir / SET_ASIDE_FOLDER, counts)
    reader = SegmentReader(CONTRACT_VERSION, sink.fits, set_aside)
    journals = 0
    for held in left_behind(settings.data_dir / JOURNAL_FOLDER):
        journals += 1
        try:
            recover(held, reader, sink, counts, sink.manner(settings.capture).most)
        except OSError as error:
            held.release()
            raise click.ClickException(f"{held.name} could not be finished: {error}") from error
        held.remove()
        sink.forget(held.name)
    rows, written = counts.recoveries
    shipped, already = ("written", "in files already")
    if settings.stream.url:
        shipped, already = ("handed to stream", "handed over already")
    click.echo(
        f"{journals} journals left behind: {rows:,} rows, {written:,} {shipped}, "
        f"{rows - written:,} {already}"
    )
    for damage, parts in sorted(counts.damage.items()):
        click.echo(f"{parts} {damage} parts set aside in {settings.data_dir / SET_ASIDE_FOLDER}")


def _show(settings: Settings, prediction_id: str) -> bool:
    """Show a prediction; tell whether it was found and its answer is the same today."""
    from capture.columns import IDENTIFYING
    from capture.lookup import PredictionLookup
    from features.contract import FEATURE_NAMES

    try:
        plain = str(uuid.UUID(prediction_id))
        found = PredictionLookup.of(settings).find([plain], [*FEATURE_NAMES, *IDENTIFYING])
    except ValueError as error:
        raise click.ClickException(f"{prediction_id} is no id of a prediction") from error
    except OSError as error:
        raise click.ClickException(f"not everything could be looked through: {error}") from error
    if found.is_empty():
        raise click.ClickException(f"nothing was captured of {plain}")
    row = found.row(0, named=True)
    for name in IDENTIFYING:
        click.echo(f"{name:<20} {_worded(row[name])}")
    if row["trace_id"]:
        where = "(Grafana, Explore, Tempo, if it was kept)"
        click.echo(f"{'trace':<20} {row['trace_id']} {where}")
    return _answer_again(settings, row)


def _worded(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _answer_again(settings: Settings, row: dict[str, Any]) -> bool:
    import numpy as np

    from etl.snapshot import load_dex
    from features.contract import FEATURE_NAMES
    from features.matchup_frames import MatchupFrames
    from inference.predictor import IncompatibleModelError, Predictor
    from inference.recompute import recompute
    from registry.cache import ModelCache
    from registry.errors import CorruptModelError

    version = row["model_version"]
    try:
        cached = ModelCache.of(settings.model, settings.data_dir).read(
            int(version.removeprefix("v"))
        )
        predictor = Predictor.load(
            cached.model_path,
            version=version,
            contract_version=cached.manifest.contract_version,
        )
    except (CorruptModelError, IncompatibleModelError) as error:
        raise click.ClickException(f"the answer cannot be computed anew: {error}") from error
    dex = load_dex()
    again = recompute(
        dex,
        MatchupFrames.prepare(dex),
        predictor,
        forms=(row["pokemon_a_id"], row["pokemon_b_id"]),
        moves=row["available_moves"],
        moves_b=row["available_moves_b"],
        recommended=row["recommended_move"],
    )
    captured = np.array([row[name] for name in FEATURE_NAMES], np.float32)
    moved = [
        name
        for name, then, now in zip(FEATURE_NAMES, captured, again.features, strict=True)
        if then != now and not (np.isnan(then) and np.isnan(now))
    ]
    same = again.win_probabilities == row["win_probabilities"]
    click.echo(f"{'recomputed':<20} {_worded(again.win_probabilities)}")
    click.echo(
        f"{'':<20} "
        + ("the same answer" if same else "another answer than then")
        + (f"; features that moved: {', '.join(moved)}" if moved else ", from the same features")
    )
    return same and not moved
