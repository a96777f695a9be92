"""An episode: one fire as one detector sees it, from its onset to half an hour of quiet.

It says alarm when it begins, and again only when it gets worse: a higher severity, or twice the measure of the last
alarm a whole window later (while a window fills, everything doubles). So a fire that burns for hours says a handful
of alarms, each with a level of its own; level and onset make the alarm's id, and the same fire seen again after a
crash says the same ids. Its severity never falls.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.finding import NOTHING, Finding

QUIET_MINUTES = 30
#: Twice as much makes a new alarm at most so often.
MOST_LEVELS = 6
WORSE_FACTOR = 2.0
WORSE_AFTER_MINUTES = 15
#: So many times the usual is critical by itself.
CRITICAL_FACTOR = 10.0
#: What lasts longer than this is the new normal: the baseline learns it, until the episode goes quiet by that.
LONGEST_MINUTES = 3 * 24 * 60

RANK = {Severity.LOW: 0, Severity.HIGH: 1, Severity.CRITICAL: 2}


@dataclass(frozen=True, slots=True)
class Episode:
    """Minutes are counted from 1970. `said` is the measure of the last alarm, `said_at` its minute.

    `peak` is the largest measure it had; `firsts` are (platform, post id) of the posts it began with.
    """

    onset: int
    severity: Severity
    level: int
    said: int
    said_at: int
    quiet_since: int | None = None
    peak: int = 0
    firsts: tuple[tuple[str, str], ...] = ()

    def keeps_out(self, minute: int) -> bool:
        """Whether what is counted now must not be learnt as usual."""
        return minute - self.onset <= LONGEST_MINUTES

    def to_row(self) -> list[Any]:
        firsts = [list(each) for each in self.firsts]
        return [
            self.onset,
            RANK[self.severity],
            self.level,
            self.said,
            self.said_at,
            self.quiet_since,
            self.peak,
            firsts,
        ]

    @classmethod
    def from_row(cls, row: list[Any]) -> Episode:
        onset, rank, level, said, said_at, quiet_since, peak, firsts = row
        severity = next(each for each, number in RANK.items() if number == rank)
        return cls(onset, severity, level, said, said_at, quiet_since, peak, tuple((one, two) for one, two in firsts))


def graver(one: Severity, other: Severity) -> Severity:
    return max(one, other, key=RANK.__getitem__)


def advance(
    episode: Episode | None, finding: Finding, minute: int, onset: int, severity: Severity
) -> tuple[Episode | None, bool]:
    """The episode after this finding, and whether it says alarm. `onset` counts only for a new one."""
    if episode is None:
        if not finding.alarming:
            return None, False
        return Episode(onset, severity, 0, finding.measure, minute, peak=finding.measure), True
    episode = replace(episode, peak=max(episode.peak, finding.measure))
    if finding.quiet:
        since = minute if episode.quiet_since is None else episode.quiet_since
        return (None if minute - since >= QUIET_MINUTES else replace(episode, quiet_since=since)), False
    episode = replace(episode, quiet_since=None)
    worse = RANK[severity] > RANK[episode.severity]
    more = (
        finding.measure >= WORSE_FACTOR * episode.said
        and minute - episode.said_at >= WORSE_AFTER_MINUTES
        and episode.level < MOST_LEVELS
    )
    if not finding.alarming or not (worse or more):
        return episode, False
    gravest = severity if worse else episode.severity
    said = max(episode.said, finding.measure)
    return replace(episode, severity=gravest, level=episode.level + 1, said=said, said_at=minute), True


def quiet(episode: Episode, minute: int) -> Episode | None:
    """The episode after a minute in which its detector saw nothing."""
    return advance(episode, NOTHING, minute, episode.onset, episode.severity)[0]
