"""One partition of the rules stage: read what is known, judge in memory, write it down, hand the outputs over.

Decisions, alarms, pulses and journals of a batch leave in the runner's one transaction. Redis is written before it, so
it may run ahead by a batch that is never committed; what lies at or above the batch's own offsets is therefore never
looked at, and the batch writes it anew. Without Redis nothing is judged: an empty memory would forgive everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from feuerwache.common import chaos
from feuerwache.common.clock import Clock
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.people import People
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import AlarmRaised
from feuerwache.common.events.author import AuthorJournalled
from feuerwache.common.events.base import Event
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import (
    AnswerAppeal,
    AnswerForward,
    AppealDecision,
    DecideAuthor,
    DecisionCommand,
    DecisionMade,
    DecisionWithdrawn,
    ForwardOverdue,
    ReviewDecision,
)
from feuerwache.common.events.post import PostModerated, PostReported
from feuerwache.common.kafka.consumer import read_partition
from feuerwache.common.kafka.keys import SEPARATOR
from feuerwache.common.kafka.record import DeadLetter, Output, Record
from feuerwache.common.kafka.topics import AUTHORS_JOURNAL, DECISIONS_COMMANDS, POSTS_CLASSIFIED
from feuerwache.common.logging import logger
from feuerwache.common.permission import word_refusal
from feuerwache.escalation.rules import metrics
from feuerwache.escalation.rules.author.brand import BrandAuthor, BrandMemory, Part
from feuerwache.escalation.rules.author.cabinet import Cabinet
from feuerwache.escalation.rules.author.entry import Position
from feuerwache.escalation.rules.author.journal import Journal, Positions, Source
from feuerwache.escalation.rules.author.packing import packed, unpacked
from feuerwache.escalation.rules.author.postrecord import AGAINST
from feuerwache.escalation.rules.community.fire import NO_FIRES, Fires
from feuerwache.escalation.rules.forwarding.deadline import Deadline, Passed
from feuerwache.escalation.rules.forwarding.overdue import Overdue, found_in
from feuerwache.escalation.rules.house import HouseRules
from feuerwache.escalation.rules.judging.judging import AuthorOf, Judging, Options
from feuerwache.escalation.rules.outputs import Outputs, Sequences
from feuerwache.escalation.rules.settings import RulesSettings
from feuerwache.escalation.rules.store import CommunityStreams, Forgotten, PartitionStore, Progress

STAGE = "rules"
INPUTS = (POSTS_CLASSIFIED, DECISIONS_COMMANDS)
#: Journals written to Redis in one go while rebuilding.
REFILL = 500

log = logger(__name__)

Read = tuple[Record, Event[Any], Position]


class RulesHandler:
    """Implements `Handler` of the runner; `partition` is the number of both inputs and of its author-keyed outputs.

    `burning` says what burns now.
    """

    def __init__(
        self,
        partition: int,
        *,
        settings: RulesSettings,
        catalog: Catalog[HouseRules],
        communities: CommunityStreams,
        store: PartitionStore,
        clock: Clock,
        burning: Callable[[], Fires] = lambda: NO_FIRES,
    ) -> None:
        names = settings.topics()
        self._partition = partition
        self._settings = settings
        self._catalog = catalog
        self._communities = communities
        self._store = store
        self._clock = clock
        self._burning = burning
        self._outputs = Outputs(partition, settings)
        self._generation = settings.rules_generation
        self._sources: dict[str, Source] = {
            names.of(POSTS_CLASSIFIED): "posts",
            names.of(DECISIONS_COMMANDS): "commands",
        }
        self._options = Options(
            report_threshold=settings.rules_report_threshold,
            label_threshold=settings.rules_label_threshold,
            pulse_key=settings.pulse_secret.get_secret_value().encode()[:64],
        )
        self._overdue = Overdue(partition, settings, store.due, store.team_answers, self._options.pulse_key)
        self._done = Progress({}, {})
        self._cabinet = Cabinet()
        self._pending: tuple[Progress, Judging, list[Journal]] | None = None

    async def restore(self, record: Record) -> None:
        raise AssertionError(f"the journals are read when they are needed, not from {record.topic}")

    async def start(self, committed: dict[str, int | None]) -> None:
        positions: Positions = {
            source: (self._generation, committed.get(topic) or 0) for topic, source in self._sources.items()
        }
        self._done = Progress(positions, {})
        try:
            self._done = Progress(positions, await self._store.claim(positions))
        except Forgotten:
            await self._rebuild()
        else:
            await self._overdue.start()

    async def handle(self, records: Sequence[Record]) -> Output:
        self._pending = None
        batch, letters = self._opened(records)
        before, after = self._span(records)
        brand = self._brand(batch)
        journals = await self._journals(batch, before, brand)
        known = set(journals)
        answered = await self._overdue.answered(event for _, event, _ in batch)
        rules, memories = self._catalog.current, self._communities.memories
        judging = Judging(
            rules,
            journals,
            memories,
            self._options,
            self._clock.now(),
            brand=brand,
            fires=self._burning(),
            answered=answered,
        )
        with metrics.JUDGE_SECONDS.time():
            for record, event, position in batch:
                try:
                    judging.take(event, position)
                except InvalidRecord as error:
                    letters.append(DeadLetter.of(record, error))
            sequences = dict(self._done.sequences)
            at = max((event.time for _, event, _ in batch), default=self._clock.now())
            outgoing = [
                *self._outputs.decisions(judging),
                *self._outputs.alarms(judging),
                *self._outputs.pulses(judging, at, sequences),
            ]
            journalled = self._outputs.journals(judging, at, after, sequences)
        written = {author: packed(record.value or b"") for author, record in journalled.items()}
        progress = Progress(after, sequences)
        before_it = Progress(before, self._done.sequences)
        parts = brand.gained(judging.marks())
        await self._store.write(written, before_it, progress, judging.rows, judging.report_rows, brand=parts)
        await self._overdue.write(judging)
        chaos.point(f"{STAGE}.after_redis")
        # Of an author who was never heard of, nothing is known after a record that could not be judged either.
        at_hand = [journal for author, journal in journals.items() if author in known or author in judging.touched]
        self._pending = (progress, judging, at_hand)
        return Output([*outgoing, *journalled.values()], letters)

    async def tick(self) -> Output:
        told = self._overdue.tick(self._clock.now(), self._catalog.current.houses)
        if told:
            chaos.point(f"{STAGE}.after_tell")
        return told

    async def committed(self) -> None:
        if self._pending is not None:
            self._done, judging, journals = self._pending
            self._pending = None
            self._cabinet.put(journals)
            self._overdue.commit(judging)
            _count(judging)
        self._overdue.told()

    async def close(self) -> None:
        self._overdue.close()

    def _opened(self, records: Sequence[Record]) -> tuple[list[Read], list[DeadLetter]]:
        batch: list[Read] = []
        letters: list[DeadLetter] = []
        for record in records:
            try:
                event = record.event()
                if not isinstance(event.data, _KNOWN):
                    raise InvalidRecord(f"{event.type} has no place in this topic")
                if not isinstance(event.data, PostClassified):
                    _look_again(event.data, self._catalog.current.people)
                batch.append((record, event, Position(self._sources[record.topic], self._generation, record.offset)))
            except InvalidRecord as error:
                letters.append(DeadLetter.of(record, error))
        return batch, letters

    def _span(self, records: Sequence[Record]) -> tuple[Positions, Positions]:
        """The positions before and after these records."""
        before, after = dict(self._done.positions), dict(self._done.positions)
        for record in records:
            after[self._sources[record.topic]] = (self._generation, record.offset + 1)
        for record in reversed(records):
            before[self._sources[record.topic]] = (self._generation, record.offset)
        return before, after

    def _brand(self, batch: list[Read]) -> BrandMemory:
        """The accounts of the batch whose communities share a memory with others of their brand."""
        brand = BrandMemory()
        for _, event, _ in batch:
            subject = event.data.received if isinstance(event.data, PostClassified) else event.data
            if isinstance(subject, DecideAuthor):
                continue
            account = self._catalog.current.shared(subject.ref, subject.author_id)
            if account is not None:
                brand.ask((subject.ref.community, subject.author_id), account)
        return brand

    async def _journals(self, batch: list[Read], before: Positions, brand: BrandMemory) -> dict[AuthorOf, Journal]:
        """The journals of everybody in the batch, as of the batch; authors nobody has heard of are left out."""
        authors = list(dict.fromkeys(_author_of(event) for _, event, _ in batch))
        journals = self._cabinet.take(authors)
        unread = [author for author in authors if author not in journals]
        communities = [
            community
            for community in dict.fromkeys(community for community, _ in authors)
            if community in self._catalog.current.houses
        ]
        heard = {_author_of(event)[0] for _, event, _ in batch if _is_heard(event.data)}
        reported = [community for community in communities if community in heard]
        try:
            blobs = await self._store.read(unread, communities, self._done.positions, reported, brand)
        except Forgotten:
            await self._rebuild()
            blobs = await self._store.read(unread, communities, self._done.positions, reported, brand)
        for author, blob in blobs.items():
            journal = Journal.opened(AuthorJournalled.model_validate_json(unpacked(blob)), before)
            if journal is not None:
                journals[author] = journal
        return journals

    async def _rebuild(self) -> None:
        """Fills Redis again from the journal topic, whose committed part is the truth about this partition."""
        # Of a new partition there is nothing to rebuild, and nothing to worry about.
        log.warning("Redis does not know these journals: rebuilding them from Kafka", partition=self._partition)
        began = self._clock.monotonic()
        await self._store.own()
        topic = self._settings.topics().of(AUTHORS_JOURNAL)
        chunk: dict[bytes, bytes | None] = {}
        parts: dict[BrandAuthor, dict[str, bytes]] = {}
        sequences: Sequences = {}
        waiting: dict[Passed, Deadline] = {}
        read: set[bytes] = set()  # what a journal said once, a later one may take back
        count = 0
        async for record in read_partition(self._settings, topic, self._partition):
            count += 1
            key, value = record.key or b"", record.value
            chunk[key] = value
            if value is not None and (key in read or self._says_more(key, value)):
                read.add(key)
                saved = record.event().data
                for shard, number in saved.sequences.items():
                    sequences[shard] = max(sequences.get(shard, 0), number)
                self._remember(saved, parts)
                found_in(waiting, saved)
            if len(chunk) >= REFILL:
                await self._store.refill({key: value and packed(value) for key, value in chunk.items()})
                await self._store.refill_brand(parts)
                chunk, parts = {}, {}
        await self._store.refill({key: value and packed(value) for key, value in chunk.items()})
        await self._store.refill_brand(parts)
        await self._overdue.rebuild(waiting)
        self._done = Progress(self._done.positions, sequences)
        await self._store.rebuilt(self._done)
        metrics.REBUILDS.inc()
        seconds = round(self._clock.monotonic() - began, 1)
        log.warning("rebuilt the journals", partition=self._partition, records=count, seconds=seconds)

    def _says_more(self, key: bytes, value: bytes) -> bool:
        """Whether a journal is to be read for more than Redis keeps of it. Most are not: reading is what takes long."""
        if any(field in value for field in _SAYS_MORE):
            return True
        house = self._catalog.current.houses.get(key.decode().partition(SEPARATOR)[0])
        brand = house is not None and house.community.author_memory == "brand"
        return brand and any(field in value for field in _SAYS_MARKS)

    def _remember(self, saved: AuthorJournalled, parts: dict[BrandAuthor, dict[str, bytes]]) -> None:
        """What the brand's other communities may know of this author; texts of the day are not in the journal."""
        house = self._catalog.current.houses.get(saved.community)
        platform = next((entry.platform for entry in reversed(saved.entries) if entry.platform), None)
        if house is None or house.community.author_memory != "brand" or platform is None:
            return
        ahead = (self._generation + 1, 0)
        journal = Journal.opened(saved, {"posts": ahead, "commands": ahead})
        if journal is not None:
            account = BrandAuthor(house.community.brand, platform, saved.author_id)
            parts.setdefault(account, {})[saved.community] = Part.of(journal.marks()).packed()


