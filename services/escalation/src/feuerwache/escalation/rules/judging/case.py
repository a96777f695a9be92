"""One written post before the judge: everything the rules may see of it, and what is said about it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from feuerwache.common.events.alarm import AlarmRaised, CrisisKind, Figures, Highlight, Role
from feuerwache.common.events.base import Event
from feuerwache.common.events.classification import Classification, Label, PostClassified
from feuerwache.common.events.decision import Action, DecisionMade, Evidence, Mode, Severity
from feuerwache.common.events.post import Post, PostCreated, PostEdited, PostRef
from feuerwache.escalation.rules.author.brand import alone
from feuerwache.escalation.rules.author.discipline import discipline_fields
from feuerwache.escalation.rules.author.journal import Journal, PostRecord
from feuerwache.escalation.rules.community import pseudonym
from feuerwache.escalation.rules.community.answer import Answer, answer_of
from feuerwache.escalation.rules.community.fingerprint import fingerprint
from feuerwache.escalation.rules.community.memory import CommunityMemory, Row, cluster_of, near_duplicates
from feuerwache.escalation.rules.community.terms import content_words
from feuerwache.escalation.rules.engine.engine import Escalated
from feuerwache.escalation.rules.house import House
from feuerwache.escalation.rules.judging.conclusion import WATCHED, Finding, hits
from feuerwache.escalation.rules.judging.statement import Reasons, spoken, statement
from feuerwache.escalation.rules.language.context import (
    Context,
    Fields,
    community_fields,
    label_fields,
    post_fields,
    time_fields,
)
from feuerwache.escalation.rules.pulse.counted import HOSTILE, NEGATIVE, Counted

UNSEEN = Row("", "", 0)


@dataclass(slots=True)
class Case:
    """`received` is the post as it came in, with its `classification`; `house` the community it stands in.

    What `open` finds out stands in `context`, what the rules see; `row`, what the community will remember; `labels`,
    those above their threshold; `answer`, what it answers; and `copies`, posts with nearly its text.
    """

    event: Event[PostClassified]
    received: PostCreated | PostEdited
    classification: Classification
    house: House
    context: Context = field(default_factory=dict)
    row: Row = UNSEEN
    labels: tuple[str, ...] = ()
    answer: Answer | None = None
    copies: tuple[Row, ...] = ()

    @property
    def post(self) -> Post:
        return self.received.post

    @property
    def ref(self) -> PostRef:
        return self.received.ref

    @property
    def at(self) -> datetime:
        """When this revision was written."""
        return self.post.created_at if self.post.revision == 0 else self.event.time

    @property
    def by_team(self) -> bool:
        """Written by the community's own people."""
        return self.received.author_id in self.house.community.team

    def open(self, journal: Journal, memory: CommunityMemory, pulse_key: bytes, threshold: float) -> Case:
        """Looks up the evidence: the author and the community as of this post."""
        self.row = row = self._row(pulse_key)
        self.answer = answer_of(self.post, self.ref, row.author, memory, pulse_key)
        self.copies = memory.copies(row.post, row.at, row.fingerprint)
        self.context = {
            "post": post_fields(self.post, self.classification, self.ref.platform, self.house.engine.sees("post")),
            "labels": label_fields(self.classification.labels),
            "author": self._author(journal, memory),
            "thread": memory.heat(row.thread, row.post, row.at) | {"feud_24h": self._feud(memory)},
            "community": community_fields(self.house.community),
            "matched": {
                "watchlists": list(dict.fromkeys(hit.watchlist for hit in self.classification.watchlists)),
                **near_duplicates(self.copies, row),
            },
            "time": time_fields(self.post.created_at, self.house.zone, self.house.community.region),
        }
        self.labels = tuple(label for label, score in self.context["labels"].items() if score >= threshold)
        return self

    def remembered(self, rules: tuple[str, ...]) -> Row:
        """What the community's memory keeps of it. The team's prepared answers are no copies of each other."""
        hostile, row = not HOSTILE.isdisjoint(self.labels), self.row
        return Row(
            post=row.post,
            author=row.author,
            at=row.at,
            thread=row.thread,
            fingerprint=None if self.by_team else row.fingerprint,
            negative=any(label in NEGATIVE for label in self.labels),
            rules=rules,
            depth=self.answer.depth if self.answer is not None else 0,
            cluster=cluster_of(self.copies),
            newcomer=bool(self.context["author"]["first_post"]),
            complaint=Label.COMPLAINT.value in self.labels,
            hostile=hostile,
            answered=self.answer.addressee if hostile and self.answer is not None and self.answer.pair else "",
        )

    def _author(self, journal: Journal, memory: CommunityMemory) -> Fields:
        """Their own record, and what the community knows besides; `Docket.opened` adds the rest of the brand."""
        author = journal.view(self.at, self.post.author.created_at)
        author |= alone(author)
        author |= discipline_fields(self.house.ladder, journal.offences(), self.at)
        author["feuds_24h"] = memory.feuds.people(self.row.author, self.row.post, self.row.at)
        return author

    def _feud(self, memory: CommunityMemory) -> int:
        """Hostile answers between the author and whom this post answers, both ways."""
        if self.answer is None or not self.answer.addressee:
            return 0
        return memory.feuds.between(self.row.author, self.answer.addressee, self.row.post, self.row.at)

    def _row(self, key: bytes) -> Row:
        ref, thread = self.ref, self.post.thread_id
        return Row(
            post=pseudonym.post(ref.platform, ref.post_id, key),
            author=pseudonym.person(ref.community, self.received.author_id, key),
            at=int(self.post.created_at.timestamp()),
            fingerprint=fingerprint(self.post.text),
            thread="" if thread is None else pseudonym.post(ref.platform, thread, key),
        )

    def decision(self, finding: Finding, record: PostRecord, config_hash: str) -> DecisionMade:
        """What is done, on whose word, with the evidence. `record` is what was known of the post before."""
        automated, community = finding.human is None, self.house.community
        return DecisionMade(
            ref=self.ref,
            author_id=self.received.author_id,
            revision=self.post.revision,
            cause="post",
            cause_id=self.event.data.cause_id,
            action=finding.actions[0],
            actions=finding.actions,
            rules=hits(finding.verdict, finding.actions, laddered=finding.consequence is not None),
            evidence=self._evidence(finding),
            confidence=self._confidence(finding) if automated else 1.0,
            automated=automated,
            statement=None if community.dry_run or self.received.historic else statement(self._reasons(finding)),
            supersedes=record.current.decision_id if record.current is not None else None,
            decided_at=self.event.time,
            model_version=self.classification.model_version,
            config_hash=config_hash,
            ruleset=community.rules,
            ruleset_version=self.house.ruleset_version,
            discipline=finding.consequence.discipline if finding.consequence is not None else None,
            forwarded=(finding.forwarded,) if finding.forwarded is not None else (),
            dry_run=community.dry_run,
            historic=self.received.historic,
            canary=self.received.canary,
        )

    def _reasons(self, finding: Finding) -> Reasons:
        rule = finding.verdict.decisive
        by_rule = finding.actions[0] in finding.verdict.actions
        automated = finding.human is None
        return Reasons(
            actions=finding.actions,
            at=self.post.created_at,
            community=self.house.community,
            language=spoken(self.classification.language, self.house.community),
            automated=automated,
            found="machine" if automated else "human",
            rule=rule if automated else None,
            watched=finding.standing if automated and not by_rule and finding.standing in WATCHED else None,
            watched_until=finding.standing_until,
            discipline=finding.consequence.discipline if finding.consequence is not None else None,
            move_to=next((hit.move_to for hit in finding.verdict.hits if hit.move_to and hit.mode is Mode.LIVE), None),
        )

    def _evidence(self, finding: Finding) -> Evidence:
        """Everything that was looked at; with it and the text, the same decision can be made again (`rejudging`)."""
        matched = self.context["matched"]
        more = finding.noted()
        return Evidence(
            labels=self.context["labels"],
            language=self.classification.language,
            spans=tuple((span.start, span.end, span.label) for span in self.classification.why),
            author=self.context["author"],
            thread=self.context["thread"],
            matched=matched | more if more else matched,
            community=self.context["community"],
            time=self.context["time"],
        )

    def _confidence(self, finding: Finding) -> float:
        """How sure the machine is of its first action, 0..1.

        Of a rule's: the strongest score its condition looks at, 1 for a rule of facts alone. Where a human's word about
        the author decides: 1. Of a review that reports ask for: their weight, against the threshold. Without a rule:
        how harmless the post is.
        """
        verdict, labels, action = finding.verdict, self.context["labels"], finding.actions[0]
        if action not in verdict.actions and finding.consequence is None:
            if action is Action.REVIEW and finding.reports is not None:
                weight, threshold = float(finding.reports["weight"]), float(finding.reports["threshold"])
                return round(weight / (weight + threshold), 4)
            return 1.0
        if verdict.decisive is None:
            return round(1.0 - float(labels["offensive"]), 4)
        return round(max((float(labels[label]) for label in verdict.labels if label in labels), default=1.0), 4)

    def alarm(self, escalated: Escalated, late: bool) -> AlarmRaised:
        """This one post cannot wait. It is about the strongest of the labels the rule looks at."""
        rule, reach, labels = escalated.rule, self.post.reach, self.context["labels"]
        return AlarmRaised(
            community=self.ref.community,
            brand=self.house.community.brand,
            kind=CrisisKind.SINGLE_POST,
            severity=rule.severity or Severity.HIGH,
            onset=self.post.created_at,
            seen_at=self.event.time,
            about=max(sorted(escalated.labels & labels.keys()), key=labels.__getitem__, default=""),
            figures=Figures(posts=1, authors=1, reach=reach),
            examples=(self.ref,),
            highlights=(Highlight(role=Role.FIRST, ref=self.ref, reach=reach or 0),),
            rule_id=rule.id,
            rule_title=rule.title.model_dump(),
            late=late,
            canary=self.received.canary,
        )

    def counted(self, row: Row, action: Action, late: bool) -> Counted:
        """The post as the pulse counts it; `row` is what is remembered of it."""
        author = self.post.author
        names = tuple(name for name in (author.handle, author.display_name) if name)
        return Counted(
            community=self.ref.community,
            at=self.post.created_at,
            platform=self.ref.platform,
            post_id=self.ref.post_id,
            row=row,
            scores=self.context["labels"],
            labels=self.labels,
            action=action,
            reach=self.post.reach or 0,
            answer=self.answer,
            copies=self.copies,
            earlier_posts=int(self.context["author"]["posts_total"]),
            terms=content_words(self.post.text, names, self.classification.language),
            late=late,
            historic=self.received.historic,
        )
