"""``dexwatch model``: the registry's side of serving, in a process of its own."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.observed import registry_work
from cli.settings import settings_of
from cli.stopping import ends_with_who_started_it

if TYPE_CHECKING:
    from config.settings import Settings
    from telemetry.instruments import RegistryInstruments


@click.group("model")
def command() -> None:
    """Register models, bring the champion into the local cache."""


@command.command("release")
@ends_with_who_started_it
@click.pass_context
def release(context: click.Context) -> None:
    """Register the released champion, unless it is, and cache it."""
    from features.contract import CONTRACT_VERSION
    from inference.predictor import IncompatibleModelError
    from registry.errors import RegistryError, UnknownModelError
    from registry.sync import sync as sync_cache
    from registry.tracking import ModelRegistry
    from training import released

    settings = settings_of(context)
    logging.basicConfig(level=logging.WARNING)
    alias = settings.model.alias
    try:
        with registry_work(settings, "model release") as instruments:
            registry = ModelRegistry.open(settings.model, settings.data_dir)
            with instruments.operation("register"):
                version = registry.register(
                    released.MODEL_FILE, released.release(), artifacts=released.ARTIFACTS
                )
            try:
                champion = sync_cache(settings.model, settings.data_dir).manifest
            except UnknownModelError:
                current = False
            else:
                current = champion.contract_version == CONTRACT_VERSION
                if not current:
                    _require_own_registry(settings, champion.label)
            if not current:
                with instruments.operation("promote"):
                    registry.succeed(version, alias)
            _bring(settings, instruments)
    except (RegistryError, IncompatibleModelError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _require_own_registry(settings: Settings, label: str) -> None:
    """Refuse to move an alias that others may serve by."""
    from registry.location import without_credentials

    if settings.model.tracking_uri is not None:
        raise click.ClickException(
            f"{settings.model.alias} {label} at {without_credentials(settings.model.tracking_uri)}"
            " was trained for another release of the code: train one with `make train`, or promote"
            " another"
        )


@command.command("register")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.pass_context
def register(context: click.Context, folder: Path) -> None:
    """Register the model in FOLDER and print its version.

    The folder is as `dexwatch train --release` writes it.
    """
    from registry.errors import RegistryError
    from registry.manifest import ModelRelease, read_description
    from registry.tracking import ModelRegistry
    from training import release_files

    logging.basicConfig(level=logging.WARNING)
    settings = settings_of(context)
    try:
        with (
            registry_work(settings, "model register") as instruments,
            instruments.operation("register"),
        ):
            registry = ModelRegistry.open(settings.model, settings.data_dir)
            release = read_description(folder / release_files.RELEASE_FILE, ModelRelease)
            artifacts = [
                folder / name for name in release_files.ARTIFACTS if (folder / name).exists()
            ]
            version = registry.register(
                folder / release_files.MODEL_FILE, release, artifacts=artifacts
            )
    except (RegistryError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"v{version}")


@command.command("sync")
@ends_with_who_started_it
@click.pass_context
def sync(context: click.Context) -> None:
    """Bring the registry's champion into the local cache.

    The service takes it from there. So with the model that is scored beside it, if there is one.
    """
    from inference.predictor import IncompatibleModelError
    from registry.errors import RegistryError
    from registry.sync import sync_shadow

    logging.basicConfig(level=logging.WARNING)
    settings = settings_of(context)
    try:
        with registry_work(settings, "model sync") as instruments:
            _bring(settings, instruments)
            with instruments.operation("fetch"):
                sync_shadow(settings.model, settings.data_dir)
    except (RegistryError, IncompatibleModelError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _bring(settings: Settings, instruments: RegistryInstruments) -> None:
    """Cache the champion, which may serve from then on, and write its reference if need be."""
    from capture.reference import REFERENCE_FILE
    from etl.snapshot import load_dex
    from features.matchup_frames import MatchupFrames
    from inference.predictor import Predictor
    from registry.sync import sync as sync_cache
    from training import dataset, reference, released

    with instruments.operation("fetch"):
        cached = sync_cache(settings.model, settings.data_dir)
    manifest = cached.manifest
    predictor = Predictor.load(
        cached.model_path, version=manifest.label, contract_version=manifest.contract_version
    )
    path = settings.data_dir / REFERENCE_FILE
    if not reference.is_of(path, manifest.sha256):
        frames = MatchupFrames.prepare(load_dex())
        labels = dataset.read(released.LABELS_FILE)
        rows = reference.build(frames, predictor, labels).features
        reference.write(rows, path, manifest.sha256)
    click.echo(manifest.label)
