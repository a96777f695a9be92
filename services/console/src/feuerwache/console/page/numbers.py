"""Numbers and times as the reader's language and zone write them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from feuerwache.common.events.alarm import Figures
from feuerwache.console.page.wording import Words

#: Stands between a number and its unit.
NO_BREAK = "\u00a0"
SAID = 3


def number(value: float, words: Words) -> str:
    """Whole from ten on, one decimal below: 1.234 and 2,5 in German."""
    text = f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:,.1f}"
    whole, _, rest = text.partition(".")
    whole = whole.replace(",", words.thousands)
    return f"{whole}{words.decimal}{rest}" if rest else whole


def percent(share: float) -> str:
    return f"{round(100 * share)}{NO_BREAK}%"


def clock_time(at: datetime, now: datetime, zone: ZoneInfo, words: Words) -> str:
    """ "22:14 Uhr" today, "Sa 14.11., 22:14 Uhr" on any other day of the reader's zone."""
    local = at.astimezone(zone)
    time = local.strftime(words.time)
    if local.date() == now.astimezone(zone).date():
        return time
    return f"{words.weekdays[local.weekday()]} {local.strftime(words.date)}, {time}"


def figures_line(figures: Figures, words: Words) -> str:
    """ "214 Beiträge in 15 min, üblich 12; 61 % negativ; am häufigsten: Rückruf, Lieferung"."""
    ui, parts = words.ui, []
    if figures.posts is not None and figures.window_minutes is not None:
        volume = ui["figures_line"].format(
            posts=number(figures.posts, words), minutes=number(figures.window_minutes, words)
        )
        if figures.usual_posts is not None:
            volume += ", " + ui["usually_line"].format(usual=number(figures.usual_posts, words))
        parts.append(volume)
    if figures.negative_share is not None:
        negative = ui["negative_line"].format(share=round(100 * figures.negative_share))
        if figures.usual_negative_share is not None:
            negative += ", " + ui["usually_line"].format(usual=percent(figures.usual_negative_share))
        parts.append(negative)
    if figures.most_said:
        parts.append(ui["said_line"].format(words=", ".join(figures.most_said[:SAID])))
    return "; ".join(parts) or ui["no_figures"]


def figure_rows(figures: Figures, words: Words) -> list[tuple[str, str]]:
    """Every number there is, with its name, in reading order."""
    rows = []
    for field, name in words.figure.items():
        value = getattr(figures, field)
        if value is None or (field == "posts" and figures.window_minutes is None):
            continue
        title = name.format(minutes=number(figures.window_minutes or 0, words))
        rows.append((title, with_unit(field, value, words)))
    return rows


def with_unit(field: str, value: float, words: Words) -> str:
    if field.endswith("_share"):
        return percent(value)
    return f"{number(value, words)}{NO_BREAK}min" if field.endswith("_minutes") else number(value, words)
