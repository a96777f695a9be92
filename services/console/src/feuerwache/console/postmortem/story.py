"""An incident from its beginning to its end, and the moments that are measured afterwards. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, TimelineEntry
from feuerwache.common.events.page import PageReceipt

#: What somebody decided, as the timeline calls it; the rest is what happened by itself or was said.
DECISIONS = frozenset(
    {
        "declared",
        "acknowledged",
        "snoozed",
        "handed_over",
        "help_wanted",
        "merged",
        "split",
        "resolved",
        "refused",
        "plan_step_done",
        "plan_step_undone",
    }
)


@dataclass(frozen=True, slots=True)
class Story:
    """`timeline` is the whole one as far as it is known, the oldest line first."""

    incident: Incident
    timeline: tuple[TimelineEntry, ...]
    receipts: tuple[PageReceipt, ...] = ()

    def first(self, *what: str) -> TimelineEntry | None:
        return next((one for one in self.timeline if one.what in what), None)

    def last(self, *what: str) -> TimelineEntry | None:
        return next((one for one in reversed(self.timeline) if one.what in what), None)

    @property
    def decisions(self) -> tuple[TimelineEntry, ...]:
        return tuple(one for one in self.timeline if one.actor is not None and one.what in DECISIONS)

    @property
    def severities(self) -> tuple[Severity, ...]:
        """The severity at the beginning and at its worst."""
        known = {severity.value: severity for severity in Severity}
        told = [known[str(one.detail["severity"])] for one in self.timeline if one.detail.get("severity") in known]
        return (told[0], self.incident.severity) if told else (self.incident.severity, self.incident.severity)

    @property
    def peak(self) -> int | None:
        """The largest count a detector has reported: at its all-clear, or in its last figures."""
        counts = [int(one.detail["peak"] or 0) for one in self.timeline if one.detail.get("peak")]
        counts += [self.incident.figures.posts] if self.incident.figures.posts is not None else []
        return max(counts, default=None)

    @property
    def opened_at(self) -> datetime:
        return self.timeline[0].at if self.timeline else self.incident.opened_at

    def since_onset(self, at: datetime) -> timedelta:
        return at - self.incident.onset
