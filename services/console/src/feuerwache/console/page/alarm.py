"""What the alarm said, ready for the template: its numbers, who writes, what was done, where else it burns. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from feuerwache.common.events.incident import Incident, IncidentPart
from feuerwache.common.wording import clause
from feuerwache.common.wording.sentence import also_in, done, sentence, title
from feuerwache.common.wording.tongue import TONGUES
from feuerwache.console.page.numbers import Fact, facts
from feuerwache.console.page.reader import Reader


@dataclass(frozen=True, slots=True)
class PartView:
    """What else burns in this incident; `over` says since when it does not any more, empty while it does."""

    place: str
    title: str
    severity: str
    since: str
    sentence: str
    over: str


@dataclass(frozen=True, slots=True)
class AlarmView:
    """`sentence` carries the alarm; `people` and `done` are empty where nothing is known."""

    sentence: str
    also: str
    facts: tuple[Fact, ...]
    most_said: tuple[str, ...]
    people: str
    done: str
    parts: tuple[PartView, ...]

    @property
    def known(self) -> bool:
        return bool(self.facts or self.most_said or self.people or self.done)


def alarm_view(incident: Incident, reader: Reader) -> AlarmView:
    tongue, figures = TONGUES[reader.language], incident.figures
    places = dict.fromkeys(part.community_title for part in incident.parts if part.community != incident.community)
    return AlarmView(
        sentence=sentence(incident.kind, incident.about, figures, tongue) or reader.words.ui["no_figures"],
        also=also_in(tuple(places), tongue),
        facts=facts(figures, tongue),
        most_said=figures.most_said,
        people=clause.people(incident.about, figures, tongue),
        done=done(figures, tongue),
        parts=tuple(part_view(part, incident, reader) for part in incident.parts),
    )


def incident_title(incident: Incident, reader: Reader) -> str:
    return title(incident.kind, incident.about, incident.rule_title, TONGUES[reader.language])


def part_view(part: IncidentPart, incident: Incident, reader: Reader) -> PartView:
    tongue, kind = TONGUES[reader.language], part.kind or incident.kind
    return PartView(
        place=part.community_title,
        title=title(kind, part.about, {}, tongue),
        severity=reader.words.severity[part.severity],
        since=reader.words.ui["since"].format(since=reader.time(part.onset)),
        sentence=sentence(kind, part.about, part.figures, tongue),
        over=reader.words.ui["over_since"].format(at=reader.time(part.ended_at)) if part.ended_at else "",
    )
