"""Classified posts and what happens to them afterwards, as the rules stage reads them; a judge to show them to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.author import AuthorJournalled
from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.classification import Classification, PostClassified, WatchlistHit
from feuerwache.common.events.decision import (
    Action,
    AnswerAppeal,
    AppealDecision,
    DecideAuthor,
    DecisionMade,
    DecisionWithdrawn,
    ReviewDecision,
    Standing,
)
from feuerwache.common.events.post import (
    Author,
    Post,
    PostCreated,
    PostDeleted,
    PostEdited,
    PostEvent,
    PostModerated,
    PostRef,
    PostReported,
)
from feuerwache.escalation.rules.author.brand import BrandMemory
from feuerwache.escalation.rules.author.entry import Position
from feuerwache.escalation.rules.author.journal import Journal, Positions, Source
from feuerwache.escalation.rules.community.fire import NO_FIRES
from feuerwache.escalation.rules.house import HouseRules, load_house_rules
from feuerwache.escalation.rules.judging.docket import Answers
from feuerwache.escalation.rules.judging.judging import Judging, Options

CONFIG = Path(__file__).parents[2] / "config"
COMMUNITY = "morgenrot-facebook"
PLATFORM = "facebook"
#: A Saturday evening in Munich.
NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
ANNA = Actor(person_id="anna.bergmann", via=Via.LOGIN)


def ref(post_id: str = "p1", community: str = COMMUNITY) -> PostRef:
    return PostRef(community=community, platform=PLATFORM, post_id=post_id)


def written(
    post_id: str = "p1",
    *,
    author: str = "a1",
    text: str = "Guten Abend zusammen, meine Aurora läuft.",
    labels: Mapping[str, float] | None = None,
    watchlists: tuple[str, ...] = (),
    at: datetime = NOW,
    revision: int = 0,
    community: str = COMMUNITY,
    historic: bool = False,
    canary: bool = False,
    **post: Any,
) -> Event[Payload]:
    """A classified post; `revision` above 0 is an edit."""
    received = (PostEdited if revision else PostCreated)(
        ref=ref(post_id, community),
        author_id=author,
        integration=community,
        received_at=at,
        historic=historic,
        canary=canary,
        post=Post(author=Author(id=author), text=text, created_at=at, revision=revision, **post),
    )
    hits = tuple(WatchlistHit(watchlist=name, term="x", text="x", start=0, end=1) for name in watchlists)
    classification = Classification(
        labels=dict(labels or {}), language="de", flagged=bool(labels), watchlists=hits, model_version="test-1"
    )
    return classified(received, derived_id("post", PLATFORM, post_id, revision), at, classification)


def deleted(post_id: str = "p1", *, author: str = "a1", at: datetime = NOW) -> Event[Payload]:
    received = PostDeleted(ref=ref(post_id), author_id=author, integration="t", received_at=at, deleted_at=at)
    return classified(received, derived_id("test", "deleted", post_id), at)


def reported(
    post_id: str = "p1",
    report: str = "r1",
    *,
    author: str = "a1",
    reporter: str | None = None,
    reason: str = "",
    at: datetime = NOW,
) -> Event[Payload]:
    received = PostReported(
        ref=ref(post_id),
        reason=reason,
        author_id=author,
        integration="t",
        received_at=at,
        report_id=report,
        reporter_id=reporter,
        reported_at=at,
    )
    return classified(received, derived_id("test", "reported", post_id, report), at)


def moderated(
    post_id: str = "p1", action: str = "approve", *, author: str = "a1", at: datetime = NOW
) -> Event[Payload]:
    received = PostModerated(
        ref=ref(post_id), author_id=author, integration="t", received_at=at, action=action, moderated_at=at
    )
    return classified(received, derived_id("test", "moderated", post_id, action, at), at)


def reviewed(
    post_id: str = "p1",
    action: Action = Action.APPROVE,
    *,
    author: str = "a1",
    revision: int = 0,
    at: datetime = NOW,
) -> Event[Payload]:
    command = ReviewDecision(ref=ref(post_id), author_id=author, revision=revision, action=action, actor=ANNA)
    return Event(uuid4(), "/console", at, command)


def stood(
    standing: Standing, *, author: str = "a1", until: datetime | None = None, at: datetime = NOW
) -> Event[Payload]:
    """A human's word on an author."""
    command = DecideAuthor(community=COMMUNITY, author_id=author, standing=standing, until=until, actor=ANNA)
    return Event(uuid4(), "/console", at, command)


