"""Dead letters of what a platform sent, proved to be its own, and what still could not be taken.

A platform cannot mend an item: who answers its calls with an error sees them again, and in the end no more. So the
item goes to the dead letters of `posts.submitted.v1`, in the form in which it could be written to that
topic, and the platform is told that it has arrived. Where an integration is pseudonymous, a letter names nobody.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Protocol

from pydantic_core import to_json

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.kafka.deadletters import to_outgoing
from feuerwache.common.kafka.keys import partition_of, post_key
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Record
from feuerwache.common.kafka.topics import POSTS_SUBMITTED, Partitioning, TopicNames
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.problem import Problem
from feuerwache.ingest.submitted import ERROR_CLASS, INTEGRATION_HEADER

#: A delivery on which an adapter of ours failed, as it came.
FAILED_CLASS = "AdapterFailed"
NO_OFFSET = -1
#: What says who somebody is.
_NAMING = frozenset({"author", "author_id", "parent_author_id", "reporter_id", "moderator_id", "url", "note"})


class Writer(Protocol):
    def send_all(self, records: Sequence[Outgoing]) -> Coroutine[Any, Any, None]:
        """Returns when all are acknowledged; raises `TransientError`, or `InvalidRecord` for one too large."""


class Letters:
    def __init__(self, writer: Writer, names: TopicNames, partitioning: Partitioning) -> None:
        self._writer = writer
        self._topic = names.of(POSTS_SUBMITTED)
        self._partitions = partitioning.of(POSTS_SUBMITTED)

    async def refused(
        self, integration: Integration, refused: Sequence[tuple[Item, tuple[Problem, ...]]], way: str
    ) -> None:
        """Items with what is wrong with them. Raises `TransientError`."""
        letters = [
            self._letter(
                integration,
                item.post_id,
                to_json(_fields(item, integration), fallback=str),
                ERROR_CLASS,
                " | ".join(str(problem) for problem in problems),
            )
            for item, problems in refused
        ]
        await self._send(letters, way)

    async def failed(self, integration: Integration, body: bytes, reason: str, way: str) -> None:
        """A delivery that nobody could read because of a mistake of ours. Raises `TransientError`."""
        kept = b"" if integration.privacy == "pseudonymous" else body
        await self._send([self._letter(integration, None, kept, FAILED_CLASS, reason)], way)

    def _letter(
        self, integration: Integration, post_id: str | None, value: bytes, error_class: str, reason: str
    ) -> DeadLetter:
        key = post_key(integration.platform, post_id or "")
        headers = ((INTEGRATION_HEADER, integration.id.encode()),)
        partition = partition_of(key, self._partitions)
        record = Record(self._topic, partition, NO_OFFSET, 0, key, value, headers)
        return DeadLetter(record, error_class, reason)

    async def _send(self, letters: Sequence[DeadLetter], way: str) -> None:
        records = [to_outgoing(letter, f"ingest-{way}") for letter in letters]
        try:
            await self._writer.send_all(records)
        except InvalidRecord:
            # One is larger than a letter may be: it is told without what it holds, the others again as they are.
            for record in records:
                await self._one(record)

    async def _one(self, record: Outgoing) -> None:
        try:
            await self._writer.send_all([record])
        except InvalidRecord:
            empty = Outgoing(record.topic, record.partition, record.key, b"", record.headers)
            await self._writer.send_all([empty])


def _fields(item: Item, integration: Integration) -> Mapping[str, Any]:
    fields = dict(item.data) if isinstance(item.data, Mapping) else {}
    if integration.privacy == "pseudonymous":
        fields = {name: value for name, value in fields.items() if name not in _NAMING}
    return {**fields, "kind": item.kind or fields.get("kind", "post")}
