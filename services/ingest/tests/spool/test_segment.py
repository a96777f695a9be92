"""What is in a spool file comes out of it again; a torn end is an end, and a lost middle is never passed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.common.kafka.record import Outgoing
from feuerwache.ingest.spool.segment import FRAME, HEAD, Broken, Frame, frame, frames, head, pack, unpack

optional_bytes = st.none() | st.binary(max_size=30)
records = st.lists(
    st.builds(
        Outgoing,
        topic=st.text(max_size=10),
        partition=st.integers(0, 2**32 - 1),
        key=optional_bytes,
        value=optional_bytes,
        headers=st.lists(st.tuples(st.text(max_size=5), optional_bytes), max_size=3),
    ),
    max_size=4,
)
PAYLOADS = [pack([Outgoing("t", 0, b"k", f"value {number}".encode())]) for number in range(4)]


def file_of(payloads: list[bytes], first: int = 7, each_synced: bool = True) -> bytes:
    """Each frame is written when the one before it was synced, or all of them at once."""
    written = [
        frame(first + at, first + at - 1 if each_synced else first - 1, 1_000 + at, payload)
        for at, payload in enumerate(payloads)
    ]
    return head(first) + b"".join(written)


def read(data: bytes, first: int = 7) -> list[bytes]:
    return [found.payload for found in frames(data, first)]


@given(records)
def test_records_come_out_as_they_went_in(sent: list[Outgoing]) -> None:
    assert unpack(pack(sent)) == sent


@given(records, st.data())
def test_a_payload_that_was_cut_is_said_to_be(sent: list[Outgoing], data: st.DataObject) -> None:
    payload = pack(sent)
    cut = data.draw(st.integers(0, len(payload) - 1))
    with pytest.raises(Broken):
        unpack(payload[:cut])
    with pytest.raises(Broken):
        unpack(payload + b"x")


def test_frames_are_read_in_sequence_with_what_they_say() -> None:
    found = list(frames(file_of(PAYLOADS), 7))
    assert [one.sequence for one in found] == [7, 8, 9, 10]
    assert [one.payload for one in found] == PAYLOADS
    assert found[0] == Frame(7, 6, 1_000, PAYLOADS[0], HEAD.size + FRAME.size + len(PAYLOADS[0]))
    assert found[0].count == 1


def test_wherever_a_crash_tears_the_end_off_the_whole_frames_before_it_remain() -> None:
    whole = file_of(PAYLOADS)
    ends = [one.end for one in frames(whole, 7)]
    for cut in range(len(whole)):
        assert read(whole[:cut]) == PAYLOADS[: sum(end <= cut for end in ends)]


@pytest.mark.parametrize("frame_number", [0, 1, 2])
def test_a_flipped_bit_in_what_was_synced_is_broken_wherever_it_is(frame_number: int) -> None:
    whole = file_of(PAYLOADS)
    ends = [HEAD.size, *(one.end for one in frames(whole, 7))]
    for at in range(ends[frame_number], ends[frame_number + 1]):
        with pytest.raises(Broken, match=f"frame {7 + frame_number} "):
            read(_flipped(whole, at))


def test_a_flipped_bit_in_the_last_frame_is_a_torn_end() -> None:
    whole = file_of(PAYLOADS)
    start = [one.end for one in frames(whole, 7)][-2]
    for at in range(start, len(whole)):
        assert read(_flipped(whole, at)) == PAYLOADS[:3]


def test_frames_of_one_write_that_was_never_synced_may_be_torn_in_any_order() -> None:
    """A file system may have written a later page and not an earlier one."""
    whole = file_of(PAYLOADS, each_synced=False)
    ends = [one.end for one in frames(whole, 7)]
    assert read(_flipped(whole, ends[0] + FRAME.size)) == PAYLOADS[:1]


def test_another_file_is_no_spool() -> None:
    with pytest.raises(Broken, match="does not begin"):
        read(b"SQLite format 3\0" * 3)
    with pytest.raises(Broken, match="does not begin"):
        read(file_of(PAYLOADS, first=8), first=7)


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]