#: Fields of a journal's record from which something besides the journal is rebuilt.
_SAYS_MORE = (b'"sequences":', b'"due":')
#: And without which there is no mark against its author (`Journal.marks`).
_SAYS_MARKS = (b'"days":', *(f'"{action}"'.encode() for action in sorted(AGAINST)))
_NOBODY = People.model_construct(people=())
_KNOWN = (
    *(PostClassified, ReviewDecision, AppealDecision, AnswerAppeal, DecideAuthor),
    *(AnswerForward, ForwardOverdue),
)


def _look_again(command: DecisionCommand, people: People | None) -> None:
    """The edge has asked who speaks and whether they may; here it is looked at again, as the incidents task does. Not
    in `judging`: a replay of what was said hears those, too, who have left since. Raises `InvalidRecord`."""
    reason = word_refusal(command, people if people is not None else _NOBODY)
    if reason is not None:
        raise InvalidRecord(f"{reason}: whoever says this may not, by people.yaml and docs/roles.md")


def _author_of(event: Event[Any]) -> AuthorOf:
    subject = event.data.received if isinstance(event.data, PostClassified) else event.data
    community = subject.community if isinstance(subject, DecideAuthor) else subject.ref.community
    return community, subject.author_id


def _is_heard(data: Any) -> bool:
    """Whether it may depend on what is known of reporters, or add to it."""
    return not isinstance(data, PostClassified) or isinstance(data.received, PostReported | PostModerated)


def _count(judging: Judging) -> None:
    metrics.REPEATS.inc(judging.repeats)
    for outcome, count in judging.reported.items():
        metrics.REPORTS.labels(outcome).inc(count)
    for effect, count in judging.overruled.items():
        metrics.HUMAN_WORDS.labels(effect).inc(count)
    for appeal in judging.appeals:
        metrics.APPEALS.labels(appeal.data.state.value).inc()
    for pause in judging.pauses:
        metrics.PAUSES.labels("paused" if isinstance(pause.data, AlarmRaised) else "over").inc()
    for alarm in judging.alarms:
        metrics.ALARMS.labels(alarm.data.severity.value).inc()
    for decision in judging.decisions:
        match decision.data:
            case DecisionMade() as made:
                metrics.DECISIONS.labels(made.cause, made.action.value).inc()
                for hit in made.rules:
                    metrics.HITS.labels(hit.rule_id, hit.mode.value).inc()
            case DecisionWithdrawn() as withdrawn:
                metrics.WITHDRAWN.labels(withdrawn.reason).inc()
