"""The parts of the sentence that carries an alarm, one function each; empty when the numbers for it are not known.

No part quotes a post: what was said most and what a topic is called pass only as ordinary single words (no links, no
handles, no digits, nothing long), because these lines travel by mail.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from feuerwache.common.events.alarm import Figures
from feuerwache.common.events.classification import Label
from feuerwache.common.wording.numeral import counted, number, percent, span
from feuerwache.common.wording.tongue import Tongue

#: Of the alarm's `about`, its figures and the language.
Clause = Callable[[str, Figures, Tongue], str]

PLAIN_WORD = re.compile(r"[^\W\d_]{2,24}(-[^\W\d_]{1,24})?")
MOST_SAID = 3
#: Less than this is usually nothing, to a person.
HARDLY = 0.5
#: How platforms write themselves, found in the ids of integrations ("morgenrot-facebook").
PLATFORMS = {
    name.lower(): name
    for name in ("Facebook", "Instagram", "Threads", "Discourse", "Reddit", "YouTube", "TikTok", "LinkedIn", "Mastodon")
}


def volume(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "214 Beiträge in 15 Min., sonst 12"."""
    if figures.posts is None:
        return ""
    return counted(figures.posts, "post", tongue) + window(figures, tongue) + usual(figures.usual_posts, tongue)


