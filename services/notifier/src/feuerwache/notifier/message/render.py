"""A requested page becomes a message: pure, from the page, the reader and the links.

The first thing it says is the sentence that carries the alarm, because phones preview the beginning of a mail. HTML is
escaped by the template engine, and no post is quoted in it anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from feuerwache.common.config.plan import Helpline
from feuerwache.common.events.page import DigestEntry, PageRequested, PageSubject
from feuerwache.common.vocabulary import SEVERITY, Language
from feuerwache.common.wording import clause
from feuerwache.common.wording.numeral import NO_BREAK, moment, number, span
from feuerwache.common.wording.sentence import CLAUSES, also_in, done, roles, sentence
from feuerwache.common.wording.tongue import TONGUES
from feuerwache.notifier.message.choice import choices
from feuerwache.notifier.message.machine import data
from feuerwache.notifier.message.message import Message
from feuerwache.notifier.message.reason import ACTED_ON, CALLING, asked, is_trial, why
from feuerwache.notifier.message.short import discreet_page, short
from feuerwache.notifier.message.sms import sms
from feuerwache.notifier.message.spoken import spoken
from feuerwache.notifier.message.subject import LATE, called, one_line, subject
from feuerwache.notifier.message.wording import WORDS, Words

TEMPLATES = Environment(
    loader=PackageLoader("feuerwache.notifier.message"),
    autoescape=lambda name: name is not None and ".html" in name,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it. `link` opens the incident; a personal one acts in the reader's name and is a secret.

    `links` opens the incidents of a digest, by id. `preview`: what lights up on a locked phone may quote words of
    posts. `reference` is what a button or a digit hands back; empty when answers that way are not set up.
    """

    name: str
    language: Language
    timezone: str
    link: str = field(repr=False)
    personal: bool = True
    links: Mapping[UUID, str] = field(default_factory=dict, repr=False)
    preview: bool = False
    reference: str = field(default="", repr=False)


def render(
    page_id: UUID,
    page: PageRequested,
    reader: Reader,
    *,
    possible_repeat: bool = False,
    helplines: Sequence[Helpline] = (),
    by: str = "",
    names: Callable[[str], str] = str,
) -> Message:
    """The page as this reader gets it. `helplines` come from the crisis plan for such a case.

    `by`: the name of who has handed the incident over, or calls for help. `names` gives a person's name by id.
    """
    words = WORDS[reader.language]
    line = subject(page, words, possible_repeat=possible_repeat)
    entries = [_entry(entry, reader, words) for entry in page.digest]
    values = {
        "subject": line,
        "words": words,
        "entries": entries,
        "digest": _digest(page, words),
        "rest": _rest(page, reader, words, names),
        "help": _help(helplines, words),
        **_frame(page, reader, words, by, possible_repeat=possible_repeat),
        **_alarm(page.subject, reader, words),
    }
    if is_trial(page):
        values["figures"] = words.trial
    template = "digest" if entries or page.reason == "shift_change" else "page"
    seen = page if reader.preview else discreet_page(page)
    button = asked(page, words)
    answered = bool(reader.reference and button)
    acted_on = reader.reference and page.reason in ACTED_ON and (button or not entries)
    return Message(
        language=reader.language,
        subject=line,
        text=TEMPLATES.get_template(f"{template}.txt.j2").render(values).replace(NO_BREAK, " "),
        html=TEMPLATES.get_template(f"{template}.html.j2").render(values),
        data=data(
            page_id,
            page,
            link=reader.link,
            links=reader.links,
            subject=line,
            summary=line if entries else one_line(f"{values['what']}: {values['figures']}"),
            summaries=[one_line(f"{entry['what']}: {entry['figures']}") for entry in entries],
            helplines=[
                {"name": one.name.both()[reader.language], "country": one.country, "numbers": list(one.numbers)}
                for one in helplines
            ],
            possible_repeat=possible_repeat,
        ),
        link=reader.link,
        link_label=words.trial_link if is_trial(page) else words.look,
        short=short(
            subject(seen, words, possible_repeat=possible_repeat),
            {**_alarm(seen.subject, reader, words), **({"figures": words.trial} if is_trial(page) else {})},
            values,
            entries,
        ),
        sms=sms(seen, words, reader.link, answered=answered and reader.personal, possible_repeat=possible_repeat),
        spoken=spoken(seen, words, reader.name, values["step"], answered=answered),
        reference=reader.reference if answered else "",
        choices=choices(reader.reference, words, asked=button, several=bool(entries)) if acted_on else (),
    )


