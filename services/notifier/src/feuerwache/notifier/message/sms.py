"""A page as one text message: at most 160 septets (`gsm.py`), the link to the incident included.

What is told gives way in this order: the number, the end of the place's name, the end of what it is called. The link
is whole or not there; where it is too long to leave room for what happened, the message says how to answer instead.
"""

from __future__ import annotations

from feuerwache.common.events.page import PageRequested
from feuerwache.common.wording.lead import lead
from feuerwache.common.wording.numeral import NO_BREAK, span
from feuerwache.common.wording.tongue import TONGUES
from feuerwache.notifier.message.gsm import SINGLE, cut, septets, written
from feuerwache.notifier.message.reason import is_trial
from feuerwache.notifier.message.subject import asked_marks, digest_subject, headed, is_late
from feuerwache.notifier.message.wording import Words

#: Less than this says nothing; rather no hint, then rather no link.
LEAST = 36
LEAST_PLACE = 12


def sms(page: PageRequested, words: Words, link: str, *, answered: bool, possible_repeat: bool) -> str:
    """`answered`: a reply would be heard, and is asked for."""
    ask = words.answer_sms_all if len(page.digest) > 1 else words.answer_sms
    hint = words.trial_sms if is_trial(page) else ask if answered else ""
    link = "" if is_trial(page) else link
    tail = next(
        (tail for tail in (_joined(hint, link), link, hint) if SINGLE - _cost(tail) >= LEAST + 1),
        "",
    )
    told = _told(page, words, SINGLE - _cost(tail) - (1 if tail else 0), possible_repeat=possible_repeat)
    return _joined(told, tail)


def _told(page: PageRequested, words: Words, room: int, *, possible_repeat: bool) -> str:
    marks = _marks(page, words, possible_repeat=possible_repeat)
    if page.digest:
        return cut(written(digest_subject(page, words)), room)
    tongue, about = TONGUES[words.language], page.subject
    what = written(f"{headed(about, words)}{marks}")
    number = written(lead(about.kind, about.about, about.figures, tongue))
    place = written(about.community_title) or written(about.community)
    for after in ([f": {number}"] if number else []) + [""]:
        left = room - _cost(what) - _cost(", ") - _cost(after)
        if left >= min(LEAST_PLACE, _cost(place)):
            return f"{what}, {cut(place, left)}{after}"
    return cut(what, room)


def _marks(page: PageRequested, words: Words, *, possible_repeat: bool) -> str:
    marks = [mark for reason, mark in asked_marks(words) if reason == page.reason]
    if is_late(page):
        marks.append(words.late_mark.format(how_late=span(page.late_seconds / 60, TONGUES[words.language])))
    if possible_repeat:
        marks.append(words.repeat_mark_sms)
    return f" ({', '.join(marks)})".replace(NO_BREAK, " ") if marks else ""


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _cost(text: str) -> int:
    """A text that cannot be said in GSM 7-bit costs more than there is: an address with such letters is left out."""
    cost = septets(text)
    return cost if cost is not None else SINGLE + 1
