"""What a rule can see: the names and fields of the CEL context, each with its default, and how a post fills them.

`SCHEMA` is the one list: conditions, rule tests and the documentation are checked against it. Everything is as of
the post that is judged; times are the post's own, never the wall clock, so a replay sees what the first run saw.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from feuerwache.common.calendar.holiday import holidays_of
from feuerwache.common.calendar.timeclass import DEFAULT_HOURS, SATURDAY, between
from feuerwache.common.config.community import Community
from feuerwache.common.events.classification import Classification, Label
from feuerwache.common.events.post import Post

Fields = dict[str, Any]
Context = dict[str, Fields]

#: name → field → default. The default's type is the field's type. A neutral, established author; a quiet thread.
SCHEMA: Context = {
    "post": {
        "text": "",
        "length": 0,
        "words": 0,
        "capitals": 0.0,  # share of upper-case letters among its letters
        "links": [],
        "link_count": 0,
        "is_reply": False,
        "language": "und",
        "revision": 0,
        "reach": 0,
        "visibility": "public",
        "platform": "",
    },
    "labels": {label.value: 0.0 for label in Label},
    "author": {
        "age_days": 365,  # since the first post seen here
        "account_age_days": -1,  # as the platform says; -1 where it does not
        "first_post": False,
        "posts_1m": 0,
        "posts_5m": 0,
        "posts_1h": 0,
        "posts_24h": 0,
        "posts_7d": 0,
        "posts_30d": 0,
        "posts_365d": 0,
        "posts_total": 0,
        "violations_24h": 0,
        "violations_7d": 0,
        "violations_30d": 0,
        "violations_90d": 0,
        "violations_365d": 0,
        "warnings_24h": 0,
        "warnings_30d": 0,
        "warnings_90d": 0,
        "warnings_365d": 0,
        "restrictions_30d": 0,
        "restrictions_90d": 0,
        "restrictions_365d": 0,
        "reports_24h": 0,
        "reports_7d": 0,
        "reports_30d": 0,
        "reports_90d": 0,
        "reports_365d": 0,
        "reports_upheld_30d": 0,
        "reports_upheld_90d": 0,
        "reports_upheld_365d": 0,
        "reports_refused_90d": 0,
        "reported_posts_30d": 0,
        "standing": "normal",  # a human's word: trusted, normal, restricted, banned
        "restricted": False,  # now, by a human or by the ladder
        "trust": 0.5,
        "points": 0.0,  # in force on the community's ladder, 0 without one
        "feuds_24h": 0,
        "brand_communities": 1,
        "brand_violations_90d": 0,
        "brand_warnings_90d": 0,
        "brand_restrictions_90d": 0,
        "brand_duplicates_24h": 0,
        "step": "",  # the last one there: hint, warning, restriction, ban_proposal
    },
    "thread": {"posts_1h": 0, "authors_1h": 0, "negative_1h": 0, "hostile_1h": 0, "feud_24h": 0},
    "community": {
        "id": "",
        "brand": "",
        "language": "de",
        "incident": False,  # something burns here, or elsewhere in the brand
        "incident_kinds": [],
        "incident_severity": "",  # the worst: low, high, critical
        "incident_minutes": 0,  # since the first of them began
    },
    "matched": {
        "watchlists": [],
        "near_duplicates": 0,
        "near_duplicate_authors": 0,
        "own_duplicates": 0,
        "own_duplicate_threads": 0,
    },
    "time": {"hour": 12, "weekend": False, "night": False, "holiday": False, "office_hours": True},
}

#: Fields of `author` that are no part of the journal: community state, approximate by nature. Whoever judges a post
#: again takes them from the evidence of the first time, like `thread` and `matched`.
SHARED_AUTHOR_FIELDS = frozenset(
    {"feuds_24h", *(field for field in SCHEMA["author"] if field.startswith("brand_"))},
)

#: Fields of `post` that are counted in its text, character by character.
COUNTED = frozenset({"length", "words", "capitals"})

#: Local hours in which it is night.
NIGHT_FROM, NIGHT_UNTIL = 22, 6


def defaults() -> Context:
    """A context in which nothing is remarkable."""
    return {name: dict(fields) for name, fields in SCHEMA.items()}


def post_fields(
    post: Post, classification: Classification, platform: str, seen: Collection[str] = SCHEMA["post"]
) -> Fields:
    """`seen` are the fields that somebody looks at: what has to be counted in the text is left out otherwise."""
    return {
        "text": post.text,
        **({} if COUNTED.isdisjoint(seen) else text_fields(post.text)),
        "links": list(post.links),
        "link_count": len(post.links),
        "is_reply": post.parent_id is not None,
        "language": classification.language,
        "revision": post.revision,
        "reach": post.reach or 0,
        "visibility": post.visibility.value,
        "platform": platform,
    }


def label_fields(labels: Mapping[str, float]) -> Fields:
    """Every label of the house, 0.0 where the classifier said nothing; labels it does not know are left out."""
    return {name: float(labels.get(name, 0.0)) for name in SCHEMA["labels"]}


def text_fields(text: str) -> Fields:
    """What follows from the text alone. `capitals` is 0.0 where there are no letters."""
    upper = letters = 0
    for character in set(text):  # a long text has few different characters, and counting one of them is quick
        if character.isalpha():
            count = text.count(character)
            letters += count
            upper += count if character.isupper() else 0
    return {"length": len(text), "words": len(text.split()), "capitals": upper / letters if letters else 0.0}


def time_fields(at: datetime, zone: ZoneInfo, region: str) -> Fields:
    """The local time of the community at the instant `at`; holidays are those of its region.

    Office hours are on working days, as `calendar.timeclass` has them: 8 to 18.
    """
    local = at.astimezone(zone)
    weekend, holiday = local.weekday() >= SATURDAY, _holiday(region, local.date())
    office = between(local.time(), DEFAULT_HOURS.office_from, DEFAULT_HOURS.office_to)
    return {
        "hour": local.hour,
        "weekend": weekend,
        "night": is_night(local.hour),
        "holiday": holiday,
        "office_hours": office and not weekend and not holiday,
    }


def is_night(hour: int) -> bool:
    return hour >= NIGHT_FROM or hour < NIGHT_UNTIL


@lru_cache(maxsize=1 << 12)
def _holiday(region: str, day: date) -> bool:
    """Asked for every post, of a few regions and days."""
    return holidays_of(region)(day)


def community_fields(community: Community) -> Fields:
    """Quiet; what burns there is added by `Docket.opened`."""
    return {
        "id": community.id,
        "brand": community.brand,
        "language": community.language,
        "incident": False,
        "incident_kinds": [],
        "incident_severity": "",
        "incident_minutes": 0,
    }


def minute_of(at: datetime) -> datetime:
    """The minute of event time, UTC, seconds zero."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)
