"""Things an integration might send, good and bad, with the exact answer each must get over every way in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

#: What the clock says while these are examined.
NOW = datetime(2026, 11, 14, 21, 0, tzinfo=UTC)
COMMUNITY = "morgenrot-forum"


def post(post_id: str = "p-1", **fields: Any) -> dict[str, Any]:
    """A valid post with some fields replaced; None takes a field away."""
    whole = {
        "community": COMMUNITY,
        "post_id": post_id,
        "author": {"id": "a-1", "handle": "kaffeetante", "display_name": "Jördis"},
        "text": "Meine Aurora macht heute keinen Kaffee mehr. 😤",
        "created_at": "2026-11-14T20:59:00Z",
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not None}


@dataclass(frozen=True)
class Bad:
    """`only_json`: cannot be said in protobuf, whose types rule it out."""

    name: str
    data: Any
    code: str
    field: str
    reason: str
    fix: str
    value: str | None = None
    only_json: bool = False
    secret: str = ""


_TIME_FIX = "send RFC 3339 with a zone, as in 2026-11-14T22:05:00+01:00"
_CLOCK = "check the sender's clock and time zone"
_UNSET = "send the real time; an unset field often reads as 1970"
_SEE = "send only posts in which there is something to read"
_CONTROL = "remove it; tab and line breaks are allowed in texts"

BAD: tuple[Bad, ...] = (
    Bad("no object", "ein Text", "wrong_type", "", "is not an object", "send each item as a JSON object", None, True),
    Bad("no post id", post(post_id=None), "missing_field", "post_id", "is missing", "send it"),  # type: ignore[arg-type]
    Bad("blank post id", post("\u200b"), "blank", "post_id", "is blank", "send the platform's own id", "�"),
    Bad(
        "number as id",
        post(post_id=17),  # type: ignore[arg-type]
        *("wrong_type", "post_id", "is not a string", "send a JSON string, ids in quotes too", "17", True),
    ),
    Bad(
        "long id",
        post("x" * 201),
        *("too_long", "post_id", "is longer than 200 characters", "shorten it", "x" * 59 + "…"),
    ),
    Bad(
        "separator in id",
        post("a\x1fb"),
        *("control_character", "post_id", "holds the control character U+001F at position 1", _CONTROL, "a�b"),
    ),
    Bad("no author", post(author=None), "missing_field", "author", "is missing", "send it"),
    Bad("author without id", post(author={"handle": "x"}), "missing_field", "author.id", "is missing", "send it"),
    Bad(
        "misspelt field",
        post(createdAt="2026-11-14T20:59:00Z"),
        *("unknown_field", "createdAt", "is not a known field", "did you mean created_at?", None, True),
    ),
    Bad(
        "unknown field",
        post(sentiment="böse"),
        *("unknown_field", "sentiment", "is not a known field", "leave it out", None, True),
        secret="böse",
    ),
    Bad(
        "unknown author field",
        post(author={"id": "a-1", "handel": "kaffeetante"}),
        *("unknown_field", "author.handel", "is not a known field", "did you mean handle?", None, True),
        secret="kaffeetante",
    ),
    Bad("no text", post(text=None), "missing_field", "text", "is missing", "send it"),
    Bad(
        "nothing visible",
        post(text="\u200b\u200d\u2060 \u00ad\ufeff\u3164\u2800\ufe0f\n"),
        *("text_invisible", "text", "has no visible character", _SEE),
    ),
    Bad(
        "too long",
        post(text="ä" * 40_001),
        *("too_long", "text", "is longer than 40000 characters", "shorten it"),
        secret="ää",
    ),
    Bad(
        "NUL",
        post(text="Kaffee\x00tasse"),
        *("control_character", "text", "holds the control character U+0000 at position 6", _CONTROL),
        secret="Kaffee",
    ),
    Bad("no time", post(created_at=None), "missing_field", "created_at", "is missing", "send it"),
    Bad(
        "future",
        post(created_at="2026-11-14T21:05:01Z"),
        *("time_in_future", "created_at", "lies in the future; here it is 2026-11-14T21:00:00Z", _CLOCK),
        "2026-11-14T21:05:01+00:00",
    ),
    Bad(
        "1970",
        post(created_at="1970-01-01T00:00:01Z"),
        *("time_too_old", "created_at", "lies before the year 2000", _UNSET, "1970-01-01T00:00:01+00:00"),
    ),
    Bad(
        "no zone",
        post(created_at="2026-11-14T20:59:00"),
        *("time_without_zone", "created_at", "has no time zone"),
        *("append Z or an offset, as in 2026-11-14T22:05:00+01:00", "2026-11-14T20:59:00", True),
    ),
    Bad(
        "seconds",
        post(created_at=1_794_690_000),
        *("wrong_type", "created_at", "is a number", _TIME_FIX, "1794690000", True),
    ),
    Bad(
        "no time at all",
        post(created_at="gestern"),
        *("wrong_type", "created_at", "is not a time", _TIME_FIX, "gestern", True),
    ),
    Bad(
        "author of the future",
        post(author={"id": "a-1", "created_at": "2027-01-01T00:00:00Z"}),
        *("time_in_future", "author.created_at", "lies in the future; here it is 2026-11-14T21:00:00Z", _CLOCK),
        "2027-01-01T00:00:00+00:00",
    ),
    Bad(
        "revision below 0",
        post(revision=-1),
        *("wrong_value", "revision", "is below 0", "send 0 or more", "-1"),
    ),
    Bad(
        "revision in quotes",
        post(revision="1"),
        *("wrong_type", "revision", "is not a whole number", "send a JSON number without quotes", "1", True),
    ),
    Bad(
        "foreign community",
        post(community="morgenrot-facebook"),
        *("foreign_community", "community", "is not one this token may write to"),
        "send one of the integration's communities (config/integrations.yaml), or use the right token",
        "morgenrot-facebook",
    ),
    Bad(
        "foreign platform",
        post(platform="facebook"),
        *("foreign_platform", "platform", "is not this integration's platform", "send forum or leave it out"),
        "facebook",
    ),
)
