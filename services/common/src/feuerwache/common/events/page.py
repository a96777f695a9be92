"""Pages: which targets are to be reached at which step of an incident, and what came of it per person and channel."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from feuerwache.common.events.alarm import CrisisKind, Figures, Highlight
from feuerwache.common.events.base import AwareDatetime, Model, Payload
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.post import PostRef


class LayerTarget(Model):
    """Whoever is on call in one layer of a schedule at the moment of sending."""

    kind: Literal["layer"] = "layer"
    schedule: str
    layer: str


class TeamTarget(Model):
    kind: Literal["team"] = "team"
    team: str


class PersonTarget(Model):
    kind: Literal["person"] = "person"
    person_id: str


class ChannelTarget(Model):
    """A room or a webhook, addressed by its name in `people.yaml`, not a person."""

    kind: Literal["channel"] = "channel"
    channel: str


Target = Annotated[LayerTarget | TeamTarget | PersonTarget | ChannelTarget, Field(discriminator="kind")]


class Urgency(StrEnum):
    URGENT = "urgent"
    QUIET = "quiet"


class PageSubject(Model):
    """What a page tells: enough to write it without asking anybody back. No text of a post.

    `parts` are the titles of the other communities of the brand in which the same burns.
    """

    community: str
    community_title: str
    parts: tuple[str, ...] = ()
    kind: CrisisKind
    severity: Severity
    onset: AwareDatetime
    figures: Figures = Figures()
    examples: tuple[PostRef, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    about: str = ""
    rule_title: dict[str, str] = {}


class DigestEntry(Model):
    """One of the incidents that a digest tells of. Its subject carries no posts; the link leads to them.

    `late`: it came from events that were more than two hours old. `went_quiet`: it is over since `quiet_since`, and
    nobody took it over: nobody answered, or nothing of ours ran meanwhile. What the notifier itself puts together:
    `together`: several pages to one reader at once. `held`: too many pages to one reader, held back for a while.
    `quiet_hours`: low, and it came in hours in which such things wait. `open`: it burns at a change of shifts, or is
    being dealt with.
    """

    incident_id: UUID
    subject: PageSubject
    why: Literal["late", "went_quiet", "together", "held", "quiet_hours", "open"]
    quiet_since: AwareDatetime | None = None


class Woken(Model):
    """Somebody was paged at night at `at`; before `rest_until` they had too little rest to be called again."""

    person_id: str
    at: AwareDatetime
    rest_until: AwareDatetime


class PageRequested(Payload):
    """Reach these targets now. The event's id is the page's id; one page per incident, step and round.

    A page with a `digest` tells quietly of all these at once; `incident_id` and `subject` are the first one's.

    `late_seconds` says how long after its due time an outage let it go out. `deadline` is when the next step is due.
    `reason`: a step of the ladder, because nobody has it; or `by` (a person's id) has handed it over, or wants help.
    `last_resort`: the whole ladder is through. `ask_again`: the owner is asked, because nothing has happened for long.
    `shift_change`: to who goes and who comes on, with what is open (`digest`) and who was `woken` last night.
    The notifier itself tells whoever it has paged, quietly: `by` has `taken` it over, or it has `ended`.
    `revision` is the incident's, of the change that asked for the page: a later one may say that somebody answered.
    `channel`: by this contact alone, at once, whatever its delay and whatever is held back: the drill of one contact.
    """

    TYPE: ClassVar[str] = "feuerwache.page.requested.v1"
    incident_id: UUID
    step: int
    round: int = 0
    targets: tuple[Target, ...]
    urgency: Urgency = Urgency.URGENT
    subject: PageSubject
    due_at: AwareDatetime
    deadline: AwareDatetime | None = None
    late_seconds: float = 0.0
    canary: bool = False
    digest: tuple[DigestEntry, ...] = ()
    reason: Literal["step", "hand_over", "help", "taken", "ended", "last_resort", "ask_again", "shift_change"] = "step"
    by: str | None = None
    revision: int | None = None
    channel: str | None = None
    woken: tuple[Woken, ...] = ()


class ReceiptStatus(StrEnum):
    """`claimed` before sending; then one of the others. `unreachable` means that a target named nobody.

    `pending`: this contact's time has not come (state only, no receipt). `held`: too many pages to one reader; it goes
    out with others in one. `withdrawn`: not sent (any more), because somebody has answered.
    """

    PENDING = "pending"
    HELD = "held"
    CLAIMED = "claimed"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    OUTCOME_UNKNOWN = "outcome_unknown"
    WITHDRAWN = "withdrawn"


class PageReceipt(Payload):
    """What became of one delivery (page, recipient, channel). `attempt` counts from 1.

    `possible_repeat`: sent again after a crash between send and settle, because the first outcome is not known.
    `exhausted` is set on the last receipt of a page of which no delivery succeeded: the step is to go up at once.
    `kind`: a page that calls somebody; a quiet `notice` of who has it; a `drill`, which belongs to no incident.
    """

    TYPE: ClassVar[str] = "feuerwache.page.receipted.v1"
    page_id: UUID
    delivery_id: UUID
    incident_id: UUID
    step: int
    recipient: str | None = None
    channel: str | None = None
    status: ReceiptStatus
    at: AwareDatetime
    attempt: int = 1
    reason: str = ""
    provider_id: str | None = None
    possible_repeat: bool = False
    exhausted: bool = False
    kind: Literal["page", "notice", "drill"] = "page"


class DeliveryChanged(Payload):
    """The notifier's own state of one delivery after each change, revision rising; compacted, rebuild source.

    `due_at`: when what is pending or held goes out. `held`: it was held back, and its message says so.
    `carrier`: the delivery in whose message this one is told along.
    `answered`: somebody has answered the page's incident since; this delivery calls nobody any more.
    """

    TYPE: ClassVar[str] = "feuerwache.delivery.changed.v1"
    delivery_id: UUID
    page_id: UUID
    revision: int
    recipient: str
    channel: str
    status: ReceiptStatus
    attempt: int
    at: AwareDatetime
    page: PageRequested
    possible_repeat: bool = False
    due_at: AwareDatetime | None = None
    held: bool = False
    carrier: UUID | None = None
    answered: bool = False


class DeliveryFailed(Payload):
    """A provider says later that what it had taken over did not arrive: nobody answered the call, the text message
    found no phone. `attempt` as in the receipt it belongs to; said again it changes nothing.
    """

    TYPE: ClassVar[str] = "feuerwache.delivery.failed.v1"
    delivery_id: UUID
    attempt: int = 1
    reason: str = ""
