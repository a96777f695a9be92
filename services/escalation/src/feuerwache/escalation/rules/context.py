"""What a rule can see: the names and fields of the CEL context, each with its default, and how a post fills them.

`SCHEMA` is the one list: conditions, rule tests and the documentation are checked against it. Everything is as of
the post that is judged; times are the post's own, never the wall clock, so a replay sees what the first run saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

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
        "step": "",  # the last one there: hint, warning, restriction, ban_proposal
    },
    "thread": {"posts_1h": 0, "authors_1h": 0, "negative_1h": 0, "hostile_1h": 0, "feud_24h": 0},
    "community": {"id": "", "brand": "", "language": "de"},
    "matched": {
        "watchlists": [],
        "near_duplicates": 0,
        "near_duplicate_authors": 0,
        "own_duplicates": 0,
        "own_duplicate_threads": 0,
    },
    "time": {"hour": 12, "weekend": False, "night": False},
}

#: Fields of `author` that are no part of the journal: community state, approximate by nature. Whoever judges a post
#: again takes them from the evidence of the first time, like `thread` and `matched`.
SHARED_AUTHOR_FIELDS = frozenset({"feuds_24h"})

#: Local hours in which it is night.
NIGHT_FROM, NIGHT_UNTIL = 22, 6


def defaults() -> Context:
    """A context in which nothing is remarkable."""
    return {name: dict(fields) for name, fields in SCHEMA.items()}


def post_fields(post: Post, classification: Classification, platform: str) -> Fields:
    return {
        "text": post.text,
        "length": len(post.text),
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


def time_fields(at: datetime, zone: ZoneInfo) -> Fields:
    """The local time of the community at the instant `at`."""
    local = at.astimezone(zone)
    return {
        "hour": local.hour,
        "weekend": local.weekday() >= 5,
        "night": local.hour >= NIGHT_FROM or local.hour < NIGHT_UNTIL,
    }


def community_fields(community: Community) -> Fields:
    return {"id": community.id, "brand": community.brand, "language": community.language}


def minute_of(at: datetime) -> datetime:
    """The minute of event time, UTC, seconds zero."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)
