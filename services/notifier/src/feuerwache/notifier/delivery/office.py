"""What the handlers of all partitions of one notifier share: who can be reached now, the desk, and whom to ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from feuerwache.common.clock import Clock
from feuerwache.common.config.plan import Helpline
from feuerwache.common.events.incident import Incident
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import PageSubject
from feuerwache.common.kafka.topics import TopicNames
from feuerwache.notifier.delivery.desk import Desk
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.delivery.pace import Pace


@dataclass(frozen=True, slots=True)
class Office:
    """What the handlers of all partitions share. `link(incident, person)` is the personal way to the incident page.

    `directory` and `overrides` say what holds now.
    `helplines` are the numbers to give to somebody in distress, if the crisis plan for such a case names any.
    `clock_factor`: how much faster civil time runs than real time; it turns a step's wait into real seconds.
    `incidents` says what is known of an incident; without it nobody ever answers. `pace` of all partitions together.
    `reference(about, recipient, channel)` is what a button or a digit hands back; empty where no answer is heard. It is
    about an incident, or about all that are told in the message of a delivery.
    `known` are the incidents of which a handover mail may tell, None while not all are known; `shards` is how many
    partitions share the mails.
    `canary_home` is told how old (seconds of event time) a canary was when its receipt was on record.
    """

    directory: Callable[[], Directory]
    desk: Desk
    clock: Clock
    topics: TopicNames
    link: Callable[[UUID, str | None], str]
    overrides: Callable[[], Sequence[OnCallOverridden]] = tuple
    clock_factor: float = 1.0
    helplines: Callable[[PageSubject], Sequence[Helpline]] = lambda _: ()
    canary_home: Callable[[float], None] = lambda _: None
    incidents: Callable[[UUID], Incident | None] = lambda _: None
    pace: Pace | None = None
    reference: Callable[[UUID, str, str], str] = lambda *_: ""
    known: Callable[[], Sequence[Incident] | None] = tuple
    shards: int = 8
