"""The duty roster as one HTML page: light and dark, phone and desk, keyboard and printer; no script, nothing fetched.

It stands alone, so it can be served, mailed or put on a wall. A table has real headings, so a screen reader says day
and layer with each name; on a phone its rows become blocks with the same roles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from feuerwache.common.vocabulary import Language
from feuerwache.notifier.roster.week import DAY, Entry, Roster, Week
from feuerwache.notifier.roster.wording import LONG_WEEKDAYS, WEEKDAYS, WORDS, day, hours, moment


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses on the page, where it is served: earlier and later weeks, and (name, address) of calendars."""

    earlier: str
    later: str
    feeds: tuple[tuple[str, str], ...] = ()


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("feuerwache.notifier.roster"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("roster.html")


def render(
    found: Roster, language: Language, made: datetime, *, links: Links | None = None, stale: bool = False
) -> str:
    """`made`: when it was looked up. `stale`: the exceptions are not up to date, which the page then says first."""

    def heading(each: date) -> str:
        return f"{LONG_WEEKDAYS[language][each.weekday()]}, {day(each, language)}"

    def times(entry: Entry) -> str:
        """From when, and until when if that is before midnight; empty for the whole day."""
        left = f"{entry.start:%H:%M}" if (entry.start.hour, entry.start.minute) != (0, 0) else ""
        right = f"{entry.end:%H:%M}" if entry.end.date() == entry.start.date() else ""
        words = WORDS[language]
        if left and right:
            return f"{left}–{right}"
        return f"{words.since} {left}" if left else f"{words.until} {right}" if right else ""

    def span(week: Week) -> str:
        return f"{day(week.monday, language)} – {day(week.monday + timedelta(days=6), language)} {week.monday.year}"

    return _template().render(
        roster=found,
        words=WORDS[language],
        language=language,
        weekdays=WEEKDAYS[language],
        heading=heading,
        short=lambda each: day(each, language),
        times=times,
        span=span,
        moment=lambda at: moment(at.astimezone(found.zone), language),
        hours=lambda number: hours(number, language),
        made=made.replace(second=0, microsecond=0),
        links=links,
        stale=stale,
        this_week=found.today - found.today.weekday() * DAY,
    )
