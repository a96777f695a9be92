"""A small real stage on the Faust base: it counts numbered ticks per shard, behind a fence, and says each count.

`python -m support.tally` runs it as a process of its own, so that tests can kill it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import uuid4

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.faust.fence import Admission, Fence
from feuerwache.common.faust.life import WorkerOptions
from feuerwache.common.faust.rows import Rows
from feuerwache.common.faust.worker import ShardWorker
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Output, Record
from feuerwache.common.kafka.topics import DAY, Topic
from feuerwache.common.process import Process, run
from feuerwache.common.settings import CommonSettings

TICKS = Topic("test.ticks.v1", "shard", True, DAY, dead_letters=True)
TALLIES = Topic("test.tallies.v1", "shard", True, DAY)
TOPICS = (TICKS, TALLIES)
STAGE = "tally"
OPTIONS = WorkerOptions(gather_seconds=0.2, dead_letter_window=20)


def tick(source: int, number: int) -> bytes:
    return json.dumps({"source": source, "number": number}).encode()


class Tally:
    """One count per shard. A tick that is not JSON is a dead letter; number -1 makes the handler raise."""

    def __init__(self, output_topic: str) -> None:
        self._output_topic = output_topic

    def handle(self, shard: int, records: Sequence[Record], rows: Rows) -> Output:
        row = json.loads(rows.get("tally") or b'{"applied": {}, "count": 0, "repeats": 0}')
        fence = Fence({int(source): number for source, number in row["applied"].items()})
        letters = []
        for record in records:
            try:
                said = json.loads(record.value or b"")
            except ValueError:
                letters.append(DeadLetter.of(record, InvalidRecord("not a tick")))
                continue
            if said["number"] < 0:
                raise RuntimeError("a bug in the handler")
            admission = fence.admit(said["source"], said["number"])
            row["count" if admission is Admission.NEW else "repeats"] += 1
        row["applied"] = fence.applied
        said_row = json.dumps(row).encode()
        rows.put("tally", said_row)
        return Output([Outgoing(self._output_topic, shard, b"tally", said_row)], letters)


async def serve(process: Process) -> None:
    worker = ShardWorker.of(
        stage=STAGE,
        topic=TICKS,
        table="counts",
        handler=Tally(process.settings.topics().of(TALLIES)),
        settings=process.settings,
        clock=process.clock,
        options=OPTIONS,
    )
    process.health.add("worker", worker.health)
    await worker.run(process.stop)


if __name__ == "__main__":
    run(f"{STAGE}-{uuid4().hex[:4]}", CommonSettings(), serve)
