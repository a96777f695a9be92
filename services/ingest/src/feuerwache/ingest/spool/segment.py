"""The format of a spool file: which bytes stand for which records, and what is wrong with bytes that do not. Pure.

    file   = "FWSPOOL1" | first sequence u64 | frame …            (big-endian throughout)
    frame  = "FWfr" | length u32 | CRC-32 u32 | sequence u64 | synced u64 | at u64 | payload of that length
    payload = count u32, per record: topic, partition u32, key, value, count u16 of headers, per header: name, value
    text or bytes = length u32 | bytes; a length of 0xFFFFFFFF stands for none

The checksum is over everything behind it. `sequence` rises by one from frame to frame, over all files; `synced` is the
last sequence that was known to be on disk when this frame was written, `at` the Unix millisecond.

A crash leaves a torn end: frames that were not synced, so nobody was told that they are safe; they are cut off. A frame
that *was* synced, as a later one says, and is not whole now means that the disk has lost something: that is `Broken`,
and never passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct, error
from zlib import crc32

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.kafka.record import Outgoing

MAGIC = b"FWSPOOL1"
HEAD = Struct(">8sQ")
FRAME_MAGIC = b"FWfr"
FRAME = Struct(">4sIIQQQ")
_CHECKED = Struct(">QQQ")
_U32 = Struct(">I")
_U16 = Struct(">H")
_NONE = 0xFFFFFFFF


class Broken(FeuerwacheError):  # noqa: N818 - says what the file is
    """Bytes that were on record are not what they were."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`end` is the offset behind it in its file."""

    sequence: int
    synced: int
    at_ms: int
    payload: bytes
    end: int

    @property
    def count(self) -> int:
        """Records in it."""
        return int(_U32.unpack_from(self.payload)[0])


def head(first: int) -> bytes:
    return HEAD.pack(MAGIC, first)


def frame(sequence: int, synced: int, at_ms: int, payload: bytes) -> bytes:
    checked = _CHECKED.pack(sequence, synced, at_ms) + payload
    return FRAME.pack(FRAME_MAGIC, len(payload), crc32(checked), sequence, synced, at_ms) + payload


def frame_at(data: bytes, offset: int) -> Frame | None:
    """The frame that begins there, or None if there is none that is whole."""
    if len(data) - offset < FRAME.size:
        return None
    magic, length, checksum, sequence, synced, at_ms = FRAME.unpack_from(data, offset)
    start, end = offset + FRAME.size, offset + FRAME.size + length
    if magic != FRAME_MAGIC or end > len(data) or crc32(data[start - _CHECKED.size : end]) != checksum:
        return None
    return Frame(sequence, synced, at_ms, data[start:end], end)


def frames(data: bytes, first: int) -> Iterator[Frame]:
    """The frames of a whole file's bytes, as far as they are whole and in sequence; the last one's `end` says how far
    that is. Raises `Broken` when what follows was once synced, or when it is no spool file at all."""
    if len(data) < HEAD.size:
        return
    magic, told = HEAD.unpack_from(data)
    if magic != MAGIC or told != first:
        raise Broken("the file does not begin as it should")
    offset, expected = HEAD.size, first
    while offset < len(data):
        found = frame_at(data, offset)
        if found is None or found.sequence != expected:
            _refuse_lost(data, offset, expected)
            return
        yield found
        offset, expected = found.end, expected + 1


def _refuse_lost(data: bytes, offset: int, expected: int) -> None:
    """Raises `Broken` if a later frame knows that the one expected here was on disk."""
    at = data.find(FRAME_MAGIC, offset)
    while at >= 0:
        later = frame_at(data, at)
        if later is not None and later.synced >= expected:
            raise Broken(f"frame {expected} at byte {offset} was synced and is not whole any more")
        at = data.find(FRAME_MAGIC, at + 1)


def pack(records: Sequence[Outgoing]) -> bytes:
    parts = [_U32.pack(len(records))]
    for record in records:
        parts += [_bytes(record.topic.encode()), _U32.pack(record.partition), _bytes(record.key), _bytes(record.value)]
        parts.append(_U16.pack(len(record.headers)))
        for name, value in record.headers:
            parts += [_bytes(name.encode()), _bytes(value)]
    return b"".join(parts)


def _bytes(value: bytes | None) -> bytes:
    return _U32.pack(_NONE) if value is None else _U32.pack(len(value)) + value


def unpack(payload: bytes) -> list[Outgoing]:
    """The records again. Raises `Broken`."""
    try:
        return _Cursor(payload).records()
    except (error, UnicodeDecodeError, IndexError) as problem:
        raise Broken(f"a payload does not say what its length promises: {type(problem).__name__}") from problem


class _Cursor:
    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._at = 0

    def records(self) -> list[Outgoing]:
        records = [self._record() for _ in range(self._number(_U32))]
        if self._at != len(self._payload):
            raise Broken("a payload is longer than its records")
        return records

    def _record(self) -> Outgoing:
        topic, partition = (self._bytes() or b"").decode(), self._number(_U32)
        key, value = self._bytes(), self._bytes()
        headers = [((self._bytes() or b"").decode(), self._bytes()) for _ in range(self._number(_U16))]
        return Outgoing(topic, partition, key, value, headers)

    def _number(self, kind: Struct) -> int:
        number = int(kind.unpack_from(self._payload, self._at)[0])
        self._at += kind.size
        return number

    def _bytes(self) -> bytes | None:
        length = self._number(_U32)
        if length == _NONE:
            return None
        start = self._at
        self._at += length
        if self._at > len(self._payload):
            raise IndexError
        return self._payload[start : self._at]
