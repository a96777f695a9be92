"""How often things happened to an author: in the last minute and hours to the second, in the last year by days (UTC).

Sums are kept while things are added, so that asking costs the same for an author with ten posts and with ten thousand.
A window of a day or less is counted to the second over the entries that the journal holds; folded posts are counted in
it by the hour. Longer windows are whole days of UTC: "90 days" are the day of the post and the 90 before it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from datetime import date

from feuerwache.escalation.rules.author.postrecord import (
    POSTS,
    REFUSED,
    REPORTED,
    REPORTS,
    RESTRICTED,
    UPHELD,
    VIOLATED,
    WARNED,
    Count,
)

MINUTE, HOUR, DAY = 60, 3600, 86400

#: Field of `author` → what it counts and the seconds it looks back.
FINE: dict[str, tuple[str, int]] = {
    "posts_1m": (POSTS, MINUTE),
    "posts_5m": (POSTS, 5 * MINUTE),
    "posts_1h": (POSTS, HOUR),
    "posts_24h": (POSTS, DAY),
    "violations_24h": (VIOLATED, DAY),
    "warnings_24h": (WARNED, DAY),
    "reports_24h": (REPORTS, DAY),
}
#: Field of `author` → what it counts and the days (UTC) it looks back.
LONG: dict[str, tuple[str, int]] = {
    f"{name}_{days}d": (thing, days)
    for name, thing, spans in (
        ("posts", POSTS, (7, 30, 365)),
        ("violations", VIOLATED, (7, 30, 90, 365)),
        ("warnings", WARNED, (30, 90, 365)),
        ("restrictions", RESTRICTED, (30, 90, 365)),
        ("reports", REPORTS, (7, 30, 90, 365)),
        ("reports_upheld", UPHELD, (30, 90, 365)),
        ("reports_refused", REFUSED, (90,)),
        ("reported_posts", REPORTED, (30,)),
    )
    for days in spans
}
_BY_THING: dict[str, list[tuple[str, int]]] = {
    thing: [(field, days) for field, (counted, days) in LONG.items() if counted == thing]
    for thing in {thing for thing, _ in LONG.values()}
}
_TO_THE_SECOND = {thing for thing, _ in FINE.values()}

#: Days since 1970 under which what is too old to be kept by days is joined.
EARLIER = date.min.toordinal() - date(1970, 1, 1).toordinal()


class Tally:
    """The sums of one author; `total` is over all time."""

    __slots__ = ("_day", "_days", "_hours", "_times", "_windows", "total")

    def __init__(self) -> None:
        self.total: dict[str, int] = {}
        self._days: dict[int, dict[str, int]] = {}
        self._times: dict[str, list[int]] = {}
        self._hours: dict[int, int] = {}
        self._day = EARLIER
        self._windows: dict[str, int] | None = None

    def add(self, count: Count) -> None:
        """One more thing that the journal holds an entry of."""
        thing, second = count
        if thing in _TO_THE_SECOND:
            times = self._times.get(thing)
            if times is None:
                self._times[thing] = [second]
            elif second >= times[-1]:
                times.append(second)
            else:
                insort(times, second)
        self.days(thing, second // DAY, 1)

    def take_back(self, count: Count) -> None:
        """It did not happen after all: a later decision took the place of an earlier one."""
        self._forget_time(count)
        self.days(count[0], count[1] // DAY, -1)

    def fold(self, count: Count) -> None:
        """The journal no longer holds its entry; its day still counts it."""
        self._forget_time(count)

    def days(self, thing: str, day: int, count: int) -> None:
        """`count` of them more on a day (days since 1970)."""
        sums = self._days.get(day)
        if sums is None:
            sums = self._days[day] = {}
        sums[thing] = sums.get(thing, 0) + count
        self.total[thing] = self.total.get(thing, 0) + count
        if self._windows is not None and day <= self._day:
            for field, days in _BY_THING.get(thing, ()):
                if day >= self._day - days:
                    self._windows[field] += count

    def hour(self, hour: int, count: int) -> None:
        """`count` folded posts more in an hour (hours since 1970)."""
        self._hours[hour] = self._hours.get(hour, 0) + count

    def forget_hours(self, before: int) -> None:
        for hour in [hour for hour in self._hours if hour < before]:
            del self._hours[hour]

    def fine(self, second: int) -> dict[str, int]:
        """The windows of a day and less that end with this second."""
        fields: dict[str, int] = {}
        for field, (thing, span) in FINE.items():
            times = self._times.get(thing)
            fields[field] = bisect_right(times, second) - bisect_right(times, second - span) if times else 0
        if self._hours:
            first, last = (second - DAY) // HOUR + 1, second // HOUR
            fields["posts_24h"] += sum([self._hours.get(hour, 0) for hour in range(first, last + 1)])
        return fields

    def long(self, day: int) -> dict[str, int]:
        """The windows of several days that end with this day. Not to be changed."""
        if self._windows is None or self._day != day:
            self._day, windows = day, dict.fromkeys(LONG, 0)
            for each, sums in self._days.items():
                if day - 365 <= each <= day:
                    for thing, count in sums.items():
                        for field, days in _BY_THING.get(thing, ()):
                            if each >= day - days:
                                windows[field] += count
            self._windows = windows
        return self._windows

    def marks(self) -> dict[int, tuple[int, int, int]]:
        """Day → violations, warnings and restrictions of it, for the days that have any."""
        marks = {
            day: (sums.get(VIOLATED, 0), sums.get(WARNED, 0), sums.get(RESTRICTED, 0))
            for day, sums in self._days.items()
        }
        return {day: each for day, each in sorted(marks.items()) if any(each)}

    def _forget_time(self, count: Count) -> None:
        thing, second = count
        if thing in _TO_THE_SECOND:
            times = self._times[thing]
            if len(times) == 1:
                del self._times[thing]
            else:
                del times[bisect_left(times, second)]
