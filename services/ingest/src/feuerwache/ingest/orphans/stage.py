"""`posts.orphaned.v1` → `posts.received.v1`: what names no author is passed on once its post has come in.

An orphan whose post is known goes on at once; the others wait in `posts.waiting.v1`, and the index is asked again and
again. After `patience` seconds without the post it becomes a dead letter (`UnknownPost`). That time is counted by the
index, not by a clock of ours: it is over when the index is known to hold everything that was written up to then and
the post is not among it. So nothing is given up while Redis or the broker is away, or while the index is built anew.
Everything happens in the runner's transactions: no crash loses an orphan or delivers one twice.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from feuerwache.common.clock import Clock
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.kafka.record import NOTHING, DeadLetter, Outgoing, Output, Record
from feuerwache.common.kafka.topics import POSTS_ORPHANED, POSTS_WAITING, Partitioning, TopicNames
from feuerwache.ingest.authors import author_in
from feuerwache.ingest.event import records_of
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.orphans.orphan import Place, Waiting, found, restored

STAGE = "ingest-orphans"
ERROR_CLASS = "UnknownPost"
#: Real seconds between two looks at the index.
LOOK_SECONDS = 1.0
#: How many are looked up at once; the others have their turn at the next look.
LOOK_UP = 2_000
#: How many may wait on a partition; while there are more, no further ones are read.
MOST = 20_000


class Index(Protocol):
    """What is known about whose posts are whose."""

    def find(self, places: Sequence[Place]) -> Awaitable[Mapping[Place, bytes]]:
        """Author keys of the posts that are known. Raises `TransientError`."""


class OrphansHandler:
    """`whole_ms`: the Unix millisecond up to which the index is known to hold all that was written."""

    def __init__(
        self,
        partition: int,
        index: Index,
        clock: Clock,
        metrics: Metrics,
        *,
        names: TopicNames,
        partitioning: Partitioning,
        whole_ms: Callable[[], int],
        patience: float,
        most: int = MOST,
    ) -> None:
        self._partition = str(partition)
        self._index = index
        self._names = names
        self._partitioning = partitioning
        self._clock = clock
        self._metrics = metrics
        self._whole_ms = whole_ms
        self._patience_ms = int(patience * 1000)
        self._most = most
        #: By their key, in the order in which they have their turn.
        self._waiting: OrderedDict[bytes, Waiting] = OrderedDict()
        self._looked_at = clock.monotonic()
        self._uncounted: dict[str, int] = {}

    def holds(self) -> bool:
        return len(self._waiting) >= self._most

    async def restore(self, record: Record) -> None:
        key = record.key or b""
        self._waiting.pop(key, None)
        if record.value is not None:
            self._waiting[key] = restored(record, self._names.of(POSTS_ORPHANED))

    async def start(self, committed: dict[str, int | None]) -> None:  # noqa: ARG002 - of the protocol
        self._count({})

    async def handle(self, records: Sequence[Record]) -> Output:
        letters: list[DeadLetter] = []
        come: dict[bytes, Waiting] = {}
        for record in records:
            try:
                waiting = Waiting.read(record)
            except InvalidRecord as error:
                letters.append(DeadLetter.of(record, error))
                continue
            if waiting.key not in self._waiting:
                come.setdefault(waiting.key, waiting)
        authors = await self._authors(come.values())
        outgoing: list[Outgoing] = []
        topic, delivered = self._names.of(POSTS_WAITING), 0
        for key, waiting in come.items():
            if key in authors:
                outgoing += self._delivered(waiting, authors[key])
                delivered += 1
            else:
                self._waiting[key] = waiting
                outgoing.append(waiting.kept(topic))
        self._count({"found": delivered, "invalid": len(letters)})
        return Output(outgoing, letters)

    async def tick(self) -> Output:
        now = self._clock.monotonic()
        if not self._waiting or now - self._looked_at < LOOK_SECONDS:
            return NOTHING
        whole_ms = self._whole_ms()
        turn = [waiting for waiting, _ in zip(self._waiting.values(), range(LOOK_UP), strict=False)]
        authors = await self._authors(turn)
        self._looked_at = now
        outgoing: list[Outgoing] = []
        letters: list[DeadLetter] = []
        topic = self._names.of(POSTS_WAITING)
        for waiting in turn:
            key = waiting.key
            if key in authors:
                outgoing += [*self._delivered(waiting, authors[key]), waiting.gone(topic)]
            elif waiting.since_ms + self._patience_ms <= whole_ms:
                letters.append(DeadLetter(waiting.record, ERROR_CLASS, self._reason(waiting)))
                outgoing.append(waiting.gone(topic))
            else:
                self._waiting.move_to_end(key)
                continue
            del self._waiting[key]
        self._count({"found": len(authors), "expired": len(letters)})
        return Output(outgoing, letters)

    async def committed(self) -> None:
        for outcome, count in self._uncounted.items():
            self._metrics.orphans.labels(outcome).inc(count)
        self._uncounted = {}
        self._metrics.orphans_waiting.labels(self._partition).set(len(self._waiting))

    async def close(self) -> None:
        self._metrics.orphans_waiting.remove(self._partition)

    async def _authors(self, orphans: Iterable[Waiting]) -> dict[bytes, str]:
        """The authors of those whose post is known in their own community, by key."""
        asked = {waiting.key: waiting for waiting in orphans}
        if not asked:
            return {}
        known = await self._index.find(list(dict.fromkeys(waiting.place for waiting in asked.values())))
        authors: dict[bytes, str] = {}
        for key, waiting in asked.items():
            author = author_in(known.get(waiting.place, b""), waiting.event.data.ref.community)
            if author is not None:
                authors[key] = author
        return authors

    def _delivered(self, waiting: Waiting, author_id: str) -> list[Outgoing]:
        return records_of(found(waiting.event, author_id), self._names, self._partitioning)

    def _reason(self, waiting: Waiting) -> str:
        data = waiting.event.data
        return (
            f"{data.kind}: no post {data.ref.post_id[:60]} of {data.ref.platform} was received in "
            f"{data.ref.community} within {self._patience_ms / 1000:g} s; write it back once the post is there"
        )

    def _count(self, outcomes: dict[str, int]) -> None:
        self._uncounted = outcomes
        self._metrics.orphans_waiting.labels(self._partition).set(len(self._waiting))
