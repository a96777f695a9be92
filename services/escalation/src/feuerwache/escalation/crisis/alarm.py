"""What a community has to say: alarms and ends of fires, without their envelopes, with the ids they will have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised, CrisisKind, Figures, Highlight
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.post import PostRef
from feuerwache.escalation.crisis.week import MINUTES_PER_QUARTER, start_of_minute


def alarm_id(community: str, kind: CrisisKind, about: str, onset: int, level: int) -> UUID:
    """By the quarter of the onset, not its minute: seen again after lost records, it may lie some minutes off."""
    return derived_id("crisis", community, kind.value, about, onset // MINUTES_PER_QUARTER, level)


def end_id(community: str, kind: CrisisKind, about: str, onset: int) -> UUID:
    return derived_id("crisis-ended", community, kind.value, about, onset // MINUTES_PER_QUARTER)


@dataclass(frozen=True, slots=True)
class Alarm:
    """`onset` and `minute` (when it was seen, in event time) are minutes since 1970."""

    id: UUID
    kind: CrisisKind
    about: str
    severity: Severity
    onset: int
    minute: int
    figures: Figures
    examples: tuple[PostRef, ...] = ()
    highlights: tuple[Highlight, ...] = ()

    def payload(self, community: str, brand: str, seen_at: datetime) -> AlarmRaised:
        return AlarmRaised(
            community=community,
            brand=brand,
            kind=self.kind,
            severity=self.severity,
            onset=start_of_minute(self.onset),
            seen_at=seen_at,
            about=self.about,
            figures=self.figures,
            examples=self.examples,
            highlights=self.highlights,
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """`onset` and `ended` are minutes since 1970; `peak` the largest measure the fire had."""

    id: UUID
    kind: CrisisKind
    about: str
    onset: int
    ended: int
    peak: int

    def payload(self, community: str, brand: str) -> AlarmEnded:
        return AlarmEnded(
            community=community,
            brand=brand,
            kind=self.kind,
            about=self.about,
            onset=start_of_minute(self.onset),
            ended_at=start_of_minute(self.ended),
            peak=self.peak,
        )


Said = Alarm | Ended


def ended(community: str, kind: CrisisKind, about: str, *, onset: int, at: int, peak: int) -> Ended:
    return Ended(end_id(community, kind, about, onset), kind, about, onset, at, peak)
