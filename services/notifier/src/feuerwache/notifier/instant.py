"""Times as people type them on the command line. Pure: zone and present are handed in.

    2026-11-14T21:00         by the clock of the zone
    2026-11-14T21:00+01:00   an instant
    2026-11-14               the whole day: its beginning as a start, its end as an end
    now, 3h, 1h30m           the present, and that long after it

A wall-clock time that comes twice or never on a changeover Sunday is refused: nobody knows which one was meant.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feuerwache.common.calendar.wallclock import instant_of
from feuerwache.common.config.duration import parse

HOW = "2026-11-14T21:00 by the schedule's clock, with an offset, a date, a duration such as 3h, or now"


def instant(text: str, zone: ZoneInfo, now: datetime, *, ends: bool = False) -> datetime:
    """The instant (in `zone`). `ends`: it closes a span, so a date means its end. Raises `ValueError`."""
    text = text.strip()
    if text == "now":
        return now.astimezone(zone)
    if text[:1].isdigit() and text[-1:] in ("h", "m", "s"):
        lasting = parse(text)
        assert isinstance(lasting, timedelta)
        return (now + lasting).astimezone(zone)
    try:
        if len(text) == len("2026-11-14"):
            day = date.fromisoformat(text) + timedelta(days=1 if ends else 0)
            return instant_of(day, time(0), zone).astimezone(zone)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no time; write {HOW}") from error
    return moment.astimezone(zone) if moment.tzinfo is not None else _on_the_wall(moment, zone)


def _on_the_wall(wall: datetime, zone: ZoneInfo) -> datetime:
    early, late = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return early
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise ValueError(f"{wall:%Y-%m-%dT%H:%M} does not exist in {zone.key}: the clocks go forward then")
    raise ValueError(
        f"{wall:%Y-%m-%dT%H:%M} comes twice in {zone.key}; write {early.isoformat()} for the first of the two, "
        f"{late.isoformat()} for the second"
    )
