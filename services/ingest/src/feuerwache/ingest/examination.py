"""Looks at one raw item and says what it is, or everything that is wrong with it. Pure: the time is handed in.

The same examination serves every way in, so HTTP, gRPC and Kafka give the same answer to the same item.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.problem import Problem, problems_of, shown
from feuerwache.ingest.submission import APPEAL, KINDS, Submission, SubmittedAppeal, SubmittedAuthor, SubmittedPost

#: More fields than any item knows: each one that is not known would cost a problem of its own.
MOST_FIELDS = 64
#: How far a platform's clock may be ahead of ours.
AHEAD = timedelta(minutes=5)
#: Nothing that a brand's community holds is older; earlier times are unset fields (1970) or misread units.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Examined:
    """A valid item with the integration's defaults filled in."""

    submission: Submission
    platform: str
    community: str


def examine(item: Item, integration: Integration, now: datetime) -> Examined | tuple[Problem, ...]:
    if item.problems:
        return item.problems
    data = item.data
    if not isinstance(data, Mapping):
        return (Problem("wrong_type", "", "is not an object", "send each item as a JSON object"),)
    if len(data) > MOST_FIELDS:
        return (Problem("too_many", "", f"has more than {MOST_FIELDS} fields", "send the fields of the description"),)
    kind = item.kind or data.get("kind", "post")
    model = SubmittedAppeal if item.kind == APPEAL else KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        names = ", ".join(KINDS)
        return (Problem("wrong_value", "kind", f"is not one of {names}", "send one of these", shown("kind", kind)),)
    fields = dict(data)
    if model is not SubmittedPost:
        fields.setdefault("kind", kind)
    if item.time is not None:
        fields.setdefault(model.WHEN, item.time)
    try:
        submission = model.model_validate(fields)
    except ValidationError as error:
        return problems_of(error, model)
    place = _place(submission, integration)
    problems = (*_times(submission, now), *(() if isinstance(place, Examined) else place))
    return problems or place


def _place(submission: Submission, integration: Integration) -> Examined | tuple[Problem, ...]:
    """Whether this integration may speak for that platform and community."""
    problems: list[Problem] = []
    platform = submission.platform or integration.platform
    if platform != integration.platform:
        problems.append(
            Problem(
                "foreign_platform",
                "platform",
                "is not this integration's platform",
                f"send {integration.platform} or leave it out",
                shown("platform", platform),
            )
        )
    community = submission.community or (integration.communities[0] if len(integration.communities) == 1 else None)
    if community is None:
        problems.append(Problem("missing_field", "community", "is missing", "this integration has several: name one"))
    elif community not in integration.communities:
        problems.append(
            Problem(
                "foreign_community",
                "community",
                "is not one this token may write to",
                "send one of the integration's communities (config/integrations.yaml), or use the right token",
                shown("community", community),
            )
        )
    if problems or community is None:
        return tuple(problems)
    return Examined(submission, platform, community)


def _times(submission: Submission, now: datetime) -> tuple[Problem, ...]:
    instants: dict[str, datetime | None] = {submission.WHEN: getattr(submission, submission.WHEN)}
    if isinstance(submission, SubmittedPost):
        instants["edited_at"] = submission.edited_at
        author: SubmittedAuthor = submission.author
        instants["author.created_at"] = author.created_at
    problems = []
    for field, instant in instants.items():
        if instant is None:
            continue
        if instant > now + AHEAD:
            reason = f"lies in the future; here it is {now:%Y-%m-%dT%H:%M:%SZ}"
            fix = "check the sender's clock and time zone"
            problems.append(Problem("time_in_future", field, reason, fix, instant.isoformat()))
        elif instant < EARLIEST:
            fix = "send the real time; an unset field often reads as 1970"
            problems.append(Problem("time_too_old", field, "lies before the year 2000", fix, instant.isoformat()))
    return tuple(problems)
