"""An alarm: a detector saw a crisis, or one post cannot wait."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

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
    DRILL = "drill"


class Figures(Model):
    """The numbers behind an alarm: "214 posts in 15 min, usually 12; 61 % negative; most said: Rückruf, Lieferung".

    `negative_share` and `usual_negative_share` are 0..1. `surprise` is the detector's own score, in nats.
    """

    window_minutes: float | None = None
    posts: int | None = None
    usual_posts: float | None = None
    negative: int | None = None
    negative_share: float | None = None
    usual_negative_share: float | None = None
    reports: int | None = None
    authors: int | None = None
    new_authors: int | None = None
    reach: int | None = None
    doubling_minutes: float | None = None
    surprise: float | None = None
    most_said: tuple[str, ...] = ()


class AlarmRaised(Payload):
    """Detectors derive the event's id from community, kind and the bucket in which the episode began.

    `onset` is when it began as far as the detector can tell, `seen_at` when it was sure. `examples` are at most five.
    `rule_id` is set for single posts that a rule escalated.
    """

    TYPE: ClassVar[str] = "feuerwache.alarm.raised.v1"
    community: str
    kind: CrisisKind
    severity: Severity
    onset: AwareDatetime
    seen_at: AwareDatetime
    figures: Figures = Figures()
    examples: tuple[PostRef, ...] = ()
    rule_id: str | None = None
    rule_title: dict[str, str] = {}
    late: bool = False
    canary: bool = False
