"""Who somebody is, replaced by a keyed hash before anything is written. Pure.

The same account on the same platform is the same pseudonym in all communities of a brand, so journals, ladders and
feuds work as ever. Without the key, which stays in the operator's hands, nobody can say who it is, nor try out ids.
Ids are hashed, names dropped, the age of an account is told to the month; a link that holds the name or the id is
dropped. The text stays as it is, for positions in it must be the platform's: whom it names, it names.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import blake2b

from feuerwache.ingest.examination import Examined
from feuerwache.ingest.submission import (
    AboutPost,
    Submission,
    SubmittedAuthor,
    SubmittedModeration,
    SubmittedPost,
    SubmittedReport,
)

PREFIX = "p-"
SHORTEST_KEY, LONGEST_KEY = 32, 64


def pseudonym(key: bytes, platform: str, account: str) -> str:
    """`p-` and 32 hexadecimal digits: BLAKE2b (RFC 7693) with the key, over platform and id. `key` has 32 to 64 bytes.

    Two accounts of a billion share one with a probability below 10⁻²⁰.
    """
    digest = blake2b(f"{platform}\x1f{account}".encode(), digest_size=16, key=key, person=b"fw-author")
    return PREFIX + digest.hexdigest()


def disguised(examined: Examined, key: bytes) -> Examined:
    """The same submission with nobody's id and nobody's name in its fields."""
    return Examined(_disguised(examined.submission, examined.platform, key), examined.platform, examined.community)


def _disguised(submission: Submission, platform: str, key: bytes) -> Submission:
    def of(account: str | None) -> str | None:
        return None if account is None else pseudonym(key, platform, account)

    update: dict[str, object] = {}
    if isinstance(submission, SubmittedPost):
        author = submission.author
        update = {
            "author": SubmittedAuthor.model_construct(
                id=pseudonym(key, platform, author.id),
                handle=None,
                display_name=None,
                created_at=_month(author.created_at),
                followers=author.followers,
            ),
            "parent_author_id": of(submission.parent_author_id),
            "url": None if _tells(submission.url, author) else submission.url,
        }
    if isinstance(submission, AboutPost):
        update["author_id"] = of(submission.author_id)
    if isinstance(submission, SubmittedReport):
        update["reporter_id"] = of(submission.reporter_id)
    if isinstance(submission, SubmittedModeration):
        update["moderator_id"] = of(submission.moderator_id)
    return submission.model_copy(update=update)


def _month(instant: datetime | None) -> datetime | None:
    if instant is None:
        return None
    return instant.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _tells(url: str | None, author: SubmittedAuthor) -> bool:
    """Whether a link holds the author's id or name as a word of its own."""
    told = [re.escape(name) for name in (author.id, author.handle, author.display_name) if name]
    return url is not None and re.search(rf"(?<![^\W_])(?:{'|'.join(told)})(?![^\W_])", url, re.IGNORECASE) is not None
