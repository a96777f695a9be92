"""The docket of one batch: what was read for it, and what has come together while it is judged. Pure.

It holds no judgement of its own. Each kind of event has its room (`written`, `withdrawal`, `report`, `heeding`,
`appeal`), and all of them enter what they did here, in the order of the events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised
from feuerwache.common.events.author import JournalEntry
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import AppealChanged, DecisionMade, DecisionWithdrawn
from feuerwache.common.events.post import PostEvent, PostRef
from feuerwache.escalation.rules.author.brand import BrandMemory, Marks
from feuerwache.escalation.rules.author.journal import Journal
from feuerwache.escalation.rules.community.fire import NO_FIRES, Fires
from feuerwache.escalation.rules.community.memory import CommunityMemory, Row
from feuerwache.escalation.rules.community.reporter import ReportRow
from feuerwache.escalation.rules.forwarding.deadline import Deadline, Passed, deadline
from feuerwache.escalation.rules.house import House, HouseRules
from feuerwache.escalation.rules.judging.case import Case
from feuerwache.escalation.rules.pulse.pulse import Pulse, When

SOURCE = "/escalation/rules"
#: Older events are late: judged and acted on, but people hear of them in a digest.
LATE = timedelta(hours=2)
#: Written where no model had a say: reports and humans.
NO_MODEL = "none"

AuthorOf = tuple[str, str]
#: Community → pseudonym of a post → when the community's own people answered it, in seconds since 1970.
Answers = Mapping[str, Mapping[str, int]]
#: What ends the waiting for a department without its answer.
_ENDED = {"moderated": "decided", "created": "withdrawn", "edited": "withdrawn", "deleted": "withdrawn"}


@dataclass(frozen=True, slots=True)
class Options:
    """Reports that weigh `report_threshold` together put a post on review; labels count from `label_threshold` (0..1).

    `pulse_key` keys the hashes of authors, at most 64 bytes. `counting` False leaves the pulse empty: a replay of rules
    has no use for it.
    """

    report_threshold: int = 3
    label_threshold: float = 0.5
    pulse_key: bytes = b""
    counting: bool = True


@dataclass(slots=True)
class Docket:
    """`journals` and `memories` hold what was read for the batch; both are changed.

    `brand` is what the brand's other communities know of the authors. `touched` names the authors whose journals
    changed, `rows` and `report_rows` what the communities' memories gained, `repeats` counts events that had been
    judged before, `reported` reports by what became of them, `overruled` human words by what they did to an automatic
    decision. `alarms` tell of posts that cannot wait, `pauses` of rules beyond their quota. `fires` is what burns while
    they are judged. `deadlines` are what is waited for since then of posts that were passed on (None: nothing more),
    `forwards` such posts by department and what became of them, `answered` and `team_answers` the posts that the
    community's own people have answered: as far as that was looked up, and in this batch.
    """

    rules: HouseRules
    journals: dict[AuthorOf, Journal]
    memories: dict[str, CommunityMemory]
    options: Options
    now: datetime
    decisions: list[Event[DecisionMade | DecisionWithdrawn]] = field(default_factory=list)
    appeals: list[Event[AppealChanged]] = field(default_factory=list)
    alarms: list[Event[AlarmRaised]] = field(default_factory=list)
    pauses: list[Event[AlarmRaised | AlarmEnded]] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    report_rows: dict[str, list[ReportRow]] = field(default_factory=dict)
    touched: dict[AuthorOf, None] = field(default_factory=dict)
    pulse: Pulse = field(default_factory=Pulse)
    brand: BrandMemory = field(default_factory=BrandMemory)
    repeats: int = 0
    reported: Counter[str] = field(default_factory=Counter)
    overruled: Counter[str] = field(default_factory=Counter)
    fires: Fires = NO_FIRES
    answered: Answers = field(default_factory=dict)
    team_answers: dict[str, dict[str, int]] = field(default_factory=dict)
    deadlines: dict[Passed, Deadline | None] = field(default_factory=dict)
    forwards: Counter[tuple[str, str]] = field(default_factory=Counter)

    def house(self, community: str) -> House:
        """Raises `InvalidRecord` where nobody has configured it."""
        house = self.rules.houses.get(community)
        if house is None:
            raise InvalidRecord("the community is not in communities.yaml")
        return house

    def journal(self, community: str, author_id: str, at: datetime) -> Journal:
        key = (community, author_id)
        journal = self.journals.get(key)
        if journal is None:
            journal = self.journals[key] = Journal(community, author_id, at)
        return journal

    def memory(self, community: str) -> CommunityMemory:
        memory = self.memories.get(community)
        if memory is None:
            memory = self.memories[community] = CommunityMemory()
        return memory

    def opened(self, case: Case, journal: Journal, memory: CommunityMemory) -> Case:
        """The case with its evidence; a replay overlays what was recorded of the community (`rules/replay`)."""
        case = case.open(journal, memory, self.options.pulse_key, self.options.label_threshold)
        case.context["community"] |= self.fires.seen_from(case.house.community, case.post.created_at)
        if case.house.community.author_memory == "brand":
            seen = case.context["author"]
            seen |= self.brand.fields((journal.community, journal.author_id), seen, case.at, case.row.fingerprint)
        return case

    def repeated(self, journal: Journal, event_id: UUID) -> bool:
        """Whether the event has been judged before; counts it then."""
        known = journal.knows(event_id)
        self.repeats += known
        return known

    def enter(self, journal: Journal, entry: JournalEntry) -> None:
        waited = deadline(journal.post(entry.platform, entry.post_id))
        journal.add(entry)
        self.touched[journal.community, journal.author_id] = None
        if waited is None and entry.due is None:
            return
        waiting = self.watch(journal, entry.platform, entry.post_id)
        if waiting is not None and (waited is None or waited.department != waiting.department):
            self.forwards[waiting.department, "passed_on"] += 1
        if waited is not None and waiting is None and entry.kind in _ENDED:
            self.forwards[waited.department, _ENDED[entry.kind]] += 1

    def watch(self, journal: Journal, platform: str, post_id: str) -> Deadline | None:
        """By when a department is to answer this post, as the journal says now; so will the book of deadlines."""
        waiting = deadline(journal.post(platform, post_id))
        self.deadlines[Passed(journal.community, journal.author_id, platform, post_id)] = waiting
        return waiting

    def marks(self) -> dict[AuthorOf, Marks]:
        """What counts against each author whose journal changed, by day, where the brand shares its memory."""
        return {
            author: self.journals[author].marks()
            for author in self.touched
            if self.rules.houses[author[0]].community.author_memory == "brand"
        }

    def team_answered(self, community: str, posts: Iterable[str], at: int) -> None:
        """The community's own people have answered these posts (pseudonyms)."""
        answers = self.team_answers.setdefault(community, {})
        for post in posts:
            answers[post] = max(at, answers.get(post, at))

    def remember(self, community: str, row: Row) -> None:
        self.memory(community).fold([row])
        self.rows.setdefault(community, []).append(row)

    def remember_reports(self, community: str, rows: list[ReportRow]) -> None:
        self.memory(community).reporters.fold(rows)
        self.report_rows.setdefault(community, []).extend(rows)

    def decide(self, cause: Event[Any], event_id: UUID, data: DecisionMade | DecisionWithdrawn) -> None:
        self.decisions.append(Event(event_id, SOURCE, cause.time, data, cause.traceparent))

    def deliver(self, event: Event[Any], received: PostEvent) -> None:
        """Something came from this integration that had not come before."""
        if self.options.counting and not received.canary:
            self.pulse.deliver(self.when(received.ref, event.time, received.historic), received.integration)

    def when(self, ref: PostRef, at: datetime, historic: bool) -> When:
        """Where the pulse counts something of the instant `at`."""
        return When(ref.community, at, self.late(at), historic)

    def late(self, at: datetime) -> bool:
        return self.now - at > LATE
