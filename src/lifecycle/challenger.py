"""Make a challenger: play what production asked about, learn from it too, register the outcome.

Each part leaves a file in the folder of its cycle and is passed over when that is there, so that a
cycle which was interrupted goes on where it stopped.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from battles.publishing import whole
from battles.simulate import SimulationSettings, simulate
from capture.archive.history import CaptureHistory
from drift.judge import LEAST_BASELINE_ROWS
from lifecycle.asked import latest, plan, plans, questions
from lifecycle.promotion import bring, withdraw
from registry.aliases import CHALLENGER, SHADOW
from registry.manifest import ModelRelease, read_description
from registry.tracking import ModelRegistry
from training import candidate, dataset, release_files, released, validation
from training.fit import Parameters
from training.labelling import Stages, label

if TYPE_CHECKING:
    from pathlib import Path

    from config.settings import Settings
    from features.dex import Dex
    from features.matchup_frames import MatchupFrames
    from lifecycle.asked import Asked
    from lifecycle.record import Record
    from storage.cycle_store import Cycle

FOLDER: Final = "lifecycle"
"""Under the data folder, with a folder for each cycle."""
QUESTIONS_FILE: Final = "questions.parquet"
"""What production asked when the cycle first looked."""
LEARN_FILE: Final = "learn.parquet"
JUDGE_FILE: Final = "judge.parquet"
"""Labels of asked matchups: to learn from, and to judge by."""
PARTS: Final = "parts"
"""What is played of them so far."""
GAMES: Final = 32
FURTHER_GAMES: Final = 16
"""As in the released data set."""
JUDGED_GAMES: Final = 100
JUDGE_SEED: Final = 500
"""Added to the cycle's seed, so that what is judged by is played with other luck."""
LOOKS_BACK: Final = timedelta(days=7)
"""How old a question may be."""
KEPT: Final = 10
"""Cycles whose battles are kept, to learn from again."""
FEWEST: Final = 10
"""Matchups, to learn from and to judge by; of fewer nothing can be said."""


