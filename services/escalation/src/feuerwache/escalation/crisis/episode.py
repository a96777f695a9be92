"""An episode: one fire as one detector sees it, from its onset to half an hour of quiet.

It says alarm when it begins, and again only when it gets worse: critical where it was high, or twice the measure of
the last alarm a whole window later (while a window fills, everything doubles). So a fire that burns for hours says a
handful of alarms, each with a level of its own; level and onset make the alarm's id, and the same fire seen again
after a crash says the same ids.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.finding import Finding

QUIET_MINUTES = 30
#: Twice as much makes a new alarm at most so often.
MOST_LEVELS = 6
WORSE_FACTOR = 2.0
WORSE_AFTER_MINUTES = 15
#: So many times the usual is critical by itself.
CRITICAL_FACTOR = 10.0
#: What lasts longer than this is the new normal: the baseline learns it, until the episode goes quiet by that.
LONGEST_MINUTES = 3 * 24 * 60


@dataclass(frozen=True, slots=True)
class Episode:
    """Minutes are counted from 1970. `said` is the measure of the last alarm, `said_at` its minute."""

    onset: int
    severity: Severity
    level: int
    said: int
    said_at: int
    quiet_since: int | None = None

    def keeps_out(self, minute: int) -> bool:
        """Whether what is counted now must not be learnt as usual."""
        return minute - self.onset <= LONGEST_MINUTES

    def to_row(self) -> list[Any]:
        return [self.onset, self.severity.value, self.level, self.said, self.said_at, self.quiet_since]

    @classmethod
    def from_row(cls, row: list[Any]) -> Episode:
        onset, severity, level, said, said_at, quiet_since = row
        return cls(onset, Severity(severity), level, said, said_at, quiet_since)


def severity_of(finding: Finding, others_burn: bool) -> Severity:
    """High at first; critical when another detector burns as well, or when it is many times the usual."""
    return Severity.CRITICAL if others_burn or finding.factor >= CRITICAL_FACTOR else Severity.HIGH


def advance(
    episode: Episode | None, finding: Finding, minute: int, onset: int, severity: Severity
) -> tuple[Episode | None, bool]:
    """The episode after this finding, and whether it says alarm. `onset` counts only for a new one."""
    if episode is None:
        if not finding.alarming:
            return None, False
        return Episode(onset, severity, 0, finding.measure, minute), True
    if finding.quiet:
        since = minute if episode.quiet_since is None else episode.quiet_since
        return (None if minute - since >= QUIET_MINUTES else replace(episode, quiet_since=since)), False
    episode = replace(episode, quiet_since=None)
    graver = severity is Severity.CRITICAL and episode.severity is not Severity.CRITICAL
    more = (
        finding.measure >= WORSE_FACTOR * episode.said
        and minute - episode.said_at >= WORSE_AFTER_MINUTES
        and episode.level < MOST_LEVELS
    )
    if not finding.alarming or not (graver or more):
        return episode, False
    gravest = severity if graver else episode.severity
    said = max(episode.said, finding.measure)
    return replace(episode, severity=gravest, level=episode.level + 1, said=said, said_at=minute), True