def thread(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "84 Antworten in 15 Min., sonst 3"."""
    if figures.posts is None:
        return ""
    return counted(figures.posts, "answer", tongue) + window(figures, tongue) + usual(figures.usual_posts, tongue)


def negativity(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "61 % negativ (sonst 9 %)"."""
    if figures.negative_share is None:
        return ""
    said = tongue.phrase["negative"].format(share=percent(figures.negative_share))
    if figures.usual_negative_share is None:
        return said
    return said + tongue.phrase["usual_share"].format(share=percent(figures.usual_negative_share))


def growth(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "verdoppelt sich alle 6 Min."; nothing for what does not grow."""
    minutes = figures.doubling_minutes
    if minutes is None or not math.isfinite(minutes) or minutes <= 0:
        return ""
    if number(minutes, tongue) == "1":
        return tongue.phrase["growth_minute"]
    return tongue.phrase["growth"].format(span=span(minutes, tongue))


def said(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "am häufigsten: Rückruf, Lieferung"."""
    words = plain_words(figures)
    return tongue.phrase["said"].format(words=", ".join(words)) if words else ""


def plain_words(figures: Figures) -> list[str]:
    """The most said words that may travel, three at most."""
    return [word for word in figures.most_said if PLAIN_WORD.fullmatch(word)][:MOST_SAID]


def reports(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "38 Meldungen von 25 Personen in 15 Min., sonst 1"; nothing when nobody reported."""
    if not figures.reports:
        return ""
    text = counted(figures.reports, "report", tongue)
    if figures.reporters:
        text += tongue.phrase["reporters"].format(people=counted(figures.reporters, "person", tongue))
    return text + window(figures, tongue) + usual(figures.usual_reports, tongue)


def hostility(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "61 % feindselig", or the count where no share is known."""
    if figures.hostile_share is not None:
        return tongue.phrase["hostile"].format(share=percent(figures.hostile_share))
    if figures.hostile is not None:
        return tongue.phrase["hostile_count"].format(count=number(figures.hostile, tongue))
    return ""


def depth(_: str, figures: Figures, tongue: Tongue) -> str:
    if not figures.depth:
        return ""
    return tongue.phrase["depth"].format(levels=counted(figures.depth, "level", tongue))


def silence(about: str, figures: Figures, tongue: Tongue) -> str:
    """ "Seit 47 Min. kommt nichts mehr von Facebook". `about` is the integration's id."""
    phrase, source = tongue.phrase, integration(about)
    if figures.silent_minutes is None:
        return phrase["silence_open"].format(source=source) if source else ""
    name = "silence" if source else "silence_all"
    return phrase[name].format(span=span(figures.silent_minutes, tongue, dative=True), source=source)


def gap(_: str, figures: Figures, tongue: Tongue) -> str:
    if figures.usual_gap_minutes is None:
        return ""
    return tongue.phrase["gap"].format(span=span(figures.usual_gap_minutes, tongue))


def topic(about: str, figures: Figures, tongue: Tongue) -> str:
    """ "„Rückruf“ in 48 von 120 Beiträgen, sonst in 1"."""
    if figures.term_posts is None:
        return ""
    name = "topic" if PLAIN_WORD.fullmatch(about) else "topic_unnamed"
    whole = figures.posts if figures.posts is not None else figures.term_posts
    text = tongue.phrase[name if figures.posts is None else f"{name}_of"].format(
        word=about, count=number(figures.term_posts, tongue), posts=counted(whole, "of_posts", tongue)
    )
    if figures.usual_term_posts is None:
        return text
    if figures.usual_term_posts < HARDLY:
        return text + tongue.phrase["hardly_ever"]
    return text + tongue.phrase["usual_term"].format(usual=number(figures.usual_term_posts, tongue))


def copies(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "23 fast gleiche Beiträge von 19 Konten (14 neu) in 1 Std."."""
    if figures.copies is None:
        return ""
    text = counted(figures.copies, "copy", tongue)
    if figures.copy_authors is not None:
        text = tongue.phrase["copies"].format(copies=text, accounts=counted(figures.copy_authors, "account", tongue))
        if figures.new_authors is not None:
            text += tongue.phrase["new_of"].format(count=number(figures.new_authors, tongue))
    return text + window(figures, tongue)


def feud(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "14 feindselige Antworten hin, 11 zurück"."""
    if figures.forth is None or figures.back is None:
        return ""
    forth = counted(figures.forth, "hostile_answer", tongue)
    return tongue.phrase["feud"].format(forth=forth, back=number(figures.back, tongue)) + window(figures, tongue)


def complaints(_: str, figures: Figures, tongue: Tongue) -> str:
    if figures.open_complaints is None:
        return ""
    return tongue.phrase["complaints"].format(complaints=counted(figures.open_complaints, "complaint", tongue))


def oldest(_: str, figures: Figures, tongue: Tongue) -> str:
    if figures.oldest_complaint_minutes is None:
        return ""
    return tongue.phrase["oldest"].format(span=span(figures.oldest_complaint_minutes, tongue, dative=True))


def post(about: str, _: Figures, tongue: Tongue) -> str:
    """What a single post asks for, by its label."""
    return tongue.post.get(Label(about), tongue.phrase["post"]) if about in set(Label) else tongue.phrase["post"]


def declared(about: str, _: Figures, tongue: Tongue) -> str:
    """`about` is the note of the person who declared it."""
    note = " ".join(about.split())
    return tongue.phrase["declared_note"].format(note=note) if note else tongue.phrase["declared"]


def nobody(_about: str, _figures: Figures, tongue: Tongue) -> str:
    return tongue.phrase["nobody"]


def rule_paused(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "200 Beiträge in 1 Std., mehr darf die Regel nicht; was sie jetzt trifft, geht zur Durchsicht"."""
    if figures.posts is None:
        return tongue.phrase["rule_paused_open"]
    return tongue.phrase["rule_paused"].format(
        posts=counted(figures.posts, "post", tongue) + window(figures, tongue),
    )


def drill(_about: str, _figures: Figures, tongue: Tongue) -> str:
    return tongue.phrase["drill"]


def people(_: str, figures: Figures, tongue: Tongue) -> str:
    """Who is posting: "388 Personen, 41 zum ersten Mal hier, 120 Stammgäste"."""
    parts = [] if figures.authors is None else [counted(figures.authors, "person", tongue)]
    if figures.new_authors is not None:
        parts.append(tongue.phrase["newcomers"].format(count=number(figures.new_authors, tongue)))
    if figures.regular_authors is not None:
        parts.append(counted(figures.regular_authors, "regular", tongue))
    return ", ".join(parts)


def reach(_: str, figures: Figures, tongue: Tongue) -> str:
    return tongue.phrase["reach"].format(count=number(figures.reach, tongue)) if figures.reach else ""


def window(figures: Figures, tongue: Tongue) -> str:
    """ " in 15 Min.", with the blank before it; empty when the window is not known."""
    if not figures.window_minutes:
        return ""
    return tongue.phrase["window"].format(span=span(figures.window_minutes, tongue, dative=True))


def usual(value: float | None, tongue: Tongue) -> str:
    """ ", sonst 12"; empty when it is not known."""
    return f", {usually(value, tongue)}" if value is not None else ""


def usually(value: float, tongue: Tongue) -> str:
    """ "sonst 12", "sonst fast keine"."""
    said = tongue.phrase["hardly_any"] if value < HARDLY else number(value, tongue)
    return tongue.phrase["usual"].format(usual=said)


def integration(about: str) -> str:
    """ "Facebook" for "morgenrot-facebook"; an id without a known platform stays as it is."""
    known = (PLATFORMS.get(part) for part in re.split(r"[^a-z0-9]+", about.lower()))
    return next((name for name in known if name), about)