class NotEnoughAskedError(ValueError):
    """Production has asked about too few matchups to learn from."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What making a challenger takes."""

    settings: Settings
    dex: Dex
    frames: MatchupFrames
    record: Record

    def folder(self, cycle: Cycle) -> Path:
        """Give the folder of a cycle."""
        return self.settings.data_dir / FOLDER / str(cycle.id)

    def make(self, cycle: Cycle) -> None:
        """Play, learn, register; the cycle is shadowing then.

        Raises:
            NotEnoughAskedError: there is too little to learn from.
            BattleError, RegistryError, StorageError, OSError: may be done again.

        """
        folder = self.folder(cycle)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / JUDGE_FILE).exists():
            self._play(cycle, folder)
        shutil.rmtree(folder / PARTS, ignore_errors=True)
        self._forget()
        if not (folder / release_files.RELEASE_FILE).exists():
            self._learn(cycle, folder)
        self._register(cycle, folder)

    def _forget(self) -> None:
        """Remove what was played long ago: questions change, and the disk is bounded."""
        folders = (self.settings.data_dir / FOLDER).iterdir()
        newest_first = sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)
        for old in newest_first[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)

    def _play(self, cycle: Cycle, folder: Path) -> None:
        with self.record.step(cycle, "label") as step:
            asked = self._asked(cycle, folder)
            seed = seed_of(cycle)
            step.details = {
                "to_learn": asked.to_learn.height,
                "to_judge": asked.to_judge.height,
                "seed": seed,
            }
            if min(asked.to_learn.height, asked.to_judge.height) < FEWEST:
                raise NotEnoughAskedError(
                    f"production asked about {asked.to_learn.height} matchups to learn from and"
                    f" {asked.to_judge.height} to judge by; {FEWEST} of each are needed"
                )
            stages = Stages(games=GAMES, further=FURTHER_GAMES, seed=seed)
            learnt = label(asked.to_learn, self.dex, folder / PARTS, stages, simulate)
            judged = simulate(
                asked.to_judge,
                self.dex,
                folder / PARTS / "judge",
                SimulationSettings(games=JUDGED_GAMES, seed=seed + JUDGE_SEED),
            )
            for labels, name in ((learnt, LEARN_FILE), (judged, JUDGE_FILE)):
                with whole(folder / name) as partial:
                    dataset.write(labels, partial)
            games = sum(int(labels["games"].sum()) for labels in (learnt, judged))
            step.details["games"] = games
            step.summary = (
                f"{games:,} games of {asked.to_learn.height:,} asked matchups to learn from and"
                f" {asked.to_judge.height:,} to judge by"
            )

    def _asked(self, cycle: Cycle, folder: Path) -> Asked:
        """Lay out what is to be played, the same each time, however production goes on."""
        path = folder / QUESTIONS_FILE
        if not path.exists():
            files = CaptureHistory.of(self.settings.data_dir).files(cycle.began_at - LOOKS_BACK)
            asked = questions(files, self.settings.lifecycle.retrain_matchups)
            with whole(path) as partial:
                asked.write_parquet(partial)
        return plans(pl.read_parquet(path), self.dex, self.frames)

    def _lately(self, cycle: Cycle) -> pl.DataFrame | None:
        """Lay out what production asks by now; None where that is too little to compare with."""
        rows = max(self.settings.drift.window_rows, LEAST_BASELINE_ROWS)
        history = CaptureHistory.of(self.settings.data_dir)
        asked = latest(history.newest_first(cycle.began_at - LOOKS_BACK), rows)
        lately = plan(asked, self.dex, self.frames)
        return lately if lately.height >= LEAST_BASELINE_ROWS else None

    def _learn(self, cycle: Cycle, folder: Path) -> None:
        with self.record.step(cycle, "train") as step:
            # What earlier cycles have played is learnt from as well.
            further = sorted((self.settings.data_dir / FOLDER).glob(f"*/{LEARN_FILE}"))
            trained = candidate.train(
                self.frames,
                self.dex.moves,
                released.LABELS_FILE,
                Parameters(iterations=self.settings.lifecycle.retrain_trees),
                further=further,
                asked=self._lately(cycle),
            )
            data = trained.release.training_data
            asked = dataset.examples(self.frames, dataset.read(folder / JUDGE_FILE))
            measured = validation.measure(trained.predictor.model, asked)
            step.details = {
                "rows": data.rows,
                "games": data.games,
                "metrics": trained.release.metrics,
                "asked": measured,
            }
            candidate.write(trained, folder)
            step.summary = (
                f"learnt from {data.rows:,} openings, log-loss {measured['log_loss']:.4f} on asked"
                f" matchups, {trained.release.metrics['closed_log_loss']:.4f} on frozen ones"
            )

    def _register(self, cycle: Cycle, folder: Path) -> None:
        with self.record.step(cycle, "register") as step:
            settings = self.settings.model
            registry = ModelRegistry.open(settings, self.settings.data_dir)
            champion = registry.resolve(settings.alias).version
            release = read_description(folder / release_files.RELEASE_FILE, ModelRelease)
            version = registry.register(
                folder / release_files.MODEL_FILE,
                release,
                artifacts=[folder / name for name in release_files.ARTIFACTS],
            )
            if version == champion:
                raise ValueError(f"what was learnt is v{champion} itself")
            registry.promote(version, CHALLENGER)
            registry.promote(version, SHADOW)
            bring(self.settings)
            step.model_version = version
            step.summary = f"v{version} is the challenger of v{champion}, and scored beside it"
            if not self.record.go_on(step, "shadowing", champion=champion, challenger=version):
                withdraw(self.settings)
                step.outcome = "cancelled"
                step.summary = f"called off meanwhile: v{version} is no challenger"
                self.record.tell_alias_moved()


def seed_of(cycle: Cycle) -> int:
    """Give the seed of a cycle's games: its own, or the same question twice were the same games."""
    return int.from_bytes(cycle.id.bytes[:4])