def appealed(decision: UUID | None, post_id: str = "p1", *, author: str = "a1", at: datetime = NOW) -> Event[Payload]:
    """None: against whatever is in force."""
    actor = Actor(person_id="facebook", via=Via.TOKEN)
    command = AppealDecision(ref=ref(post_id), author_id=author, decision_id=decision, actor=actor)
    return Event(uuid4(), "/outbound", at, command)


def answered(
    decision: UUID, action: Action | None = None, post_id: str = "p1", *, author: str = "a1", at: datetime = NOW
) -> Event[Payload]:
    """A human's answer to an appeal: the action that replaces the decision, or None where it is upheld."""
    command = AnswerAppeal(
        ref=ref(post_id), author_id=author, decision_id=decision, upheld=action is None, action=action, actor=ANNA
    )
    return Event(uuid4(), "/console", at, command)


def classified(
    received: PostEvent, cause: Any, at: datetime, classification: Classification | None = None
) -> Event[Payload]:
    data = PostClassified.model_validate(
        {"cause_id": cause, "received": received.model_dump(), "classification": classification}
    )
    return Event(derived_id("classifier", cause), "/classifier", at, data)


def house_with_team(*team: str) -> HouseRules:
    """The demo's communities, in which these accounts are the community's own people."""
    rules = load_house_rules(CONFIG)
    houses = {
        name: replace(house, community=house.community.model_copy(update={"team": team}))
        for name, house in rules.houses.items()
    }
    return replace(rules, houses=houses)


DEFAULTS = Options()


class Judge:
    """Judges events one by one, each at the next offset of its source, with journals kept as the stage keeps them."""

    def __init__(self, rules: HouseRules | None = None, options: Options = DEFAULTS) -> None:
        self.rules = rules or load_house_rules(CONFIG)
        self.options = options
        self.saved: dict[tuple[str, str], AuthorJournalled] = {}
        self.offsets: dict[Source, int] = {"posts": 0, "commands": 0}
        self.brand = BrandMemory()
        self.answered: Answers = {}
        self.fires = NO_FIRES
        self.last = self._judging({})
        self.memories = self.last.memories

    def take(self, *events: Event[Payload], now: datetime = NOW) -> list[DecisionMade | DecisionWithdrawn]:
        """One batch; what was decided in it."""
        positions = self.positions
        opened = {author: Journal.opened(saved, positions) for author, saved in self.saved.items()}
        self.last = self._judging({author: journal for author, journal in opened.items() if journal}, now)
        for event in events:
            source: Source = "posts" if isinstance(event.data, PostClassified) else "commands"
            self.last.take(event, Position(source, 0, self.offsets[source]))
            self.offsets[source] += 1
        for author in self.last.touched:
            saved = self.last.journals[author].saved().model_dump_json()
            self.saved[author] = AuthorJournalled.model_validate_json(saved)
        return [event.data for event in self.last.decisions]

    @property
    def positions(self) -> Positions:
        return {source: (0, offset) for source, offset in self.offsets.items()}

    def _judging(self, journals: dict[tuple[str, str], Journal], now: datetime = NOW) -> Judging:
        memories = self.memories if hasattr(self, "memories") else {}
        return Judging(
            self.rules,
            journals,
            memories,
            self.options,
            now,
            brand=self.brand,
            fires=self.fires,
            answered=self.answered,
        )


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
