"""Why YouTube gave nothing, and how long it wants to be left alone. Pure.

`quotaExceeded` (403) by https://developers.google.com/youtube/v3/docs/errors; that the day's quota is given out again
at midnight, Pacific time, by https://developers.google.com/youtube/v3/determine_quota_cost. The reasons for "too fast"
are those of Google's APIs in general; YouTube's page does not name them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from feuerwache.ingest.adapters.adapter import Ask, Fetched, Page, Wait
from feuerwache.ingest.adapters.document import document, inside, objects, text
from feuerwache.ingest.adapters.youtube_memory import Memory
from feuerwache.ingest.envelope import Unreadable

#: Where a day of the quota ends at midnight.
ZONE = "America/Los_Angeles"
QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
RATE = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
#: The day's quota is gone: until midnight; but somebody may have raised it, and one unit an hour is nothing.
LOOK_AGAIN = timedelta(hours=1)
REFUSED_SECONDS = 600.0


def refused(memory: Memory, asked: Ask, answer: Fetched, now: datetime) -> Page:
    """Why YouTube gave nothing. A token it takes no more (they are not kept for ever) is dropped: the list is read from
    its top."""
    said = reasons(answer.body)
    if said & QUOTA:
        wait = Wait("quota", until=min(midnight(now), now + LOOK_AGAIN))
    elif said & RATE or answer.status == 429 or answer.status >= 500:
        wait = Wait("rate")
    elif answer.status in {400, 404} and asked.fetch.note.get("token"):
        if asked.fetch.note["what"] == "threads":
            memory.page = ""
        else:
            memory.replies.pop(asked.fetch.note["of"], None)
        wait = Wait("page")
    else:
        wait = Wait("refused", seconds=REFUSED_SECONDS)
    return Page((), memory.cursor(), wait=wait)


def reasons(body: bytes) -> set[str]:
    """Why, as Google's APIs write it: `error.errors[].reason`."""
    try:
        errors = objects(inside(document(body), "error"), "errors")
    except Unreadable:
        return set()
    return {reason for each in errors if (reason := text(each, "reason")) is not None}


def midnight(now: datetime) -> datetime:
    """When the day's quota is given out again: https://developers.google.com/youtube/v3/determine_quota_cost."""
    there = now.astimezone(ZoneInfo(ZONE))
    tomorrow = there.date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=there.tzinfo).astimezone(now.tzinfo)
