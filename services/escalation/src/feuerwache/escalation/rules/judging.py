"""The judging of one batch: events in, decisions and everything that goes with them out. Pure; all state is handed in.

Guarantees: one decision with cause `post` per (post, revision), or one withdrawal if the post was deleted before; what
the journal knows is not judged again; no automatic decision replaces a human's; historic events never raise an alarm.
Everything but the flag `late` follows from the events, the journals and the community's memory, never from the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.actor import Actor
from feuerwache.common.events.alarm import AlarmRaised
from feuerwache.common.events.author import JournalEntry
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import (
    Action,
    AnswerAppeal,
    AppealDecision,
    DecisionMade,
    DecisionWithdrawn,
    ReviewDecision,
)
from feuerwache.common.events.post import (
    PostCreated,
    PostDeleted,
    PostEdited,
    PostEvent,
    PostModerated,
    PostRef,
    PostReported,
)
from feuerwache.escalation.rules import pseudonym
from feuerwache.escalation.rules.case import Case
from feuerwache.escalation.rules.counted import Reported
from feuerwache.escalation.rules.engine import PRECEDENCE, ordered, under_human
from feuerwache.escalation.rules.entry import Draft, Position
from feuerwache.escalation.rules.house import House, HouseRules
from feuerwache.escalation.rules.human import HumanWord, of_command, of_platform
from feuerwache.escalation.rules.journal import Journal, PostRecord
from feuerwache.escalation.rules.memory import CommunityMemory, Row
from feuerwache.escalation.rules.pulse import Pulse, When
from feuerwache.escalation.rules.rule import Rule
from feuerwache.escalation.rules.statement import spoken, statement

SOURCE = "/escalation/rules"
#: Older events are late: judged and acted on, but people hear of them in a digest.
LATE = timedelta(hours=2)
#: Written where no model had a say: reports and humans.
NO_MODEL = "none"

AuthorOf = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Options:
    """`report_threshold` reports put a post on review; labels count from `label_threshold` on (0..1).

    `pulse_key` keys the hashes of authors, at most 64 bytes. `counting` False leaves the pulse empty: a replay of rules
    has no use for it.
    """

    report_threshold: int = 3
    label_threshold: float = 0.5
    pulse_key: bytes = b""
    counting: bool = True


@dataclass(slots=True)
class Judging:
    """One batch: `take` every event in order, then look at what has come together.

    `journals` and `memories` hold what was read for it; both are changed. `touched` names the authors whose journals
    changed, `rows` what the communities' memories gained, `repeats` counts events that had been judged before.
    """

    rules: HouseRules
    journals: dict[AuthorOf, Journal]
    memories: dict[str, CommunityMemory]
    options: Options
    now: datetime
    decisions: list[Event[DecisionMade | DecisionWithdrawn]] = field(default_factory=list)
    alarms: list[Event[AlarmRaised]] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    touched: dict[AuthorOf, None] = field(default_factory=dict)
    pulse: Pulse = field(default_factory=Pulse)
    repeats: int = 0

    def take(self, event: Event[Any], position: Position) -> None:
        """Judges one event. Raises `InvalidRecord`, and has changed nothing then."""
        match event.data:
            case PostClassified(received=PostCreated() | PostEdited() as written):
                self._written(event, written, position)
            case PostClassified(received=PostDeleted() as deleted):
                self._deleted(event, deleted, position)
            case PostClassified(received=PostReported() as reported):
                self._reported(event, reported, position)
            case PostClassified(received=PostModerated() as moderated):
                if self._human(event, of_platform(event, moderated), position):
                    self._delivered(event, moderated)
            case ReviewDecision() | AnswerAppeal(upheld=False) as command:
                self._human(event, of_command(event, command), position)
            case AnswerAppeal() | AppealDecision():
                pass  # the decision stands; who appealed and what came of it is the console's record
            case _:
                raise InvalidRecord(f"{event.type} has no place in this topic")

    def _written(self, event: Event[PostClassified], received: PostCreated | PostEdited, position: Position) -> None:
        if event.data.classification is None:
            raise InvalidRecord("a post with text came without its classification")
        case = Case(event, received, event.data.classification, self._house(received.ref))
        ref, revision = case.ref, case.post.revision
        journal = self._journal(ref.community, received.author_id, case.at)
        judged_id = derived_id("post", ref.platform, ref.post_id, revision)
        if self._repeated(journal, judged_id):
            return
        self._delivered(event, received)
        record = journal.post(ref.platform, ref.post_id)
        before = replace(record)  # the record goes on with the journal; what follows is about the time before
        draft = Draft(position, judged_id, ref, revision, case.at, received.kind)
        if before.deleted:
            self._withdraw(event, received, revision, None, judged_id)
            self._enter(journal, draft.undecided())
            return
        memory = self._memory(ref.community)
        case = self._opened(case, journal, memory)
        verdict = case.house.engine.judge(case.context, lambda rule: _over_quota(memory, rule, case.row))
        actions = verdict.actions
        if before.human is not None:
            actions = under_human(Action(before.human.actions[0]), actions, revision > before.human.revision)
        decision = case.decision(verdict, actions, before, self.rules.config_hash)
        made = self._decided(event, derived_id("rules", "post", judged_id), decision)
        self._enter(journal, draft.decided(made.id, actions, automated=decision.automated, labels=case.labels))
        late = self._late(event.time)
        if verdict.escalated is not None and not received.historic:
            alarm = case.alarm(verdict.escalated, late)
            alarm_id = derived_id("rules", "alarm", judged_id)
            self.alarms.append(Event(alarm_id, SOURCE, event.time, alarm, event.traceparent))
        if received.canary:
            return
        row = case.remembered(verdict.metered)
        if received.kind == "created":
            self._count(case, row, actions[0], late)
        if not received.historic:
            memory.fold([row])
            self.rows.setdefault(ref.community, []).append(row)

    def _opened(self, case: Case, journal: Journal, memory: CommunityMemory) -> Case:
        """The case with its evidence; a replay overlays what was recorded of the community (`rules/replay`)."""
        return case.opened(journal, memory, self.options.pulse_key, self.options.label_threshold)

    def _count(self, case: Case, row: Row, action: Action, late: bool) -> None:
        """A new post, in the pulse: as an answer where the team wrote it, else as a post."""
        if not self.options.counting:
            return
        if not case.by_team:
            self.pulse.post(case.counted(row, action, late))
        elif case.answer is not None:
            when = When(case.ref.community, case.at, late, case.received.historic)
            self.pulse.answer(when, case.answer.touches)

    def _deleted(self, event: Event[PostClassified], deleted: PostDeleted, position: Position) -> None:
        self._house(deleted.ref)
        journal = self._journal(deleted.ref.community, deleted.author_id, event.time)
        cause = event.data.cause_id
        if self._repeated(journal, cause):
            return
        self._delivered(event, deleted)
        record = journal.post(deleted.ref.platform, deleted.ref.post_id)
        if not record.deleted and (record.current is not None or not journal.complete):
            # Without a current decision it was judged longer ago than the journal tells, or never: say it is gone.
            decision = record.current.decision_id if record.current is not None else None
            self._withdraw(event, deleted, record.last_revision, decision, cause)
        draft = Draft(position, cause, deleted.ref, record.last_revision, event.time, "deleted")
        self._enter(journal, draft.undecided())

    def _withdraw(
        self, event: Event[PostClassified], received: PostEvent, revision: int, decision: UUID | None, cause: UUID
    ) -> None:
        withdrawn = DecisionWithdrawn(
            ref=received.ref,
            author_id=received.author_id,
            revision=revision,
            cause_id=event.data.cause_id,
            withdraws=decision,
            reason="deleted",
            config_hash=self.rules.config_hash,
            historic=received.historic,
            canary=received.canary,
        )
        self._decided(event, derived_id("rules", "withdrawn", cause), withdrawn)

    def _reported(self, event: Event[PostClassified], reported: PostReported, position: Position) -> None:
        house = self._house(reported.ref)
        journal = self._journal(reported.ref.community, reported.author_id, event.time)
        cause = event.data.cause_id
        if self._repeated(journal, cause):
            return
        self._delivered(event, reported)
        record = journal.post(reported.ref.platform, reported.ref.post_id)
        times = record.reports + 1  # the record goes on with the journal
        draft = Draft(position, cause, reported.ref, record.last_revision, event.time, "reported")
        if self._calls_for_review(record):
            decision = self._superseding(event, reported, "report", record, house)
            made = self._decided(event, derived_id("rules", "report", cause), decision)
            self._enter(journal, draft.decided(made.id, decision.actions, automated=True))
        else:
            self._enter(journal, draft.undecided())
        if self.options.counting and not reported.canary:
            when = When(reported.ref.community, reported.reported_at, self._late(event.time), reported.historic)
            self.pulse.report(when, self._counted_report(reported, times))

    def _counted_report(self, reported: PostReported, times: int) -> Reported:
        ref, key = reported.ref, self.options.pulse_key
        reporter = reported.reporter_id or f"report\x1f{ref.platform}\x1f{reported.report_id}"
        row = self._memory(ref.community).row(pseudonym.post(ref.platform, ref.post_id, key))
        return Reported(
            platform=ref.platform,
            post_id=ref.post_id,
            reporter=pseudonym.person(ref.community, reporter, key),
            times=times,
            written_at=datetime.fromtimestamp(row.at, UTC) if row is not None else None,
        )

    def _calls_for_review(self, record: PostRecord) -> bool:
        """Whether one more report puts the post on review: enough of them, and nothing as strict in force."""
        current = record.current
        if current is None or record.deleted or record.human is not None:
            return False
        weaker = all(PRECEDENCE[Action(action)] > PRECEDENCE[Action.REVIEW] for action in current.actions)
        return weaker and record.reports + 1 >= self.options.report_threshold

    def _human(self, event: Event[Any], word: HumanWord, position: Position) -> bool:
        """Whether it is the first time that this word is heard."""
        house = self._house(word.ref)
        journal = self._journal(word.ref.community, word.author_id, event.time)
        if self._repeated(journal, word.cause_id):
            return False
        record = journal.post(word.ref.platform, word.ref.post_id)
        draft = Draft(position, word.cause_id, word.ref, record.last_revision, event.time, "moderated")
        if record.deleted:
            self._enter(journal, draft.undecided())
            return True
        decision = self._superseding(event, word, "human", record, house)
        made = self._decided(event, derived_id("rules", "human", word.cause_id), decision)
        self._enter(journal, draft.decided(made.id, decision.actions, automated=False))
        if self.options.counting and not (word.canary or house.community.canary):
            when = When(word.ref.community, event.time, self._late(event.time), word.historic)
            self.pulse.answer(when, self._settled(word.ref))
        return True

    def _settled(self, ref: PostRef) -> list[str]:
        """What a human's word on a post answers: the post, and the whole thread if it was a complaint."""
        post = pseudonym.post(ref.platform, ref.post_id, self.options.pulse_key)
        row = self._memory(ref.community).row(post)
        return [post, row.thread] if row is not None and row.complaint and row.thread else [post]

    def _superseding(
        self,
        event: Event[Any],
        about: PostReported | HumanWord,
        cause: Literal["report", "human"],
        record: PostRecord,
        house: House,
    ) -> DecisionMade:
        """The decision that follows on a report or on a human's word."""
        actions: tuple[Action, ...]
        actor: Actor | None = None
        told = None
        if isinstance(about, HumanWord):
            actor, actions, cause_id = about.actor, (about.action,), about.cause_id
            told = statement(
                actions,
                None,
                automated=False,
                at=event.time,
                community=house.community,
                language=spoken(house.community.language, house.community),
            )
        else:
            before = record.current.actions if record.current is not None else ()
            actions, cause_id = ordered([Action.REVIEW, *map(Action, before)]), event.data.cause_id
        return DecisionMade(
            ref=about.ref,
            author_id=about.author_id,
            revision=record.last_revision,
            cause=cause,
            cause_id=cause_id,
            action=actions[0],
            actions=actions,
            automated=actor is None,
            actor=actor,
            statement=told,
            supersedes=record.current.decision_id if record.current is not None else None,
            decided_at=event.time,
            model_version=NO_MODEL,
            config_hash=self.rules.config_hash,
            historic=about.historic,
            canary=about.canary,
        )

    def _house(self, ref: PostRef) -> House:
        house = self.rules.houses.get(ref.community)
        if house is None:
            raise InvalidRecord("the community is not in communities.yaml")
        return house

    def _journal(self, community: str, author_id: str, at: datetime) -> Journal:
        key = (community, author_id)
        journal = self.journals.get(key)
        if journal is None:
            journal = self.journals[key] = Journal(community, author_id, at)
        return journal

    def _memory(self, community: str) -> CommunityMemory:
        return self.memories.setdefault(community, CommunityMemory())

    def _repeated(self, journal: Journal, event_id: UUID) -> bool:
        known = journal.knows(event_id)
        self.repeats += known
        return known

    def _enter(self, journal: Journal, entry: JournalEntry) -> None:
        journal.add(entry)
        self.touched[journal.community, journal.author_id] = None

    def _decided(self, cause: Event[Any], event_id: UUID, data: DecisionMade | DecisionWithdrawn) -> Event[Any]:
        decision: Event[DecisionMade | DecisionWithdrawn] = Event(event_id, SOURCE, cause.time, data, cause.traceparent)
        self.decisions.append(decision)
        return decision

    def _delivered(self, event: Event[Any], received: PostEvent) -> None:
        """Something came from this integration that had not come before."""
        if self.options.counting and not received.canary:
            when = When(received.ref.community, event.time, self._late(event.time), received.historic)
            self.pulse.deliver(when, received.integration)

    def _late(self, at: datetime) -> bool:
        return self.now - at > LATE


def _over_quota(memory: CommunityMemory, rule: Rule, row: Row) -> bool:
    limit = rule.limit
    return limit is not None and memory.spent(rule.id, limit[1], row.post, row.at) >= limit[0]
