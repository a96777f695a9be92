"""The journals of one partition in Redis, and the communities' streams: one round trip to read, one to write.

Author state is exact. Every key carries `{partition}`. `progress` says how far the journals reach, before and after
the last batch that was written; if it does not reach the committed offsets, Redis has forgotten (`Forgotten`) and the
partition is filled again from the journal topic. An owner's token guards every write: a former owner that wakes up late
finds another one's and changes nothing (`TransientError`). A journal is kept as the bytes of its Kafka record.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from feuerwache.common.errors import TransientError
from feuerwache.common.kafka.keys import author_key
from feuerwache.common.redis import transient_errors
from feuerwache.escalation.rules.author.brand import BrandAuthor, BrandMemory
from feuerwache.escalation.rules.author.journal import Positions, Source
from feuerwache.escalation.rules.community.memory import CommunityMemory, Row
from feuerwache.escalation.rules.community.reporter import ReportRow
from feuerwache.escalation.rules.forwarding.duebook import DueStore
from feuerwache.escalation.rules.forwarding.teamanswers import TeamAnswers
from feuerwache.escalation.rules.judging.judging import AuthorOf
from feuerwache.escalation.rules.outputs import Sequences

#: An author who is silent for longer starts anew (the topic still knows them until a rebuild).
AUTHOR_SECONDS = 400 * 86400
STREAM_SECONDS = 2 * 86400
#: Entries of a community's stream, rows in one of them, and entries read in one go.
STREAM_ENTRIES, ENTRY_ROWS, READ_ENTRIES = 5000, 50, 500
#: Who reports together shows over weeks, not within a day (`reporter.WINDOW`).
REPORTS_SECONDS = 30 * 86400
#: Marks are told to a brand's other communities for 90 days.
BRAND_SECONDS = 100 * 86400

_WRITE = """
local token = redis.call('HGET', KEYS[1], 'token')
if token ~= ARGV[1] then return token or '' end
for i = 2, #KEYS do
  if ARGV[i + 2] == '' then redis.call('DEL', KEYS[i])
  else redis.call('SET', KEYS[i], ARGV[i + 2], 'EX', ARGV[2]) end
end
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'progress', ARGV[3]) end
return ARGV[1]
"""


#: Account → community → what that one knows of it.
Parts = Mapping[BrandAuthor, Mapping[str, bytes]]
_NO_REPORTS: Mapping[str, list[ReportRow]] = {}
_NO_PARTS: Parts = {}
_NO_BRAND = BrandMemory()


class Forgotten(Exception):  # noqa: N818 - what Redis did; the partition is rebuilt and goes on
    """Redis does not reach the committed offsets."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the journals reach, and the last pulse number per shard there."""

    positions: Positions
    sequences: Sequences

    def reaches(self, positions: Positions) -> bool:
        return all(self.positions.get(source, (0, 0)) >= position for source, position in positions.items())

    def dumped(self) -> dict[str, Any]:
        return {"positions": dict(self.positions), "sequences": self.sequences}

    @classmethod
    def loaded(cls, saved: dict[str, Any]) -> Progress:
        positions: dict[Source, tuple[int, int]] = {
            source: (generation, offset) for source, (generation, offset) in saved["positions"].items()
        }
        return cls(positions, {int(shard): number for shard, number in saved["sequences"].items()})


