"""Incidents with everything around them, as the console shows them: built by the real state machine."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from feuerwache.common.config.contact import EmailContact
from feuerwache.common.config.people import People, Person
from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.base import Event
from feuerwache.common.events.classification import Classification, PostClassified
from feuerwache.common.events.decision import Action, AppealChanged, AppealState, DecisionMade, Severity
from feuerwache.common.events.incident import Incident
from feuerwache.common.events.page import PageReceipt
from feuerwache.common.events.post import Author, Post, PostCreated, PostDeleted, PostRef
from feuerwache.common.kafka.keys import alarm_shard
from feuerwache.console.store.reading import Dossier, ExamplePost
from feuerwache.escalation.incidents.book import IncidentBook
from support.incidents import COMMUNITY, NIGHT, alarm, event, house, minutes

FIGURES = Figures(
    window_minutes=15,
    posts=1214,
    usual_posts=12.4,
    negative=740,
    negative_share=0.61,
    usual_negative_share=0.14,
    authors=388,
    new_authors=41,
    reach=52300,
    doubling_minutes=4.5,
    most_said=("Rückruf", "Lieferung", "Kabel", "Brandgeruch"),
)


def people() -> People:
    def contact(person_id: str) -> tuple[EmailContact, ...]:
        return (EmailContact(address=f"{person_id}@morgenrot.example"),)

    return People(
        people=(
            Person(id="anna.bergmann", name="Anna Bergmann", contacts=contact("anna.bergmann")),
            Person(id="jonas.keller", name="Jonas Keller", contacts=contact("jonas.keller")),
            Person(
                id="murat.oezdemir",
                name="Murat Özdemir",
                language="en",
                timezone="Europe/London",
                contacts=contact("murat.oezdemir"),
            ),
        )
    )


def ref(post_id: str) -> PostRef:
    return PostRef(community=COMMUNITY, platform="forum", post_id=post_id)


def classified(post_id: str, text: str, at: datetime = NIGHT, **fields: Any) -> Event[PostClassified]:
    author = Author(id="u1", handle="kaffeetante", display_name="Kaffeetante <b>77</b>")
    post = Post(author=author, text=text, created_at=at, **fields)
    received = PostCreated(ref=ref(post_id), author_id="u1", integration="morgenrot-forum", received_at=at, post=post)
    classification = Classification(
        labels={"complaint": 0.93, "negative": 0.88, "praise": 0.02},
        language="de",
        flagged=True,
        model_version="test",
    )
    classified_post = PostClassified(cause_id=uuid4(), received=received, classification=classification)
    return event(classified_post, at)


def deleted(post_id: str, at: datetime = NIGHT) -> Event[PostClassified]:
    received = PostDeleted(
        ref=ref(post_id), author_id="u1", integration="morgenrot-forum", received_at=at, deleted_at=at
    )
    return event(PostClassified(cause_id=uuid4(), received=received), at)


def decided(post_id: str, action: Action = Action.HIDE, at: datetime = NIGHT) -> Event[DecisionMade]:
    data = DecisionMade(
        ref=ref(post_id),
        author_id="u1",
        revision=0,
        cause="post",
        cause_id=uuid4(),
        action=action,
        actions=(action,),
        decided_at=at,
        model_version="test",
        config_hash="test",
    )
    return event(data, at)


def appeal(post_id: str, decision: UUID, state: AppealState) -> Event[AppealChanged]:
    data = AppealChanged(
        ref=ref(post_id),
        author_id="u1",
        decision_id=decision,
        cause_id=uuid4(),
        state=state,
        language="de",
        answer="…",
        at=NIGHT,
        config_hash="test",
    )
    return event(data, NIGHT)


class Story:
    """One incident as it is lived through: alarms and commands go in, its states and receipts are kept."""

    def __init__(self) -> None:
        self.book = IncidentBook(alarm_shard(COMMUNITY, "morgenrot", 8), 8, house())
        self.receipts: list[PageReceipt] = []
        self.now = NIGHT
        begun = alarm(
            kind=CrisisKind.NEGATIVITY_BURST,
            severity=Severity.HIGH,
            figures=FIGURES,
            examples=(ref("p1"), ref("p2"), ref("p3")),
        )
        self.tell(begun)

    @property
    def incident(self) -> Incident:
        (incident,) = self.book
        return incident

    def tell(self, what: Event[Any]) -> Story:
        if isinstance(what.data, PageReceipt):
            self.receipts.append(what.data)
        self.book.apply(what, self.now)
        return self

    def wait(self, count: float) -> Story:
        """Two looks at the clock: what is overdue when its turn comes waits for the second."""
        self.now += minutes(count)
        self.book.due(self.now)
        self.book.due(self.now)
        return self

    def dossier(self, *examples: ExamplePost) -> Dossier:
        return Dossier(self.incident, None, tuple(self.receipts), examples)
