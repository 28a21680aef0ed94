"""Bring a cycle a step further: what there is to do depends on nothing but its state.

requested   play what production asked about, learn, register       -> shadowing, or ended
shadowing   the challenger is scored beside the champion; the gate   -> watching, or ended
watching    the new champion is compared with the one before         -> ended

A cycle ends when a third model has come to serve meanwhile. What fails again and again is given up,
except watching: what serves is watched to the end.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, assert_never

from capture.lookup import PredictionLookup
from lifecycle import due, gate, watch
from lifecycle.challenger import FOLDER, JUDGE_FILE, NotEnoughAskedError
from lifecycle.evidence import Evidence, Rated
from lifecycle.promotion import (
    another_serves,
    half_done,
    let_go,
    promote,
    roll_back,
    supersede,
    versions,
)
from storage.cycle_store import MOST_FAILURES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lifecycle.challenger import Workshop
    from lifecycle.record import Record
    from storage.cycle_store import Cycle

DAY: Final = timedelta(days=1)


def advance(workshop: Workshop, cycle: Cycle) -> None:
    """Do the next step of a cycle, if it is time for one.

    Raises:
        BattleError, RegistryError, StorageError, OSError, ValueError: may be called again.

    """
    with workshop.record.alone(cycle.model):
        # A command may have brought it further meanwhile.
        now = workshop.record.wait(workshop.record.cycles.get(cycle.id))
        if now is not None:
            _advance(workshop, now)


def _advance(workshop: Workshop, cycle: Cycle) -> None:
    match cycle.state:
        case "ended":
            return
        case _ if another_serves(workshop.settings, cycle):
            supersede(workshop.settings, workshop.record, cycle)
        case "watching":
            _watch(workshop, cycle)
        case _ if cycle.failures >= MOST_FAILURES:
            why = f"{cycle.state}: failed {cycle.failures} times in a row"
            let_go(workshop.settings, workshop.record, cycle, "failed", why)
        case "requested":
            try:
                workshop.make(cycle)
            except NotEnoughAskedError as error:
                let_go(workshop.settings, workshop.record, cycle, "refused", str(error))
        case "shadowing":
            _judge(workshop, cycle)
        case _:
            assert_never(cycle.state)


def pass_gate(workshop: Workshop, cycle: Cycle, *, skipped: Sequence[str] = ()) -> bool:
    """Put a challenger through the gate, and promote it when it passes; tell whether it serves.

    Raises:
        RegistryError, StorageError, OSError, ValueError: may be called again.

    """
    settings, record = workshop.settings, workshop.record
    champion, challenger = versions(cycle)
    with record.step(cycle, "gate") as step:
        step.model_version = challenger
        # Recorded also where the gate fails before it finds anything: who asks again reads it.
        left_out = {name: {"skipped": True} for name in skipped}
        step.details = left_out
        findings = gate.judge(
            Evidence.gather(
                Rated.load(settings.model, settings.data_dir, champion),
                Rated.load(settings.model, settings.data_dir, challenger),
                workshop.frames,
                workshop.dex.moves,
                asked_labels=_asked_labels(workshop, cycle),
                shadow=record.wait(
                    record.live.total(
                        f"v{challenger}", "shadow", cycle.state_since, datetime.now(UTC)
                    )
                ),
                shadow_predictions=settings.lifecycle.shadow_predictions,
            ),
            skipped=skipped,
        )
        failed = [finding for finding in findings if not finding.passed]
        step.outcome = "refused" if failed else "passed"
        step.details = {finding.check: finding._asdict() for finding in findings} | left_out
        step.summary = (
            "; ".join(f"{finding.check}: {finding.says}" for finding in failed)
            or f"{len(findings)} checks passed"
        )
    if failed:
        return False
    return promote(settings, record, cycle)


def _judge(workshop: Workshop, cycle: Cycle) -> None:
    settings, record = workshop.settings.lifecycle, workshop.record
    if half_done(workshop.settings, cycle):
        # It has passed the gate, and serves: another look at it could only leave it unwatched.
        promote(workshop.settings, record, cycle)
        return
    _, challenger = versions(cycle)
    now = datetime.now(UTC)
    seen = record.wait(record.live.total(f"v{challenger}", "shadow", cycle.state_since, now))
    if not due.is_shadowed(cycle, seen, settings, now):
        return
    enough = due.is_scored(seen, settings)
    with record.step(cycle, "shadow") as step:
        step.model_version = challenger
        step.details = {name: getattr(seen, name) for name in seen.__struct_fields__}
        step.outcome = "passed" if enough else "refused"
        step.summary = f"{seen.predictions:,} live predictions scored, {seen.skipped:,} passed over"
    if not enough:
        why = "too few live predictions were scored beside the champion in time"
        let_go(workshop.settings, record, cycle, "refused", why)
    elif not pass_gate(workshop, cycle, skipped=_skipped(record, cycle)):
        let_go(workshop.settings, record, cycle, "refused", "the gate has refused the challenger")


def _skipped(record: Record, cycle: Cycle) -> list[str]:
    """Give the checks that somebody has left out when this challenger was last put to the gate."""
    tries = [step for step in record.steps(cycle) if step.step == "gate"]
    found = tries[-1].details if tries else {}
    return [check for check, finding in found.items() if finding.get("skipped")]


def _watch(workshop: Workshop, cycle: Cycle) -> None:
    settings, record = workshop.settings, workshop.record
    champion, challenger = versions(cycle)
    now = datetime.now(UTC)
    seen, before = (
        record.wait(record.live.total(f"v{version}", "serving", since, until))
        for version, since, until in (
            (challenger, cycle.state_since, now),
            # A whole day: a cycle may be short, and busy with battles.
            (champion, min(cycle.began_at, cycle.state_since - DAY), cycle.state_since),
        )
    )
    # The version may have served before, and have been rolled back for what was told then.
    told = record.wait(
        record.feedback.of_version(f"v{challenger}", cycle.answers_since, watch.MOST_FEEDBACK)
    )
    sights = {
        "failures": watch.failures(seen, before),
        "slowness": watch.slowness(seen, before),
        "outcomes": watch.outcomes(
            told,
            PredictionLookup.of(settings),
            Rated.load(settings.model, settings.data_dir, champion).predictor,
        ),
    }
    worse = [f"{name}: {sight.says}" for name, sight in sights.items() if sight.worse]
    if not worse and not due.is_watched(cycle, seen, settings.lifecycle, now):
        return
    with record.step(cycle, "watch") as step:
        step.model_version = challenger
        step.outcome = "worse" if worse else "passed"
        step.details = {name: sight.says for name, sight in sights.items()}
        step.summary = "; ".join(worse or map(": ".join, step.details.items()))
    if worse:
        roll_back(settings, record, cycle, "; ".join(worse))
    else:
        let_go(settings, record, cycle, "kept", f"v{challenger} stays")


def _asked_labels(workshop: Workshop, cycle: Cycle) -> Path | None:
    """Find the judged matchups of this cycle, or of the last one that has played some."""
    own = workshop.folder(cycle) / JUDGE_FILE
    if own.exists():
        return own
    others = (workshop.settings.data_dir / FOLDER).glob(f"*/{JUDGE_FILE}")
    return max(others, key=lambda path: path.stat().st_mtime, default=None)
