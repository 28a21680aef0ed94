"""Ids that tell when they were made."""

from __future__ import annotations

import time
import uuid

import pytest

from capture.prediction_id import moment_of, new_prediction_id


def test_an_id_tells_its_moment() -> None:
    """An id is a UUID of version 7 whose time is that of its making, to the millisecond."""
    before = time.time_ns() // 1_000_000
    made = new_prediction_id()
    after = time.time_ns() // 1_000_000

    parsed = uuid.UUID(made)
    assert (parsed.version, parsed.variant, str(parsed)) == (7, uuid.RFC_4122, made)
    assert before <= round(moment_of(made).timestamp() * 1000) <= after


def test_ids_differ_and_sort_by_time() -> None:
    """Ids of one millisecond differ; those of a later one sort behind."""
    first = {new_prediction_id() for _ in range(10_000)}
    time.sleep(0.002)

    assert len(first) == 10_000
    assert max(first) < new_prediction_id()


@pytest.mark.parametrize(
    "text", ["", "abc", str(uuid.uuid4()), "01A20D9E-6301-78E1-B9FB-FBA828DCE1A1"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    """Other text, other versions and other spellings are not ids."""
    with pytest.raises(ValueError, match=r"UUID|hexadecimal|invalid"):
        moment_of(text)
