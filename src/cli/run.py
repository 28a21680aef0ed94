"""``dexwatch run``: everything that is needed, from nothing to a serving port."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from time import monotonic
from typing import TYPE_CHECKING, Final

import click

from cli.companion import Companion
from cli.database import database_urls
from cli.keys import ensure_feedback_key
from cli.listening import listen
from cli.lock import sole_use
from cli.observed import observed
from cli.progress import Steps
from cli.serve import serve
from cli.settings import settings_of
from cli.shared_metrics import place_of_parent
from cli.stopping import lifeline, stop_in_order

if TYPE_CHECKING:
    from config.settings import Settings
    from telemetry.setup import Telemetry

STOP_SECONDS: Final = 3.0
"""What a process beside the service may take to end."""


@click.command("run")
@click.pass_context
def command(context: click.Context) -> None:
    """Serve, having prepared database, dex and model where missing."""
    began = monotonic()
    stop_in_order()
    settings = settings_of(context)
    listener = listen(settings.server)
    steps = Steps(5)
    with (
        sole_use(settings.data_dir),
        observed(settings, shared := place_of_parent(settings)) as telemetry,
        ExitStack() as stack,
    ):
        # The commands that prepare something go on in this trace.
        preparing = stack.enter_context(ExitStack())
        preparing.enter_context(telemetry.tracer("dexwatch").start_as_current_span("prepare"))
        compiling = _compile_kernels(stack)
        _show_place(settings)
        with steps.step("database") as outcome:
            urls = stack.enter_context(database_urls(settings, own=True))
            outcome.append(urls.description)
        with steps.step("schema and dex") as outcome:
            outcome.append(_prepare_dex(settings, urls.owner, telemetry))
            outcome.append(ensure_feedback_key(settings, urls.owner))
        with steps.step("duel kernels") as outcome:
            outcome.append(_finish(compiling))
        with steps.step("model") as outcome:
            cached = _cached_champion(settings)
            outcome.append(f"{cached} cached" if cached else _release_model())

        preparing.close()
        companion = Companion([sys.executable, "-m", "cli", "worker"])

        def started() -> None:
            where = f"http://{_shown_host(settings.server.host)}:{settings.server.port}"
            click.echo(
                f"[5/5] serving on {where} after {monotonic() - began:.1f} s\n"
                f"      {where}/docs to try it, {where}/metrics to watch it, Ctrl-C to stop",
                err=True,
            )
            # Beside a service that still starts they would take the processor from it.
            stack.enter_context(companion)
            if cached:
                _sync_model(stack)

        serve(
            settings,
            urls.service,
            listener,
            telemetry,
            shared,
            started=started,
            stopping=companion.end,
        )
    click.echo("stopped", err=True)


def _shown_host(host: str) -> str:
    return "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104  # compared, not bound


def _show_place(settings: Settings) -> None:
    """Make the folder of files, so that who looks before the first one finds it empty."""
    from capture.archive.history import SMALL_FOLDER

    (settings.data_dir / SMALL_FOLDER).mkdir(exist_ok=True)


def _prepare_dex(settings: Settings, owner_url: str, telemetry: Telemetry) -> str:
    """Bring the schema and the dex up to date; say what was done."""
    from cli.db import upgrade
    from cli.etl import load_snapshot

    upgrade(owner_url)
    loaded = asyncio.run(load_snapshot(settings, owner_url, telemetry))
    return "dex loaded" if loaded else "dex up to date"


def _compile_kernels(stack: ExitStack) -> subprocess.Popen[str] | None:
    """Start compiling beside the next steps, in a process of its own: it takes much memory."""
    from features.duel import openings
    from inference import trees

    if all(kernel.is_compiled() for kernel in (openings, trees)):
        return None
    return _ourselves(stack, "compile", stdout=subprocess.DEVNULL)


def _finish(compiling: subprocess.Popen[str] | None) -> str:
    if compiling is None:
        return "compiled already"
    if compiling.wait():
        raise click.ClickException("the kernels could not be compiled; see above")
    return "compiled"


def _cached_champion(settings: Settings) -> str | None:
    """Give the label of the cached champion, if it can serve."""
    from features.contract import CONTRACT_VERSION
    from registry.cache import ModelCache

    cached = ModelCache.of(settings.model, settings.data_dir).read_current()
    if cached is None or cached.manifest.contract_version != CONTRACT_VERSION:
        return None
    return cached.manifest.label


def _sync_model(stack: ExitStack) -> None:
    """Have the registry asked whether there is a newer champion than the one that serves."""
    syncing = _ourselves(stack, "model", "sync", stdout=subprocess.DEVNULL)
    # Whoever ends and is not waited for stays in the list of processes.
    threading.Thread(target=syncing.wait, name="model sync", daemon=True).start()


def _release_model() -> str:
    """Have the released model registered and cached as the champion; give its label.

    In a process of its own: importing the registry takes seconds, and memory that the service must
    not pay.
    """
    with ExitStack() as stack:
        releasing = _ourselves(stack, "model", "release", stdout=subprocess.PIPE)
        said, _ = releasing.communicate()
    if releasing.returncode:
        raise click.ClickException("the model could not be registered; see above")
    return said.strip()


def _ourselves(stack: ExitStack, *command: str, stdout: int) -> subprocess.Popen[str]:
    """Start a command of ours that Ctrl-C in the terminal does not reach: it ends with the stack.

    By its lifeline too: a signal may end us when it has begun and we do not know it yet.
    """
    from telemetry import propagation

    theirs = stack.enter_context(lifeline())
    process = subprocess.Popen(  # noqa: S603  # our own program and words
        [sys.executable, "-m", "cli", *command, "--lifeline", str(theirs)],
        stdout=stdout,
        pass_fds=[theirs],
        text=True,
        start_new_session=True,
        env={**os.environ, **propagation.environment()},
    )
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[str]) -> None:
    """Ask a process to end, and see to it."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
