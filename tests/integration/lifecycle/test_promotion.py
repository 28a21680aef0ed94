"""Promotions and rollbacks in a real registry, also those that are cut off in the middle."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import asyncpg
import pytest
from tests.integration.lifecycle.conftest import begin, recording, register
from tests.waiting import LONGEST_SECONDS

from inference.predictor import IncompatibleModelError
from lifecycle import by_hand, gate, promotion, record
from lifecycle.advance import advance
from lifecycle.promotion import let_go, promote, roll_back
from registry.cache import ModelCache
from registry.errors import UnknownModelError
from storage.cycle_store import CHANNEL, MOST_FAILURES
from storage.errors import DatabaseUnavailableError, HeldElsewhereError
from storage.live_store import LiveWindow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from config.settings import Settings
    from lifecycle.challenger import Workshop
    from lifecycle.record import Record
    from registry.tracking import ModelRegistry
    from storage.cycle_store import Cycle, State
    from storage.embedded import DatabaseUrls

pytestmark = pytest.mark.filterwarnings(
    # MLflow 3.17 still declares a loader strategy that SQLAlchemy 2.1 deprecates.
    "ignore:The ``noload`` loader strategy:DeprecationWarning:mlflow",
)

LOSE: Final = """
    CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
    CREATE TRIGGER lose BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION lose();
