"""Dead letters: how a record that a stage cannot handle is written to `<topic>.dlq`, and how it is read again.

Key, value and headers stay untouched; where it came from, which stage gave up and why are added as headers. So a
dead letter can be looked at, and written back to its topic once the stage has learnt to handle it.
"""

from __future__ import annotations

from dataclasses import dataclass

from feuerwache.common.kafka.consumer import read_to_end
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Record
from feuerwache.common.kafka.topics import TOPICS, dlq_of
from feuerwache.common.settings import CommonSettings

TOPIC = "fw_dlq_topic"
PARTITION = "fw_dlq_partition"
OFFSET = "fw_dlq_offset"
STAGE = "fw_dlq_stage"
ERROR_CLASS = "fw_dlq_error_class"
REASON = "fw_dlq_reason"
#: A reason is for reading; a longer one is cut.
MAX_REASON = 1000


def to_outgoing(letter: DeadLetter, stage: str) -> Outgoing:
    """The record as it goes to the dead-letter topic, on the partition of its number."""
    record = letter.record
    headers = [
        *record.headers,
        (TOPIC, record.topic.encode()),
        (PARTITION, str(record.partition).encode()),
        (OFFSET, str(record.offset).encode()),
        (STAGE, stage.encode()),
        (ERROR_CLASS, letter.error_class.encode()),
        (REASON, letter.reason[:MAX_REASON].encode()),
    ]
    # A record with neither key nor value cannot be written by this client; an empty key says the same.
    key = record.key if record.key is not None or record.value is not None else b""
    return Outgoing(dlq_of(record.topic), record.partition, key, record.value, headers)


@dataclass(frozen=True, slots=True)
class Listed:
    """A dead letter without its content. `topic`, `partition` and `offset` say where the record stood first."""

    topic: str
    partition: int
    offset: int
    stage: str
    error_class: str
    reason: str
    timestamp_ms: int
    event_type: str | None


def describe(record: Record) -> Listed:
    """A record of a dead-letter topic as it is listed."""
    headers = dict(record.headers)

    def text(name: str) -> str:
        return (headers.get(name) or b"").decode(errors="replace")

    return Listed(
        topic=text(TOPIC),
        partition=int(text(PARTITION) or -1),
        offset=int(text(OFFSET) or -1),
        stage=text(STAGE),
        error_class=text(ERROR_CLASS),
        reason=text(REASON),
        timestamp_ms=record.timestamp_ms,
        event_type=text("ce_type") or None,
    )


async def read_all(settings: CommonSettings) -> list[Listed]:
    """Every dead letter on this broker, oldest first."""
    names = settings.topics()
    topics = [names.dlq(topic) for topic in TOPICS if topic.dead_letters]
    letters = [describe(record) async for record in read_to_end(settings, topics)]
    return sorted(letters, key=lambda letter: letter.timestamp_ms)
