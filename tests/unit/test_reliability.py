"""docs/reliability.md."""

from __future__ import annotations

import pytest
from tests.stack.reliability import record
from tests.stack.reliability.components import ALERTS, EMBEDDED, FAULTS

from benchmarks import losses

RUN = record.read()


def test_the_page_is_what_was_seen() -> None:
    """The table stands on the page as the record that `make faults` wrote with it has it."""
    page = record.PAGE.read_text(encoding="utf-8")
    assert page == RUN.page(page)
    assert page.count(RUN.table()) == 1


def test_every_fault_of_every_component_was_tried() -> None:
    """Each was stopped, frozen and restarted, and the embedded database killed."""
    tried = [(seen.component, seen.fault) for seen in RUN.faults]
    wanted = [(name, fault) for name in ALERTS if name != EMBEDDED for fault in FAULTS]
    assert tried == [*wanted, (EMBEDDED, "killed")]


@pytest.mark.parametrize("seen", RUN.faults, ids=lambda seen: f"{seen.component} {seen.fault}")
def test_what_was_seen_is_what_the_page_promises(seen: record.Seen) -> None:
    """Predictions were asked and none failed, no row was lost or doubled, its alert came."""
    assert seen.asked > 0
    assert (seen.failed, seen.lost, seen.doubled, seen.ready) == (0, 0, 0, 200)
    if seen.fault in {"stopped", "frozen"}:
        assert seen.alerts == (ALERTS[seen.component],)
        assert seen.firing_seconds is not None
    assert set(seen.alerts) <= {ALERTS[seen.component]}


def test_the_page_shows_what_was_lost() -> None:
    """The table of kills, stops, reloads and a full disk is that of the record."""
    page = losses.PAGE.read_text(encoding="utf-8")
    assert page == losses.PLACE.put(page, losses.text(losses.read()))


@pytest.mark.parametrize(("what", "trial"), losses.read().items(), ids=list(losses.read()))
def test_no_answered_prediction_was_lost(what: str, trial: losses.Trial) -> None:
    """Whatever was killed or filled up, and a reload or a full disk failed no request either."""
    assert trial.answered > 0
    assert (trial.missing, trial.doubled) == (0, 0)
    if "kill" not in what and "SIGTERM" not in what:
        assert not trial.failed
