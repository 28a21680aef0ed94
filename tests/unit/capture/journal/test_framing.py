"""Records are found again whatever happens to the bytes around them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from capture.journal.framing import Damage, Gap, Record, frame, record_around, scan

PAYLOADS = [b"first", b"", b"third" * 100]


def payloads_of(content: bytes) -> list[bytes]:
    """List the sound payloads."""
    return [found.payload for found in scan(content) if isinstance(found, Record)]


def gaps_of(content: bytes) -> list[Gap]:
    """List the gaps."""
    return [found for found in scan(content) if isinstance(found, Gap)]


@given(st.lists(st.binary(max_size=300)))
def test_what_was_framed_is_read(payloads: list[bytes]) -> None:
    """Any payloads come back in their order, with nothing between them."""
    content = b"".join(map(frame, payloads))

    assert [Record(r.payload, r.end) for r in scan(content)] == list(scan(content))
    assert payloads_of(content) == payloads


@given(st.integers(min_value=1), st.lists(st.binary(max_size=50), min_size=1))
def test_a_record_cut_off_is_torn(cut: int, payloads: list[bytes]) -> None:
    """Whatever of the last record is missing, the others are read and the rest is torn."""
    content = b"".join(map(frame, payloads))
    begin = len(content) - len(frame(payloads[-1]))
    torn = content[: begin + cut % (len(content) - begin)]

    assert payloads_of(torn) == payloads[:-1]
    expected = [] if len(torn) == begin else [Gap(begin, len(torn), Damage.TORN)]
    assert gaps_of(torn) == expected


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_damaged_byte_costs_one_record(place: int, change: int) -> None:
    """One changed byte anywhere sets one record aside, never another and never a wrong one."""
    frames = [frame(payload) for payload in PAYLOADS]
    content = bytearray(b"".join(frames))
    place %= len(content)
    content[place] ^= change

    kept = payloads_of(bytes(content))
    assert len(kept) == 2
    assert [payload for payload in PAYLOADS if payload in kept] == kept
    (gap,) = gaps_of(bytes(content))
    assert gap.start <= place < gap.end


def test_zeros_at_the_end_are_torn() -> None:
    """A file that grew before its bytes reached the disk ends in zeros, which were no record."""
    content = frame(b"kept") + bytes(4096)

    assert payloads_of(content) == [b"kept"]
    assert [gap.damage for gap in gaps_of(content)] == [Damage.TORN]


@given(st.lists(st.binary(max_size=50)), st.data())
def test_a_record_is_found_by_a_place_in_it(payloads: list[bytes], data: st.DataObject) -> None:
    """From any byte of any payload, also where a payload holds a record of its own."""
    payloads = [*payloads, b"it is " + frame(b"within"), b"last"]
    chosen = data.draw(st.integers(0, len(payloads) - 1).filter(lambda n: payloads[n]))
    begin = len(b"".join(map(frame, payloads[: chosen + 1]))) - len(payloads[chosen])
    offset = data.draw(st.integers(0, min(5, len(payloads[chosen]) - 1)))

    found = record_around(b"".join(map(frame, payloads)), begin + offset)

    assert found is not None
    assert found.payload == payloads[chosen]


def test_a_place_in_no_record_leads_to_none() -> None:
    """Neither behind the last record nor in a damaged one."""
    content = frame(b"kept") + b"nothing" + frame(b"damaged")[:-1] + b"?"

    assert record_around(content, content.find(b"nothing")) is None
    assert record_around(content, content.find(b"damage")) is None


@given(st.binary(max_size=200))
def test_foreign_bytes_are_no_records(content: bytes) -> None:
    """Bytes of any kind are gaps that cover them all."""
    assert payloads_of(content) == []
    assert sum(gap.end - gap.start for gap in gaps_of(content)) == len(content)
