"""The subject of a mail: how bad, what, where and the number that matters, because a lock screen shows no more."""

from __future__ import annotations

from datetime import timedelta

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.page import PageRequested, PageSubject
from feuerwache.common.vocabulary import SEVERITY
from feuerwache.common.wording.lead import lead
from feuerwache.common.wording.numeral import NO_BREAK, number, span
from feuerwache.common.wording.sentence import title
from feuerwache.common.wording.tongue import TONGUES
from feuerwache.notifier.message.wording import Words

#: A phone shows about this much in two lines; the name of a long place gives way, down to `LEAST_PLACE` characters.
LONGEST = 70
LEAST_PLACE = 12
#: A page that is later than this says so.
LATE = timedelta(minutes=1)


def subject(page: PageRequested, words: Words, *, possible_repeat: bool) -> str:
    """ "Kritisch: Welle der Empörung – Morgenrot auf Facebook: 61 % negativ (12 Min. verspätet)", always one line."""
    if page.digest or page.reason == "shift_change":
        return one_line(digest_subject(page, words))
    tongue, about = TONGUES[words.language], page.subject
    late = timedelta(seconds=page.late_seconds)
    marks = [mark for reason, mark in asked_marks(words) if reason == page.reason]
    if is_late(page):
        marks.append(words.late_mark.format(how_late=span(late.total_seconds() / 60, tongue)))
    if possible_repeat:
        marks.append(words.repeat_mark)
    said = lead(about.kind, about.about, about.figures, tongue)
    before = f"{headed(about, words)} – "
    after = f": {said}" if said else ""
    place = shortened(one_line(about.community_title), LONGEST - len(before) - len(after))
    return one_line(before + place + after + (f" ({', '.join(marks)})" if marks else ""))


def is_late(page: PageRequested) -> bool:
    return timedelta(seconds=page.late_seconds) >= LATE


def asked_marks(words: Words) -> tuple[tuple[str, str], ...]:
    """What a page that no step of the ladder sent is marked with, by its reason."""
    return (
        ("hand_over", words.handed_over_mark),
        ("help", words.help_wanted_mark),
        ("taken", words.taken_mark),
        ("ended", words.ended_mark),
        ("last_resort", words.last_resort_mark),
        ("ask_again", words.ask_again_mark),
    )


def digest_subject(page: PageRequested, words: Words) -> str:
    """ "Nachtrag: 3 Einsätze (2 ruhig, unbeantwortet, 1 verspätet)"; of a single one it says which.

    "3 Einsätze zugleich: Kritisch: Welle der Empörung – Morgenrot": these cannot wait, and the worst one is named.
    """
    entries, tongue = page.digest, TONGUES[words.language]
    count = number(len(entries), tongue)
    if page.reason == "shift_change":
        return words.shift_many.format(count=count) if entries else words.shift_none
    if any(entry.why == "together" for entry in entries) and len(entries) > 1:
        worst = f"{headed(page.subject, words)} – {page.subject.community_title}"
        return words.together_many.format(count=count, worst=worst)
    if len(entries) == 1:
        (entry,) = entries
        about = entry.subject
        why = dict(entry_marks(words)).get(entry.why, "").format(count="").strip()
        return words.digest_one.format(what=called(about, words), where=about.community_title, why=why)
    counts = [(mark, sum(entry.why == why for entry in entries)) for why, mark in entry_marks(words)]
    why = "; ".join(mark.format(count=number(count, tongue)) for mark, count in counts if count)
    return words.digest_many.format(count=count, why=why)


def entry_marks(words: Words) -> tuple[tuple[str, str], ...]:
    """Why an incident is told of later, by the entry's `why`."""
    return (
        ("went_quiet", words.went_quiet_mark),
        ("late", words.came_late_mark),
        ("quiet_hours", words.quiet_hours_mark),
        ("held", words.held_mark),
    )


def headed(about: PageSubject, words: Words) -> str:
    """ "Kritisch: Welle der Empörung". A drill is called one first of all, however bad it plays to be."""
    what = called(about, words)
    return what if about.kind is CrisisKind.DRILL else f"{SEVERITY[words.language][about.severity]}: {what}"


def called(about: PageSubject, words: Words) -> str:
    return title(about.kind, about.about, about.rule_title, TONGUES[words.language])


def shortened(place: str, room: int) -> str:
    """Cut at a word where that is possible."""
    room = max(room, LEAST_PLACE)
    if len(place) <= room:
        return place
    cut = place[: room - 1]
    return (cut.rsplit(maxsplit=1)[0] if " " in cut else cut).rstrip(" ,-–") + "…"


def one_line(text: str) -> str:
    """Ordinary blanks only: headers and plain text are searched."""
    return " ".join(text.replace(NO_BREAK, " ").split())