class PartitionStore:
    """One owner's access to one partition. `claim` it first. `due` is what was passed on and is waited for."""

    def __init__(self, redis: Redis, prefix: str, partition: int, communities: CommunityStreams) -> None:
        self._redis = redis
        self._root = f"{prefix}rules:{{{partition}}}:"
        self._state_key = f"{self._root}state"
        self._token = uuid4().hex.encode()
        self._communities = communities
        self.due = DueStore(redis, self._state_key, f"{self._root}due", self._token)
        self.team_answers = TeamAnswers(redis, prefix)

    async def claim(self, committed: Positions) -> Sequences:
        """Takes the partition over; the pulse numbers as of the committed offsets. Raises `Forgotten`."""
        async with transient_errors("taking a partition over"), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(self._state_key, "token", self._token)
            pipe.hget(self._state_key, "progress")
            _, progress = await pipe.execute()
        if progress is None:
            raise Forgotten
        saved = json.loads(progress)
        before, after = Progress.loaded(saved["before"]), Progress.loaded(saved["after"])
        if not after.reaches(committed):
            raise Forgotten
        # Short of what was written, that batch was not committed: its numbers are free again.
        return (after if Progress(committed, {}).reaches(after.positions) else before).sequences

    async def read(
        self,
        authors: Collection[AuthorOf],
        communities: Collection[str],
        positions: Positions,
        reported: Collection[str] = (),
        brand: BrandMemory = _NO_BRAND,
    ) -> dict[AuthorOf, bytes]:
        """The saved journals, after bringing the communities' memories up to date. Raises `Forgotten`.

        `reported` are the communities in which reporters matter now; `brand` learns of the accounts it asks for.
        """
        accounts = brand.accounts
        async with transient_errors("reading journals"), self._redis.pipeline(transaction=False) as pipe:
            pipe.hmget(self._state_key, "token", "progress")
            if authors:
                pipe.mget([self._author(author) for author in authors])
            self._communities.ask(pipe, communities)
            self._communities.ask_reports(pipe, reported)
            self._communities.ask_brands(pipe, accounts)
            (token, progress), *answers = await pipe.execute()
        if token is None or progress is None:
            raise Forgotten
        self._must_own(token)
        if not Progress.loaded(json.loads(progress)["after"]).reaches(positions):
            raise Forgotten
        blobs = answers.pop(0) if authors else []
        self._communities.learn(communities, answers[: len(communities)])
        reports_end = len(communities) + len(reported)
        self._communities.learn_reports(reported, answers[len(communities) : reports_end])
        brand.learn(answers[reports_end:])
        return {author: blob for author, blob in zip(authors, blobs, strict=True) if blob is not None}

    async def write(
        self,
        journals: Mapping[AuthorOf, bytes],
        before: Progress,
        after: Progress,
        rows: Mapping[str, list[Row]],
        report_rows: Mapping[str, list[ReportRow]] = _NO_REPORTS,
        *,
        brand: Parts = _NO_PARTS,
    ) -> None:
        """Everything a batch changed. Writing it again changes nothing."""
        progress = json.dumps({"before": before.dumped(), "after": after.dumped()})
        keys = [self._state_key, *(self._author(author) for author in journals)]
        async with transient_errors("writing journals"), self._redis.pipeline(transaction=False) as pipe:
            pipe.eval(_WRITE, len(keys), *keys, self._token, AUTHOR_SECONDS, progress, *journals.values())
            self._communities.tell(pipe, rows)
            self._communities.tell_reports(pipe, report_rows)
            self._communities.tell_brands(pipe, brand)
            token, *_ = await pipe.execute()
        self._must_own(token)

    async def own(self) -> None:
        """Says again that the partition is this owner's, after Redis forgot it."""
        async with transient_errors("taking a partition over"):
            await self._redis.hset(self._state_key, "token", self._token)

    async def refill(self, records: Mapping[bytes, bytes | None]) -> None:
        """Journals as the topic has them, by the keys there; None takes one away."""
        keys = [self._state_key, *(f"{self._root}author:{key.decode()}" for key in records)]
        values = [value or b"" for value in records.values()]
        async with transient_errors("rebuilding journals"):
            token = await self._redis.eval(_WRITE, len(keys), *keys, self._token, AUTHOR_SECONDS, "", *values)
        self._must_own(token)

    async def refill_brand(self, parts: Parts) -> None:
        """What the brands know of authors, as their journals have it."""
        if not parts:
            return
        async with transient_errors("rebuilding brands"), self._redis.pipeline(transaction=False) as pipe:
            self._communities.tell_brands(pipe, parts)
            await pipe.execute()

    async def rebuilt(self, progress: Progress) -> None:
        """The partition is complete again up to here."""
        await self.write({}, progress, progress, {})

    def _author(self, author: AuthorOf) -> str:
        return f"{self._root}author:{author_key(*author).decode()}"

    def _must_own(self, token: bytes) -> None:
        if token == b"":
            raise TransientError("Redis forgot the partition while it was written to")
        if token != self._token:
            raise TransientError("another process has taken the partition's journals over")


