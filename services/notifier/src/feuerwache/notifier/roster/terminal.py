"""The duty roster in a terminal: a table per week, a column per day, who has it from when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from feuerwache.common.vocabulary import Language
from feuerwache.notifier.duty import Duty
from feuerwache.notifier.roster.week import Entry, Roster, Week
from feuerwache.notifier.roster.wording import WEEKDAYS, WORDS, day, hours, moment

#: Below this a column per day cannot hold a name; a line per duty can.
NARROW = 76


def show(console: Console, found: Roster, duties: Sequence[Duty], language: Language, names: dict[str, str]) -> None:
    """Weeks, or in a narrow window one line per duty; then the hours that nobody has."""
    words = WORDS[language]
    if console.width >= NARROW:
        briefly = short([*names.values()])
        console.print(Group(*(_week(week, found, language, briefly) for week in found.weeks)))
    else:
        for duty in duties:
            console.print(_line(duty, found, language, names), soft_wrap=True)
    console.print(f"{words.zone} {found.zone.key}", style="dim")
    if found.holes:
        console.print(words.holes, style="bold red")
        for hole in found.holes:
            console.print(_line(hole, found, language, names), soft_wrap=True)


def _week(week: Week, found: Roster, language: Language, briefly: Mapping[str, str]) -> RenderableType:
    words = WORDS[language]
    table = Table(title=f"{words.week} {week.number}", title_justify="left", show_lines=True, expand=True)
    table.add_column(words.layer, overflow="fold")
    for each in week.days:
        heading = f"{WEEKDAYS[language][each.weekday()]}\n{day(each, language)}"
        table.add_column(heading, style="on grey15" if each == found.today else "", ratio=1, overflow="fold")
    for row in week.rows:
        cells = (Text("\n").join(_entry(entry, words.nobody, briefly) for entry in entries) for entries in row.days)
        table.add_row(f"{row.schedule}\n{row.layer}", *cells)
    return table


def _entry(entry: Entry, nobody: str, briefly: Mapping[str, str]) -> Text:
    style = "bold red" if entry.hole else "bold green" if entry.now else "" if entry.begins else "dim"
    name = ", ".join(briefly.get(each, each) for each in entry.names) or nobody
    midnight = (entry.start.hour, entry.start.minute) == (0, 0)
    return Text(name if midnight else f"{entry.start:%H:%M} {name}", style)


def short(names: Sequence[str]) -> dict[str, str]:
    """Each name → the first name, as far as nobody shares it; else with the beginning of the last: `Anna B.`"""
    firsts = [name.partition(" ")[0] for name in names]
    said = {}
    for name in names:
        first, _, last = name.partition(" ")
        said[name] = f"{first} {last[0]}." if last and firsts.count(first) > 1 else first
    return said


def _line(duty: Duty, found: Roster, language: Language, names: dict[str, str]) -> Text:
    left, right = (moment(edge.astimezone(found.zone), language) for edge in (duty.start, duty.end))
    who = ", ".join(names.get(person, person) for person in duty.people) or WORDS[language].nobody
    text = f"{duty.schedule}/{duty.layer}: {left} – {right} ({hours(duty.hours, language)}) {who}"
    return Text(text, "" if duty.people else "bold red")
