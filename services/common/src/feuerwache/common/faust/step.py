"""One step of a shard: its records through the handler, and the one record out of many that cannot be handled found.

Pure: nothing is written here, and a handler that raises leaves no trace in the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from feuerwache.common.errors import FatalError
from feuerwache.common.faust.rows import Rows
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Output, Record


class ShardHandler(Protocol):
    """What a stage does with the records of one shard. No I/O; time is passed in by whoever made it."""

    def handle(self, shard: int, records: Sequence[Record], rows: Rows) -> Output:
        """Records come in offset order and may repeat: what was applied before must be told by the rows.

        Bad records go into `dead_letters`. When it raises, it is called again with one record at a time, and the
        record with which it then raises becomes a dead letter.
        """


@runtime_checkable
class TickingHandler(ShardHandler, Protocol):
    """A handler that also looks at the clock, every `tick_seconds` of the worker's options."""

    def tick(self, now: datetime, shards: Mapping[int, Rows]) -> Iterator[Sequence[Outgoing]]:
        """What is to be sent because of the time, in slices: between two of them other work is done.

        Rows are there to be read: what is written to them is lost.

        `shards`: the rows of every shard of this process. It is called only when all of them were recovered and
        everything that lies in them was handled; between slices `handle` may be called, and when shards are assigned
        anew, the rest is not asked for. What it says may be said again after a restart or by the process that takes a
        shard over, so its ids must follow from the rows and the time alone.
        """


@dataclass(frozen=True, slots=True)
class Step:
    """What records led to: events and dead letters to send, rows to write (None deletes)."""

    output: Output
    written: Mapping[str, bytes | None]


def step(handler: ShardHandler, shard: int, records: Sequence[Record], stored: Mapping[bytes, bytes]) -> Step:
    """Raises what the handler raises only if that is a `FatalError`."""
    rows = Rows(stored, shard)
    try:
        return Step(handler.handle(shard, records, rows), rows.written)
    except FatalError:
        raise
    except Exception:  # noqa: BLE001 - a bug in the handler for one of the records: found below
        return _one_by_one(handler, shard, records, stored)


def _one_by_one(handler: ShardHandler, shard: int, records: Sequence[Record], stored: Mapping[bytes, bytes]) -> Step:
    outgoing: list[Outgoing] = []
    letters: list[DeadLetter] = []
    rows = Rows(stored, shard)
    for record in records:
        attempt = rows.layered()
        try:
            output = handler.handle(shard, [record], attempt)
        except FatalError:
            raise
        except Exception as error:  # noqa: BLE001 - this is the record that cannot be handled
            letters.append(DeadLetter.of(record, error))
            continue
        rows.written.update(attempt.written)
        outgoing += output.outgoing
        letters += output.dead_letters
    return Step(Output(outgoing, letters), rows.written)
