"""An alarm: a detector saw a crisis, or one post cannot wait."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal

from feuerwache.common.events.actor import Actor
from feuerwache.common.events.base import AwareDatetime, Model, Payload
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.post import PostRef


class CrisisKind(StrEnum):
    """What kind of fire it is; incidents of one community and kind that lie near in time are one incident."""

    VOLUME_BURST = "volume_burst"
    NEGATIVITY_BURST = "negativity_burst"
    REPORT_FLOOD = "report_flood"
    THREAD_ON_FIRE = "thread_on_fire"
    SILENCE = "silence"
    SINGLE_POST = "single_post"
    TOPIC_SURGE = "topic_surge"
    COORDINATED_POSTING = "coordinated_posting"
    FEUD = "feud"
    COMPLAINTS_PILING_UP = "complaints_piling_up"
    DECLARED = "declared"
    NOBODY_REACHED = "nobody_reached"
    RULE_PAUSED = "rule_paused"
    DRILL = "drill"


class Figures(Model):
    """The numbers behind an alarm: "214 posts in 15 min, usually 12; 61 % negative; most said: Rückruf, Lieferung".

    Shares are 0..1. `surprise` is the detector's own score, in nats; `bar` how many times the ordinary threshold it had
    to pass (campaigns, false alarms). `done` counts what was decided automatically in the window, by action. What only
    one kind of detector knows is None elsewhere: `hostile` and `depth` of a thread, `copies` and their `copy_authors`,
    `open_complaints` and how old the oldest is, `forth` and `back` of a feud, minutes of silence and the longest usual
    gap.
    """

    window_minutes: float | None = None
    posts: int | None = None
    usual_posts: float | None = None
    negative: int | None = None
    negative_share: float | None = None
    usual_negative_share: float | None = None
    reports: int | None = None
    usual_reports: float | None = None
    reporters: int | None = None
    authors: int | None = None
    new_authors: int | None = None
    regular_authors: int | None = None
    reach: int | None = None
    doubling_minutes: float | None = None
    surprise: float | None = None
    bar: float = 1.0
    most_said: tuple[str, ...] = ()
    done: dict[str, int] = {}
    hostile: int | None = None
    hostile_share: float | None = None
    depth: int | None = None
    term_posts: int | None = None
    usual_term_posts: float | None = None
    copies: int | None = None
    copy_authors: int | None = None
    open_complaints: int | None = None
    oldest_complaint_minutes: int | None = None
    forth: int | None = None
    back: int | None = None
    silent_minutes: int | None = None
    usual_gap_minutes: float | None = None


class Role(StrEnum):
    """Why a post is shown beside an alarm."""

    MOST_SEEN = "most_seen"
    MOST_TYPICAL = "most_typical"
    NEWEST = "newest"
    FIRST = "first"


class Highlight(Model):
    """A post that is shown, and why: the most seen, the most typical, the newest, or one that started it."""

    role: Role
    ref: PostRef
    reach: int = 0


class AlarmRaised(Payload):
    """Detectors derive the event's id from community, kind and the bucket in which the episode began.

    `brand` decides the partition: what burns in several communities of a brand is one incident. `onset` is when it
    began as far as the detector can tell, `seen_at` when it was sure. `examples` are at most five; `highlights` say why
    some are shown. `about` names what it is about where the kind alone does not: a thread, an integration, a word, the
    label of a single post, the rule that is paused. `rule_id` is set for single posts that a rule escalated, and for a
    rule that is paused.
    """

    TYPE: ClassVar[str] = "feuerwache.alarm.raised.v1"
    community: str
    brand: str = ""
    kind: CrisisKind
    severity: Severity
    onset: AwareDatetime
    seen_at: AwareDatetime
    about: str = ""
    figures: Figures = Figures()
    examples: tuple[PostRef, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    rule_id: str | None = None
    rule_title: dict[str, str] = {}
    late: bool = False
    canary: bool = False


class AlarmEnded(Payload):
    """A detector's episode is over: it has been quiet for a while. `peak` is the largest count it had.

    The event's id follows from community, kind, `about` and the bucket in which the episode began.
    """

    TYPE: ClassVar[str] = "feuerwache.alarm.ended.v1"
    community: str
    brand: str = ""
    kind: CrisisKind
    about: str = ""
    onset: AwareDatetime
    ended_at: AwareDatetime
    peak: int


class BarRaised(Payload):
    """Detectors of this community need more than usual between `start` and `until`: `factor` times the measure.

    `kinds` empty means all. Told by a person (an announced campaign, a false alarm) through the incidents task; the
    newest record of a `bar_id` holds, and `until` in the past ends it.
    """

    TYPE: ClassVar[str] = "feuerwache.bar.raised.v1"
    bar_id: str
    community: str
    kinds: tuple[CrisisKind, ...] = ()
    start: AwareDatetime
    until: AwareDatetime
    factor: float
    cause: Literal["mute", "false_alarm"]
    actor: Actor
    note: str = ""