def _frame(page: PageRequested, reader: Reader, words: Words, by: str, *, possible_repeat: bool) -> dict[str, Any]:
    """What stands around every page, whatever it is about."""
    tongue, zone = TONGUES[words.language], ZoneInfo(reader.timezone)
    late = timedelta(seconds=page.late_seconds)
    how_late = span(late.total_seconds() / 60, tongue, spelled=True)
    following = None
    if page.deadline is not None:
        following = words.following.format(
            when=_soon(page.deadline.astimezone(zone), page.due_at.astimezone(zone), words)
        )
    return {
        "late": words.late.format(how_late=how_late) if late >= LATE else None,
        "repeat": words.repeat if possible_repeat else None,
        "step": why(page, words, by),
        "opening": words.opening if page.reason in CALLING and not is_trial(page) else None,
        "open": None if is_trial(page) else words.open if page.reason in CALLING else words.look,
        "following": following,
        "link": reader.link,
        "personal": reader.personal,
        "reader": words.reader.format(name=reader.name) if reader.personal else None,
        "zone": words.zone.format(zone=reader.timezone),
        "canary": page.canary,
    }


def _alarm(about: PageSubject, reader: Reader, words: Words) -> dict[str, Any]:
    """What burns, where, since when, and the lines beside it; what is not known is left out."""
    tongue, figures = TONGUES[words.language], about.figures
    reach = figures.reach if clause.reach not in CLAUSES[about.kind] else None
    lines = (
        (words.began, moment(about.onset.astimezone(ZoneInfo(reader.timezone)), tongue)),
        (tongue.phrase["who"], clause.people(about.about, figures, tongue)),
        (words.reach, number(reach, tongue) if reach else ""),
        (tongue.phrase["already_done"], done(figures, tongue)),
        (words.examples, roles(about.highlights, tongue)),
    )
    return {
        "severity": SEVERITY[words.language][about.severity],
        "what": called(about, words),
        "where": about.community_title,
        "also": also_in(about.parts, tongue),
        "figures": sentence(about.kind, about.about, figures, tongue) or words.no_figures,
        "lines": [line for line in lines if line[1]],
    }


def _entry(entry: DigestEntry, reader: Reader, words: Words) -> dict[str, Any]:
    tongue, zone = TONGUES[words.language], ZoneInfo(reader.timezone)
    known = {
        "late": words.came_late,
        "together": words.together,
        "held": words.held,
        "quiet_hours": words.quiet_hours,
        "open": words.open_entry,
    }
    if entry.why in known:
        reason = known[entry.why]
    elif entry.quiet_since is None:
        reason = words.went_quiet
    else:
        reason = words.went_quiet_since.format(when=moment(entry.quiet_since.astimezone(zone), tongue))
    return {
        **_alarm(entry.subject, reader, words),
        "why": reason,
        "link": reader.links.get(entry.incident_id, reader.link),
    }


def _digest(page: PageRequested, words: Words) -> str:
    """What stands above the incidents of a digest."""
    whys = {entry.why for entry in page.digest}
    if page.reason == "shift_change":
        return words.digest_shift if page.digest else words.shift_none
    if "together" in whys:
        return words.digest_together
    return words.digest_held if "held" in whys else words.digest


def _rest(page: PageRequested, reader: Reader, words: Words, names: Callable[[str], str]) -> list[str]:
    """Who should rest a while longer, in the reader's time."""
    tongue, zone = TONGUES[words.language], ZoneInfo(reader.timezone)
    return [
        words.woken.format(
            name=names(one.person_id),
            at=one.at.astimezone(zone).strftime(tongue.time),
            until=one.rest_until.astimezone(zone).strftime(tongue.time),
        )
        for one in page.woken
    ]


def _help(helplines: Sequence[Helpline], words: Words) -> list[str]:
    return [
        words.help_line.format(
            name=one.name.both()[words.language],
            numbers=", ".join(each.replace(" ", NO_BREAK) for each in one.numbers),
            note=one.note.both()[words.language],
        )
        for one in helplines
    ]


def _soon(at: datetime, now: datetime, words: Words) -> str:
    """The hour alone if it is the same day."""
    tongue = TONGUES[words.language]
    return at.strftime(tongue.time) if at.date() == now.date() else moment(at, tongue)
