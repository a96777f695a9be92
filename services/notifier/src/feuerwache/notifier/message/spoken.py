"""A page read out by a voice: plain sentences, nothing abbreviated, no signs a voice stumbles over.

Nobody is quoted unless the reader wants it; who answers the phone need not be who was called.
"""

from __future__ import annotations

import re
from dataclasses import replace

from feuerwache.common.events.page import PageRequested
from feuerwache.common.wording.numeral import span
from feuerwache.common.wording.sentence import sentence
from feuerwache.common.wording.tongue import TONGUES, Tongue
from feuerwache.notifier.message.reason import is_trial
from feuerwache.notifier.message.subject import digest_subject, headed, is_late
from feuerwache.notifier.message.wording import Words

UNITS = ("second", "minute", "hour", "day")
UNSPEAKABLE = re.compile(r"[^\w\s.,:?!'-]")


def spoken(page: PageRequested, words: Words, name: str, why: str | None, *, answered: bool) -> str:
    """`name` of the reader; `why` it comes to them, if that needs a reason. `answered`: a digit would be heard."""
    tongue, about = aloud(TONGUES[words.language]), page.subject
    parts = [words.voice.format(name=_said(name, words))]
    if page.digest:
        ask = words.voice_press_all if len(page.digest) > 1 else words.voice_press
        last = ask if answered else words.voice_look
        return " ".join([*parts, _ended(_said(digest_subject(page, words), words)), last])
    where = ", ".join([about.community_title, *about.parts])
    alarm = words.voice_where.format(what=headed(about, words), where=where)
    parts.append(_ended(_said(alarm, words)))
    if is_trial(page):
        return " ".join([*parts, _said(words.trial, words)])
    parts.append(_ended(_said(sentence(about.kind, about.about, about.figures, tongue), words)))
    minutes = (page.due_at - about.onset).total_seconds() / 60
    if minutes >= 1:
        parts.append(_said(words.voice_began.format(span=span(minutes, tongue, dative=True)), words))
    if page.reason == "step":
        parts.append(words.voice_step if why else "")
    else:
        parts.append(_said(why or "", words))
    if is_late(page):
        parts.append(_said(words.late.format(how_late=span(page.late_seconds / 60, tongue)), words))
    parts.append(words.voice_press if answered else words.voice_look)
    return " ".join(part for part in parts if part)


def aloud(tongue: Tongue) -> Tongue:
    """The same language with its units spelled out and no sign between thousands."""
    units = {f"{unit}_short": tongue.noun[unit] for unit in UNITS}
    return replace(tongue, thousands="", noun={**tongue.noun, **units})


def _said(text: str, words: Words) -> str:
    """Signs in words, or gone; brackets become a pause."""
    text = text.replace("%", f" {words.voice_percent}").replace("×", f" {words.voice_times}")
    text = text.replace("&", f" {words.voice_and} ").replace("; ", ". ")
    text = re.sub(r"\s*[(–—]\s*", ", ", text)
    return re.sub(r"\s+([.,:;?!])", r"\1", " ".join(UNSPEAKABLE.sub(" ", text).split())).rstrip(" ,")


def _ended(text: str) -> str:
    """As a sentence: a large letter, a full stop."""
    if not text:
        return ""
    sentences = re.sub(r"(?<=\. )([a-zäöü])", lambda found: found[0].upper(), text[0].upper() + text[1:])
    return sentences if sentences[-1] in ".?!" else f"{sentences}."
