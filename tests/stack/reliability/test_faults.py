"""PostgreSQL, collector, MLflow and Redis go away under load: `make faults` tries every way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.acceptance.losses import captured
from tests.stack.reliability.components import FAULTS
from tests.stack.reliability.load import PER_SECOND
from tests.stack.reliability.outage import Fault, meet
from tests.stack.reliability.record import Run
from tests.stack.reliability.site import Site, running_site
from tests.waiting import LONGEST_SECONDS, wait_for

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from tests.stack.reliability.record import Seen

WHOLE_TIMES = 15
SHORT_TIMES = 60


@pytest.mark.timeout(3600)
def test_no_fault_of_a_component_fails_a_prediction(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    """No prediction fails, its own alert comes, all is well again by itself, each row is there."""
    whole = request.config.getoption("faults")
    times = WHOLE_TIMES if whole else SHORT_TIMES
    folder = tmp_path_factory.mktemp("reliability")
    seen: list[Seen] = []
    answered: list[list[str]] = []
    with running_site(folder, times, mlflow=whole) as site:
        for fault in _every(site) if whole else _few(site):
            found, asked = meet(site.watched, fault)
            print("\n", " | ".join(found.row()), end="", flush=True)  # noqa: T201  # the table that is asked for
            seen.append(found)
            answered.append([name for one in asked for name in one.ids])
            possible = {component.alert for component in fault.components}
            assert fault.alerts <= set(found.alerts) <= possible, found
        everything = {name for one in tuple(site.watched.load.asked) for name in one.ids}
        wait_for(lambda: everything <= set(captured(site.stack.data_dir)), LONGEST_SECONDS)
        written = captured(site.stack.data_dir)
    run = Run(
        day=datetime.now(UTC).date(),
        times=times,
        per_second=PER_SECOND,
        faults=tuple(
            _with_rows(one, names, written) for one, names in zip(seen, answered, strict=True)
        ),
    )
    if whole:
        run.write()
    for one in run.faults:
        assert (one.failed, one.lost, one.doubled, one.ready) == (0, 0, 0, 200), one
    assert max(written.values()) == 1


def _every(site: Site) -> Iterator[Fault]:
    for component in site.components.values():
        for name in FAULTS:
            yield Fault(name, [component])
    yield Fault("killed", [site.restart_with_own_database()])


def _few(site: Site) -> Iterator[Fault]:
    """Let those hang that hang worst; the collector alone, for without it nobody would be told."""
    parts = site.components
    yield Fault("frozen", [parts["PostgreSQL"], parts["Redis"]])
    yield Fault("frozen", [parts["Collector"]])


def _with_rows(seen: Seen, answered: list[str], written: Counter[str]) -> Seen:
    """Add what the files hold of a fault's predictions."""
    return msgspec.structs.replace(
        seen,
        lost=sum(name not in written for name in answered),
        doubled=sum(written[name] > 1 for name in answered),
    )
