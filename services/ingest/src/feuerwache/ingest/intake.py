"""Accepts items for good: everything that is "accepted" here has been acknowledged by all of Kafka's replicas, or lies
synced in the spool where there is one (`spool/`).

Either every new item of a request is acknowledged or none counts as accepted: when the broker does not answer in
time, `TransientError` tells the sender to send all of it again, which does no harm. What was acknowledged lately is
remembered, so a repeat is answered without being written again; that is a courtesy of this process (bounded, lost at
a restart), the guarantee of one decision per post and revision lies in the author journal behind it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol
from uuid import UUID

from feuerwache.common.errors import TransientError
from feuerwache.common.events.decision import AppealDecision
from feuerwache.common.kafka.record import Outgoing
from feuerwache.ingest.authors import Authors
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.problem import Problem
from feuerwache.ingest.reception import Mark, Ready, Reception
from feuerwache.ingest.verdict import Status, Verdict


class Writer(Protocol):
    def write(self, records: Sequence[Outgoing]) -> Coroutine[Any, Any, bool]:
        """Returns when all are on record: True in Kafka, False on disk, from where Kafka will have them. Raises
        `TransientError`."""


class Seen:
    """The last `size` event ids that Kafka acknowledged here, oldest out first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._marks: OrderedDict[UUID, Mark] = OrderedDict()

    def get(self, event_id: UUID) -> Mark | None:
        return self._marks.get(event_id)

    def put(self, event_id: UUID, mark: Mark) -> None:
        self._marks[event_id] = mark
        if len(self._marks) > self._size:
            self._marks.popitem(last=False)


class Intake:
    def __init__(
        self,
        reception: Reception,
        authors: Authors,
        writer: Writer,
        metrics: Metrics,
        seen: Seen,
    ) -> None:
        self._reception = reception
        self._authors = authors
        self._writer = writer
        self._metrics = metrics
        self._seen = seen

    async def accept(self, items: Sequence[Item], integration: Integration, way: str) -> list[Verdict]:
        """One verdict per item, in order. Raises `TransientError`: nothing was accepted, send everything again."""
        try:
            prepared = await self._reception.prepare([(item, integration) for item in items], way)
            verdicts, fresh = self._sort(items, prepared)
            in_kafka = (
                await self._writer.write([record for ready in fresh for record in ready.records]) if fresh else True
            )
        except TransientError:
            self._metrics.unavailable.labels(way).inc()
            raise
        await self._remember(fresh, in_kafka=in_kafka)
        self._count(verdicts, integration, way)
        return verdicts

    def _sort(
        self, items: Sequence[Item], prepared: Sequence[Ready | tuple[Problem, ...]]
    ) -> tuple[list[Verdict], list[Ready]]:
        """The verdicts as they will be once the new ones are written, and the new ones."""
        verdicts: list[Verdict] = []
        fresh: dict[tuple[UUID, bool], Ready] = {}
        for item, answer in zip(items, prepared, strict=True):
            if not isinstance(answer, Ready):
                verdicts.append(Verdict(Status.REJECTED, item.post_id, problems=answer))
                continue
            event_id, pending = answer.event_id, answer.pending
            # What waits for its post is never remembered: it may have given up, and then sent again it waits again.
            here = fresh.get((event_id, pending))
            before = here.mark if here is not None else None if pending else self._seen.get(event_id)
            if before is None:
                fresh[event_id, pending] = answer
                status = Status.PENDING if pending else Status.ACCEPTED
                verdicts.append(Verdict(status, answer.post_id, event_id))
            elif before == answer.mark:
                verdicts.append(Verdict(Status.DUPLICATE, answer.post_id, event_id))
            else:
                verdicts.append(Verdict(Status.REJECTED, answer.post_id, problems=(_conflict(before, answer),)))
        return verdicts, list(fresh.values())

    async def _remember(self, fresh: Sequence[Ready], *, in_kafka: bool) -> None:
        entries = {}
        for ready in fresh:
            if ready.pending:
                continue
            self._seen.put(ready.event_id, ready.mark)
            if ready.place is not None:
                entries[ready.place] = ready.mark.author
                self._authors.remember(ready.place, ready.mark.author)
        if not in_kafka:  # the index never knows more than Kafka: what belongs to these posts waits, too
            return
        try:
            await self._authors.write(entries)
        except TransientError:
            self._metrics.index_late.inc(len(entries))  # the projection of posts.index.v1 will bring them

    def _count(self, verdicts: Sequence[Verdict], integration: Integration, way: str) -> None:
        metrics, name = self._metrics, integration.id
        for status, count in Counter(verdict.status for verdict in verdicts).items():
            match status:
                case Status.ACCEPTED:
                    metrics.accepted.labels(way, name).inc(count)
                case Status.PENDING:
                    metrics.pending.labels(way, name).inc(count)
                case Status.DUPLICATE:
                    metrics.duplicates.labels(way, name).inc(count)
                case Status.REJECTED:
                    for verdict in verdicts:
                        if verdict.problems:
                            metrics.rejected.labels(way, verdict.problems[0].code).inc()


def _conflict(before: Mark, now: Ready) -> Problem:
    if before.author != now.mark.author:
        reason = "was received before in another community or by another author"
        return Problem("other_author", "author.id", reason, "send each post with its own id and its own author")
    if isinstance(now.event.data, AppealDecision):
        reason = "was received before with another text or against another decision"
        return Problem("other_appeal", "appeal_id", reason, "send each appeal with its own id")
    reason = "was received before with another text"
    return Problem("other_text", "revision", reason, "send an edited post with the next higher revision")