class CommunityStreams:
    """The memories of all communities in this process, fed by a stream each that all partitions write."""

    def __init__(self, prefix: str) -> None:
        self.memories: dict[str, CommunityMemory] = {}
        self._prefix = prefix
        self._writer = uuid4().hex[:8].encode()

    def ask(self, pipe: Any, communities: Collection[str]) -> None:
        for community in communities:
            memory = self.memories.setdefault(community, CommunityMemory())
            start = f"({memory.read_until}" if memory.read_until != "-" else "-"
            pipe.xrange(self._key(community), start, "+", count=READ_ENTRIES)

    def learn(self, communities: Collection[str], answers: Collection[Any]) -> None:
        for community, entries in zip(communities, answers, strict=True):
            memory = self.memories[community]
            for entry_id, fields in entries:
                if fields[b"by"] != self._writer:
                    memory.fold(Row.unpacked(values) for values in json.loads(fields[b"rows"]))
                memory.read_until = max(memory.read_until, entry_id.decode(), key=_order)

    def tell(self, pipe: Any, rows: Mapping[str, list[Row]]) -> None:
        for community, gained in rows.items():
            for start in range(0, len(gained), ENTRY_ROWS):
                packed = json.dumps([row.packed() for row in gained[start : start + ENTRY_ROWS]])
                entry = {"by": self._writer, "rows": packed}
                pipe.xadd(self._key(community), entry, maxlen=STREAM_ENTRIES, approximate=True)
            pipe.expire(self._key(community), STREAM_SECONDS)

    def ask_reports(self, pipe: Any, communities: Collection[str]) -> None:
        for community in communities:
            reporters = self.memories.setdefault(community, CommunityMemory()).reporters
            start = f"({reporters.read_until}" if reporters.read_until != "-" else "-"
            pipe.xrange(self._reports_key(community), start, "+", count=READ_ENTRIES)

    def learn_reports(self, communities: Collection[str], answers: Collection[Any]) -> None:
        for community, entries in zip(communities, answers, strict=True):
            reporters = self.memories[community].reporters
            for entry_id, fields in entries:
                if fields[b"by"] != self._writer:
                    reporters.fold(ReportRow.unpacked(values) for values in json.loads(fields[b"rows"]))
                reporters.read_until = max(reporters.read_until, entry_id.decode(), key=_order)

    def tell_reports(self, pipe: Any, rows: Mapping[str, list[ReportRow]]) -> None:
        for community, gained in rows.items():
            for start in range(0, len(gained), ENTRY_ROWS):
                packed = json.dumps([row.packed() for row in gained[start : start + ENTRY_ROWS]])
                entry = {"by": self._writer, "rows": packed}
                pipe.xadd(self._reports_key(community), entry, maxlen=STREAM_ENTRIES, approximate=True)
            pipe.expire(self._reports_key(community), REPORTS_SECONDS)

    def ask_brands(self, pipe: Any, accounts: Collection[BrandAuthor]) -> None:
        for account in accounts:
            pipe.hgetall(self._brand_key(account))

    def tell_brands(self, pipe: Any, parts: Parts) -> None:
        for account, known in parts.items():
            pipe.hset(self._brand_key(account), mapping=dict(known))
            pipe.expire(self._brand_key(account), BRAND_SECONDS)

    def _brand_key(self, account: BrandAuthor) -> str:
        return f"{self._prefix}brand:{{{account.brand}}}:{account.platform}:{account.author_id}"

    def _key(self, community: str) -> str:
        return f"{self._prefix}community:{{{community}}}:recent"

    def _reports_key(self, community: str) -> str:
        return f"{self._prefix}community:{{{community}}}:reports"


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, number = entry_id.partition("-")
    return (int(milliseconds or 0), int(number or 0))
