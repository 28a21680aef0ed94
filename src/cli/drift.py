"""``dexwatch drift``: how far production has moved from what the model was trained for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

import click

from cli.settings import settings_of

if TYPE_CHECKING:
    from config.settings import Settings
    from drift.report import DriftReport

STATUSES: Final = {"steady": 0, "drifted": 3, "too_few": 4, "no_data": 4, "unknown": 4}
"""Exit status by verdict; 1 and 2 stay for what goes wrong."""
TOLD: Final = 10
"""Features that are printed."""

Outcomes = dict[str, dict[tuple[float, str], int]]


@click.group("drift")
def command() -> None:
    """Compare production with what the model was trained for."""


@command.command("report")
@click.option("--since", type=click.DateTime(), help="Count from this moment on (UTC).")
@click.option("--until", type=click.DateTime(), help="Count up to this moment (UTC).")
@click.option("--rows", type=click.IntRange(min=1), help="Count so many predictions, the latest.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report with pictures there, as one HTML file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def report(  # noqa: PLR0913  # one parameter an option
    context: click.Context,
    *,
    since: datetime | None,
    until: datetime | None,
    rows: int | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Report on a span, or on the latest predictions of the model.

    Only predictions that stand in files are counted, in whole files. The exit status is 0 when
    nothing has moved, 3 when something has, and 4 without a verdict.
    """
    import msgspec

    from capture.archive.history import CaptureHistory
    from drift.judge import judge
    from drift.page import page
    from drift.window import WindowReader
    from registry.cache import ModelCache

    if rows is not None and (since or until):
        raise click.UsageError("--rows counts the latest predictions; --since and --until a span")
    began = monotonic()
    settings = settings_of(context)
    cached = ModelCache.of(settings.model, settings.data_dir).read_current()
    if cached is None:
        raise click.ClickException("there is no champion yet; `make run` registers one")
    manifest = cached.manifest
    now = datetime.now(UTC)
    reader = WindowReader(CaptureHistory.of(settings.data_dir))
    if since or until:
        begin = since.replace(tzinfo=UTC) if since else datetime.fromtimestamp(0, UTC)
        end = until.replace(tzinfo=UTC) if until else now
        window = reader.between(manifest.label, begin, end)
    else:
        oldest = now - timedelta(days=settings.drift.window_days)
        window = reader.latest(manifest.label, rows or settings.drift.window_rows, oldest)
    outcomes = asyncio.run(_outcomes(settings))
    found = judge(
        window,
        manifest.baseline,
        outcomes,
        reader.volume(now),
        model_version=manifest.label,
        now=now,
        began=began,
    )
    if output is not None:
        judged = outcomes.get(manifest.label, {})
        content = page(found, window.tally, manifest.baseline, judged)
        output.write_text(content, encoding="utf-8")
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        _print(found)
    context.exit(STATUSES[found.verdict])


async def _outcomes(settings: Settings) -> Outcomes:
    """Ask for what feedback says; without a database the report does without it."""
    from cli.database import running_urls
    from drift.watch import JUDGED
    from storage.database import Database
    from storage.errors import StorageError
    from storage.feedback_store import FeedbackStore

    try:
        urls = running_urls(settings)
        async with Database.open(settings.database, urls.owner) as database:
            return await FeedbackStore(database).outcomes(JUDGED)
    except StorageError as error:
        click.echo(f"without feedback: {error}", err=True)
        return {}


def _print(found: DriftReport) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=100)
    span = (
        f", {found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC" if found.since else ""
    )
    console.print(f"{found.model_version}: {found.rows:,} predictions{span}")
    console.print(f"[bold]{found.verdict}[/bold]: {found.detail}")
    if found.features:
        table = Table("feature", "PSI", "p (corrected)", "drifted", box=None)
        for one in sorted(found.features, key=lambda one: one.psi, reverse=True)[:TOLD]:
            table.add_row(one.name, f"{one.psi:.3f}", f"{one.p:.2g}", "yes" if one.drifted else "")
        console.print(table)
    if found.predictions:
        console.print(f"win probabilities: PSI {found.predictions.psi:.3f}")
    for judged in found.concept:
        console.print(
            f"feedback on {judged.model_version}: {judged.judged:,} judged, predicted "
            f"{judged.predicted:.3f}, won {judged.won:.3f} (z {judged.wins_z:+.1f}), Brier "
            f"{judged.brier:.3f}, calibrated {judged.expected_brier:.3f} (z {judged.brier_z:+.1f})"
        )
