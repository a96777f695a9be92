"""The numbers of an alarm as tiles, and times as short as the reader's day allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from feuerwache.common.events.alarm import Figures
from feuerwache.common.wording.clause import usually, window
from feuerwache.common.wording.numeral import moment, number, percent, span
from feuerwache.common.wording.tongue import TONGUES, Tongue
from feuerwache.console.page.wording import Words

#: What is shown in reading order, and what it is compared with. The window stands in a name; the most said words, what
#: was done and who writes stand in lines of their own.
SHOWN = {
    "posts": "usual_posts",
    "negative_share": "usual_negative_share",
    "negative": "",
    "doubling_minutes": "",
    "reports": "usual_reports",
    "reporters": "",
    "hostile_share": "",
    "hostile": "",
    "depth": "",
    "term_posts": "usual_term_posts",
    "copies": "",
    "copy_authors": "",
    "forth": "",
    "back": "",
    "open_complaints": "",
    "oldest_complaint_minutes": "",
    "silent_minutes": "usual_gap_minutes",
    "reach": "",
    "bar": "",
    "surprise": "",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One number with its name; `usual` is empty where there is nothing to compare it with."""

    name: str
    value: str
    usual: str = ""


def clock_time(at: datetime, now: datetime, zone: ZoneInfo, words: Words) -> str:
    """ "22:14 Uhr" today, "Sa., 14.11., 22:14 Uhr" on any other day of the reader's zone."""
    local, tongue = at.astimezone(zone), TONGUES[words.language]
    if local.date() == now.astimezone(zone).date():
        return local.strftime(tongue.time)
    return moment(local, tongue)


def facts(figures: Figures, tongue: Tongue) -> tuple[Fact, ...]:
    """Every number there is; a bar that was not raised is none."""
    found = []
    for field, partner in SHOWN.items():
        value = getattr(figures, field)
        if value is None or (field == "bar" and value == 1):
            continue
        usual = getattr(figures, partner) if partner else None
        found.append(
            Fact(
                tongue.figure[field].format(window=window(figures, tongue)),
                with_unit(field, value, tongue),
                compared(partner, usual, tongue) if usual is not None else "",
            )
        )
    return tuple(found)


def with_unit(field: str, value: float, tongue: Tongue) -> str:
    if field.endswith("_share"):
        return percent(value)
    if field.endswith("_minutes"):
        return span(value, tongue)
    return tongue.phrase["times"].format(count=number(value, tongue)) if field == "bar" else number(value, tongue)


def compared(field: str, value: float, tongue: Tongue) -> str:
    """ "sonst 12", "sonst 9 %"."""
    if field.endswith(("_share", "_minutes")):
        return tongue.phrase["usual"].format(usual=with_unit(field, value, tongue))
    return usually(value, tongue)
