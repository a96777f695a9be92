"""Numbers, spans and times as a language writes them, with the noun in the right number."""

from __future__ import annotations

from datetime import datetime

from feuerwache.common.wording.tongue import Tongue

#: Stands between a number and its unit, so that a narrow screen does not tear them apart.
NO_BREAK = "\u00a0"
HOUR, DAY = 60, 24 * 60


def number(value: float, tongue: Tongue) -> str:
    """Whole from ten on, one decimal below, as the language writes it: 1.234 and 2,5 in German."""
    rounded = round(value) if abs(value) >= 10 else round(value, 1)
    text = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.1f}"
    whole, _, rest = text.partition(".")
    whole = whole.replace(",", tongue.thousands)
    return f"{whole}{tongue.decimal}{rest}" if rest else whole


def percent(share: float) -> str:
    """A share of 0..1: "61 %"."""
    return f"{round(100 * share)}{NO_BREAK}%"


def counted(value: float, noun: str, tongue: Tongue) -> str:
    """ "1 Beitrag", "1.240 Beiträge"."""
    one, many = tongue.noun[noun]
    text = number(value, tongue)
    return f"{text}{NO_BREAK}{one if text == '1' else many}"


def span(minutes: float, tongue: Tongue, *, spelled: bool = False, dative: bool = False) -> str:
    """ "40 Sek.", "4,5 Min.", "47 Min.", "3 Std. 10 Min.", "3 Tage"; spelled: "47 Minuten", "1 Stunde".

    `dative`: after "seit", "vor" and "in", where German says "3 Tagen".
    """
    form = "" if spelled else "_short"
    if minutes < 1:
        return counted(max(1, round(60 * minutes)), f"second{form}", tongue)
    whole = round(minutes)
    if whole < 2 * HOUR and whole != HOUR:
        return counted(minutes, f"minute{form}", tongue)
    if whole < 2 * DAY:
        hours, rest = divmod(whole, HOUR)
        text = counted(hours, f"hour{form}", tongue)
        return f"{text} {counted(rest, f'minute{form}', tongue)}" if rest else text
    return counted(round(whole / DAY), "day_dative" if dative else f"day{form}", tongue)


def moment(at: datetime, tongue: Tongue) -> str:
    """ "Sa., 21.11., 22:14 Uhr" for a time that already stands in the reader's zone."""
    return f"{day(at, tongue)}, {at.strftime(tongue.time)}"


def day(at: datetime, tongue: Tongue) -> str:
    """ "Sa., 21.11." and "Sat 21 Nov"."""
    gap = ", " if tongue.language == "de" else " "
    return f"{tongue.weekdays[at.weekday()]}{gap}{at.strftime(tongue.date)}"
