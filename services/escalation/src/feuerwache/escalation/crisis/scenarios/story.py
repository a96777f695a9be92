"""A story: one weekend (or week) of one community, drawn from a seed, with what is known about it.

The onset is the minute in which the added intensity passes a tenth of its peak (`wave.py`); where something stops
(an integration, the team's answers), the minute in which it stops. `expected` are the kinds of alarm of which the first
counts as catching it. `tolerated` are kinds that are true as well, up to a severity: they neither catch nor cry wolf.
Everything else, and everything before `since`, is a false alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from random import Random

from feuerwache.common.events.alarm import BarRaised, CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.scenarios.milieu import Milieu, Ranges, drawn
from feuerwache.escalation.crisis.scenarios.noise import Restlessness
from feuerwache.escalation.crisis.scenarios.wave import Wave
from feuerwache.escalation.crisis.week import minute_of

HISTORY_WEEKS = 4
#: Before the story begins, as long as this is told live, so that detectors that learn only from live talk have some.
LIVE_BEFORE = timedelta(days=1)
#: The first Saturday and how many weeks from it on: three years, with all holidays and changeover Sundays in them.
FIRST_SATURDAY, WEEKS = datetime(2025, 3, 1), 150  # noqa: DTZ001 - the community's zone is added when it is known
#: An alarm later than this has missed it.
DEADLINE_MINUTES = 60.0


@dataclass(frozen=True, slots=True)
class Story:
    """Instants are minutes since 1970; `begins` and `ends` bound what counts. `onset` None: nothing happens.

    `since` is when the first sign of it shows. `goal_minutes` None: no delay is asked of it (it is about what does not
    happen). `weekly` waves belong to every week, so they have been in history, too.
    """

    name: str
    seed: int
    milieu: Milieu
    begins: int
    ends: int
    onset: float | None = None
    since: float | None = None
    expected: frozenset[CrisisKind] = frozenset()
    tolerated: Mapping[CrisisKind, Severity] = field(default_factory=dict)
    deadline_minutes: float = DEADLINE_MINUTES
    goal_minutes: float | None = 3.0
    waves: tuple[Wave, ...] = ()
    weekly: bool = False
    silent: str = ""
    unanswered: bool = False
    bars: tuple[BarRaised, ...] = ()
    history_weeks: int = HISTORY_WEEKS
    past_fires: int = 0

    def with_waves(self, *waves: Wave) -> Story:
        """With what these waves bring; the first one's onset is the story's."""
        first = waves[0]
        return replace(self, waves=self.waves + waves, onset=first.onset, since=first.begins)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name, what happens in it, and how a story is drawn. `is_goal` False: it is reported, and no goal is set."""

    name: str
    about: str
    draw: Callable[[Random, str, int], Story]
    is_goal: bool = True

    def story(self, seed: int) -> Story:
        return self.draw(Random(f"{self.name}/{seed}"), self.name, seed)


def weekend(
    random: Random,
    name: str,
    seed: int,
    ranges: Ranges | None = None,
    *,
    saturdays: Callable[[datetime], bool] = lambda _: True,
) -> Story:
    """From Friday 18:00 to Sunday 24:00 local time, with nothing in it yet. Every other one has a past fire."""
    saturday = _saturday(random, saturdays)
    milieu = drawn(random, ranges or Ranges(), minute_of(saturday.replace(tzinfo=UTC)))
    begins = local_minute(milieu, saturday - timedelta(days=1), 18)
    ends = local_minute(milieu, saturday + timedelta(days=2), 0)
    return Story(name, seed, milieu, begins, ends, past_fires=random.choice((0, 1)))


def week(random: Random, name: str, seed: int, restlessness: Restlessness | None = None) -> Story:
    """From Monday 0:00 to Sunday 24:00 local time, with nothing in it."""
    saturday = _saturday(random, lambda _: True)
    milieu = drawn(random, Ranges(), minute_of(saturday.replace(tzinfo=UTC)), restlessness)
    monday = saturday - timedelta(days=5)
    ends = local_minute(milieu, monday + timedelta(days=7), 0)
    return Story(name, seed, milieu, local_minute(milieu, monday, 0), ends, past_fires=random.choice((0, 1)))


def at(story: Story, day: int, hour: float) -> int:
    """The minute of a local hour of the weekend: day 0 is Friday, 2 Sunday."""
    zone = story.milieu.calendar.zone
    friday = datetime.fromtimestamp(story.begins * 60, zone).replace(tzinfo=None)
    return local_minute(story.milieu, datetime.combine(friday.date(), time()) + timedelta(days=day), hour)


def local_minute(milieu: Milieu, day: datetime, hour: float) -> int:
    whole = (day + timedelta(hours=hour)).replace(tzinfo=milieu.calendar.zone)
    return minute_of(whole)


def _saturday(random: Random, fits: Callable[[datetime], bool]) -> datetime:
    all_of_them = [FIRST_SATURDAY + timedelta(weeks=number) for number in range(WEEKS)]
    return random.choice([each for each in all_of_them if fits(each)])
