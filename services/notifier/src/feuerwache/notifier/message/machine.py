"""A page for machines: plain JSON values, the same facts as in the mail. No text of a post, plain words only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from feuerwache.common.events.page import PageRequested, PageSubject
from feuerwache.common.wording.clause import plain_words


def data(
    page_id: UUID,
    page: PageRequested,
    *,
    link: str,
    links: Mapping[UUID, str],
    subject: str,
    summary: str,
    summaries: Sequence[str],
    helplines: Sequence[dict[str, Any]],
    possible_repeat: bool,
) -> dict[str, Any]:
    """`summary` is what burns in one sentence; `summaries` the same for each entry of a digest."""
    return {
        "type": "feuerwache.page.v1",
        "timestamp": page.due_at.isoformat(),
        "data": {
            "page_id": str(page_id),
            "incident_id": str(page.incident_id),
            "step": page.step,
            "round": page.round,
            "urgency": page.urgency.value,
            "reason": page.reason,
            "by": page.by,
            **alarm(page.subject),
            "subject": subject,
            "summary": summary,
            "helplines": list(helplines),
            "digest": [
                {
                    "incident_id": str(entry.incident_id),
                    "why": entry.why,
                    "quiet_since": entry.quiet_since.isoformat() if entry.quiet_since else None,
                    **alarm(entry.subject),
                    "summary": told,
                    "link": links.get(entry.incident_id, link),
                }
                for entry, told in zip(page.digest, summaries, strict=True)
            ],
            "late_seconds": page.late_seconds,
            "possible_repeat": possible_repeat,
            "link": link,
        },
    }


def alarm(about: PageSubject) -> dict[str, Any]:
    return {
        "community": about.community,
        "community_title": about.community_title,
        "also_in": list(about.parts),
        "kind": about.kind.value,
        "severity": about.severity.value,
        "onset": about.onset.isoformat(),
        "figures": about.figures.model_dump(mode="json", exclude_none=True, exclude={"most_said"}),
        "most_said": plain_words(about.figures),
        "highlights": [
            {
                "role": highlight.role.value,
                "platform": highlight.ref.platform,
                "post_id": highlight.ref.post_id,
                "reach": highlight.reach,
            }
            for highlight in about.highlights
        ],
    }


def facts_of(page: Mapping[str, Any]) -> dict[str, Any]:
    """What `data` has put under `data`, for a channel that tells facts; empty for anything else."""
    facts = page.get("data")
    return facts if isinstance(facts, dict) else {}


def severity_of(page: Mapping[str, Any]) -> str:
    """`low`, `high` or `critical`; `high` where it is not told, because a page is never nothing."""
    return str(facts_of(page).get("severity") or "high")