"""
"""Whoever writes a row of the audit loses the database over it."""
FIND_AGAIN: Final = "DROP FUNCTION lose CASCADE"


def _execute(shop: Workshop, command: str) -> None:
    async def execute() -> None:
        async with shop.record.cycles.database.connection() as connection:
            await connection.execute(command)

    shop.record.wait(execute())


def _served(shop: Workshop) -> str | None:
    return ModelCache.of(shop.settings.model, shop.settings.data_dir).current_label()


def _now(shop: Workshop, cycle: Cycle) -> Cycle:
    now = shop.record.wait(shop.record.cycles.get(cycle.id))
    assert now is not None
    return now


def _steps(shop: Workshop, cycle: Cycle) -> list[tuple[str, str]]:
    return [(row.step, row.outcome) for row in shop.record.steps(cycle)][1:]


def test_the_command_rolls_back_to_a_model_that_is_not_cached_any_more(
    shop: Workshop, registry: ModelRegistry, database_urls: DatabaseUrls
) -> None:
    """It is fetched, serves, and the record says so; there is one step back only."""
    cycle = begin(shop, "shadowing")
    assert promote(shop.settings, shop.record, cycle)
    let_go(shop.settings, shop.record, _now(shop, cycle), "kept", "v2 stays")
    assert _served(shop) == "v2"
    cache = ModelCache.of(shop.settings.model, shop.settings.data_dir)
    shutil.rmtree(cache.folder / "v1")
    told = subprocess.run(
        [sys.executable, "-m", "cli", "rollback", "--reason", "players complain"],
        env={
            **os.environ,
            "DEXWATCH_DATA_DIR": str(shop.settings.data_dir),
            "DEXWATCH_DATABASE_URL": database_urls.owner,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert "rolled_back, v2 for v1 (players complain)" in told.stdout
    assert _served(shop) == "v1"
    assert cache.read(1).manifest.version == 1
    assert registry.aliases() == {"champion": 1}
    (back, before) = shop.record.wait(shop.record.cycles.recent("dexwatch", 9))
    assert (back.outcome, before.outcome) == ("rolled_back", "kept")
    assert _steps(shop, back) == [("rollback", "done")]
    with pytest.raises(UnknownModelError, match="nothing to go back to"):
        by_hand.back(shop, "again")


def test_a_promotion_that_was_cut_off_is_brought_to_its_end(
    shop: Workshop, registry: ModelRegistry
) -> None:
    """A model that has passed the gate and serves is watched, without another look at the gate."""
    cycle = begin(shop, "shadowing")
    registry.promote(2, "champion")
    advance(shop, cycle)
    assert _now(shop, cycle).state == "watching"
    assert _steps(shop, cycle) == [("promote", "done")]
    assert registry.aliases() == {"champion": 2, "previous": 1, "shadow": 1}
    assert _served(shop) == "v2"


def _kept(settings: Settings, record: Record, cycle: Cycle) -> None:
    let_go(settings, record, cycle, "kept", "v2 stays")


def _rolled_back(settings: Settings, record: Record, cycle: Cycle) -> None:
    roll_back(settings, record, cycle, "players complain")


@pytest.mark.parametrize(
    ("do", "before", "after"),
    [
        (promote, "shadowing", ("watching", "promote", "done")),
        (_kept, "watching", ("ended", "end", "passed")),
        (_rolled_back, "watching", ("ended", "rollback", "done")),
    ],
    ids=["promote", "end", "rollback"],
)
def test_no_cycle_moves_without_the_row_of_its_step(
    shop: Workshop,
    registry: ModelRegistry,
    do: Callable[[Settings, Record, Cycle], object],
    before: State,
    after: tuple[State, str, str],
) -> None:
    """A database that is lost between the two has neither; done again, it has both, once."""
    cycle = _now(shop, begin(shop, before))
    registry.promote(2, "champion")
    _execute(shop, LOSE)
    with pytest.raises(DatabaseUnavailableError):
        do(shop.settings, shop.record, cycle)
    assert _now(shop, cycle) == cycle
    assert _steps(shop, cycle) == []
    _execute(shop, FIND_AGAIN)
    do(shop.settings, shop.record, cycle)
    (row,) = _steps(shop, cycle)
    assert (_now(shop, cycle).state, *row) == after


def test_no_cycle_begins_without_the_row_of_its_request(shop: Workshop) -> None:
    """A database that is lost between the two has neither."""
    _execute(shop, LOSE)
    with pytest.raises(DatabaseUnavailableError):
        begin(shop, "requested")
    _execute(shop, FIND_AGAIN)
    assert shop.record.wait(shop.record.cycles.recent("dexwatch", 9)) == []


def test_a_step_that_ctrl_c_breaks_off_is_not_recorded_as_done(
    shop: Workshop, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told of a rollback that was broken off; the next one is recorded as done."""
    cycle = _now(shop, begin(shop, "watching"))
    registry.promote(2, "champion")
    with monkeypatch.context() as patched:
        patched.setattr(promotion, "bring", lambda _: signal.raise_signal(signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            _rolled_back(shop.settings, shop.record, cycle)
    assert _now(shop, cycle) == cycle
    _rolled_back(shop.settings, shop.record, cycle)
    _, broken_off, back = shop.record.steps(cycle)
    assert (broken_off.step, broken_off.outcome) == ("rollback", "cancelled")
    assert broken_off.summary == "broken off: KeyboardInterrupt"
    assert (back.step, back.outcome) == ("rollback", "done")


def test_a_promotion_by_hand_that_was_cut_off_can_be_asked_for_again(
    shop: Workshop, registry: ModelRegistry
) -> None:
    """It goes on, instead of saying that the version is the champion already."""
    cycle = begin(shop, "shadowing")
    registry.promote(2, "champion")
    again, serves = by_hand.promote(shop, 2, [])
    assert serves
    assert again.id == cycle.id
    assert _now(shop, cycle).state == "watching"


def test_a_promotion_that_is_called_off_half_way_leaves_the_champion(
    shop: Workshop, registry: ModelRegistry
) -> None:
    """Whoever comes first: nobody would watch what serves."""
    cycle = begin(shop, "shadowing")
    registry.promote(2, "champion")
    assert by_hand.call_off(shop) is not None
    assert _now(shop, cycle).outcome == "cancelled"
    assert registry.aliases() == {"champion": 1}
    assert not promote(shop.settings, shop.record, cycle)
    assert registry.aliases() == {"champion": 1}
    assert _served(shop) == "v1"
    assert _steps(shop, cycle) == [("end", "cancelled"), ("promote", "cancelled")]


def test_a_command_and_a_worker_take_turns(
    shop: Workshop, registry: ModelRegistry, database_urls: DatabaseUrls
) -> None:
    """A rollback by hand waits for the worker's step, and the worker then sees what came of it."""
    cycle = begin(shop, "shadowing")
    assert promote(shop.settings, shop.record, cycle)
    watching = _now(shop, cycle)
    with recording(database_urls) as other, ThreadPoolExecutor(1) as beside:
        with other.alone("dexwatch"):
            back = beside.submit(by_hand.back, shop, "players complain")
            with pytest.raises(TimeoutError):
                back.result(timeout=2)
            assert registry.aliases()["champion"] == 2
        back.result(timeout=60)
    assert registry.aliases() == {"champion": 1}
    advance(shop, watching)
    assert _steps(shop, cycle) == [("promote", "done"), ("rollback", "done")]


def test_who_would_wait_too_long_is_told(
    shop: Workshop,
    registry: ModelRegistry,
    database_urls: DatabaseUrls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing moves; and once the other has ended there is nothing to wait for."""
    before = registry.aliases()
    with (
        recording(database_urls) as other,
        other.alone("dexwatch"),
        monkeypatch.context() as impatient,
    ):
        impatient.setattr(record, "PATIENCE_SECONDS", 0.5)
        with pytest.raises(HeldElsewhereError, match="try again"):
            by_hand.promote(shop, 2, [])
    assert registry.aliases() == before
    assert shop.record.wait(shop.record.cycles.under_way("dexwatch")) is None
    with shop.record.alone("dexwatch"):
        pass


def test_what_was_left_out_by_hand_is_left_out_again(
    shop: Workshop, registry: ModelRegistry, database_urls: DatabaseUrls
) -> None:
    """The worker asks for what was wanting, live predictions, and for nothing that was skipped."""
    but_shadow = [check.__name__ for check in gate.CHECKS if check is not gate.shadow]
    cycle, serves = by_hand.promote(shop, 2, but_shadow)
    assert not serves
    scored = LiveWindow(
        model_version="v2",
        role="shadow",
        predictions=shop.settings.lifecycle.shadow_predictions,
    )
    shop.record.wait(shop.record.live.add([scored]))
    with recording(database_urls) as other:
        advance(replace(shop, record=other), cycle)
    assert _now(shop, cycle).state == "watching"
    gates = [row for row in shop.record.steps(cycle) if row.step == "gate"]
    assert [row.outcome for row in gates] == ["refused", "passed"]
    assert gates[1].details["asked_quality"] == {"skipped": True}
    assert registry.aliases()["champion"] == 2


def test_every_machine_hears_of_a_challenger_that_is_not_promoted_yet(
    shop: Workshop, registry: ModelRegistry, database_urls: DatabaseUrls
) -> None:
    """Who asks for a promotion by hand, and gets none for now, has it scored everywhere."""
    heard = asyncio.Event()

    async def listen() -> asyncpg.Connection:
        connection = await asyncpg.connect(database_urls.owner)
        await connection.add_listener(CHANNEL, lambda *_: heard.set())
        return connection

    listening = shop.record.wait(listen())
    try:
        _, serves = by_hand.promote(shop, 2, [])
        assert not serves
        assert registry.aliases()["shadow"] == 2
        shop.record.wait(asyncio.wait_for(heard.wait(), LONGEST_SECONDS))
    finally:
        shop.record.wait(listening.close())


def test_a_model_for_other_features_serves_on_no_request(
    shop: Workshop, registry: ModelRegistry, tmp_path: Path
) -> None:
    """Neither a promotion nor a rollback by hand begins with one: no alias moves."""
    register(registry, tmp_path, 3, contract_version="0-other")
    registry.promote(3, "previous")
    before = registry.aliases()
    with pytest.raises(IncompatibleModelError, match="v3 was trained on feature contract 0-other"):
        by_hand.promote(shop, 3, [])
    with pytest.raises(IncompatibleModelError, match="v3"):
        by_hand.back(shop, "players complain")
    assert registry.aliases() == before
    assert shop.record.wait(shop.record.cycles.under_way("dexwatch")) is None


def _begun_before_a_third(
    shop: Workshop, registry: ModelRegistry, tmp_path: Path, state: State
) -> Cycle:
    """Begin a cycle, and then let a model serve that it knows nothing of."""
    cycle = begin(shop, state)
    register(registry, tmp_path, 3)
    registry.succeed(3, "champion")
    return cycle


@pytest.mark.parametrize("state", ["shadowing", "watching"])
def test_a_cycle_ends_where_a_third_model_serves(
    shop: Workshop, registry: ModelRegistry, tmp_path: Path, state: State
) -> None:
    """What it compares is not what serves."""
    cycle = _begun_before_a_third(shop, registry, tmp_path, state)
    advance(shop, cycle)
    now = _now(shop, cycle)
    assert (now.state, now.outcome) == ("ended", "cancelled")
    assert registry.aliases() == {"champion": 3, "previous": 1}


@pytest.mark.parametrize("state", ["shadowing", "watching"])
def test_such_a_cycle_holds_up_no_rollback(
    shop: Workshop, registry: ModelRegistry, tmp_path: Path, state: State
) -> None:
    """The third model may be bad, and go, before any worker has looked at the cycle."""
    cycle = _begun_before_a_third(shop, registry, tmp_path, state)
    back = by_hand.back(shop, "players complain")
    assert (back.champion, back.challenger) == (1, 3)
    assert _now(shop, cycle).outcome == "cancelled"
    assert registry.aliases() == {"champion": 1}


def test_what_was_left_out_is_so_after_a_gate_that_failed(
    shop: Workshop, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks again reads it from the record of a try that found nothing."""
    left_out = [check.__name__ for check in gate.CHECKS]
    with monkeypatch.context() as patched:
        patched.setattr(gate, "judge", _fail)
        with pytest.raises(OSError, match="no room"):
            by_hand.promote(shop, 2, left_out)
    cycle = shop.record.wait(shop.record.cycles.under_way("dexwatch"))
    assert cycle is not None
    scored = LiveWindow(
        model_version="v2",
        role="shadow",
        predictions=shop.settings.lifecycle.shadow_predictions,
    )
    shop.record.wait(shop.record.live.add([scored]))
    advance(shop, cycle)
    assert _now(shop, cycle).state == "watching"
    assert registry.aliases()["champion"] == 2
    gates = [row.outcome for row in shop.record.steps(cycle) if row.step == "gate"]
    assert gates == ["failed", "passed"]


def _fail(*_: object, **__: object) -> None:
    raise OSError("no room on the disk")


def test_a_step_that_fails_again_and_again_ends_its_cycle_in_order(
    shop: Workshop, registry: ModelRegistry
) -> None:
    """Nothing is scored beside the champion any more, and the end is a step with a span."""
    cycle = begin(shop, "shadowing")
    registry.promote(2, "challenger")
    registry.promote(2, "shadow")
    for _ in range(MOST_FAILURES):
        shop.record.wait(shop.record.cycles.failed(cycle.id))
    advance(shop, _now(shop, cycle))
    assert _now(shop, cycle).outcome == "failed"
    assert registry.aliases() == {"champion": 1}
    (request, end) = shop.record.steps(cycle)
    assert (end.step, end.outcome, end.trace_id) == ("end", "failed", request.trace_id)
    assert end.summary == "shadowing: failed 5 times in a row"
