"""An author's history in one community: what the rules know of them, without any text."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from feuerwache.common.events.base import AwareDatetime, Model, Payload


class JournalEntry(Model):
    """One judged event of an author. Ordered by (generation, offset): a view "as of this post" takes what lies below.

    `kind`: created, edited, deleted, reported, moderated, appealed; of what was passed on: overdue, answered; of the
    author as a whole: standing. `labels` are those above their threshold. `source` says whose offset it is: that of
    `posts.classified.v1` or of `decisions.commands.v1`.

    `reporter` (a pseudonym) and `reason` are those of a report; the `reason` of an appeal is the id of the decision.
    `dry_run`: decided for nobody's eyes but the team's, so it is no mark against the author. `step` and `points` are
    what the ladder gave for the post. `until` ends a restriction or a standing, in UTC. `standing` is a human's word on
    the author. `department` and `due` say where the post was passed on to, and by when it is to be answered there.
    """

    generation: int
    offset: int
    source: Literal["posts", "commands"] = "posts"
    event_id: UUID
    decision_id: UUID | None = None
    platform: str = ""
    post_id: str
    revision: int
    at: AwareDatetime
    kind: str
    labels: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    automated: bool = True
    reporter: str = ""
    reason: str = ""
    step: str = ""
    points: float = 0.0
    until: AwareDatetime | None = None
    standing: str = ""
    department: str = ""
    due: AwareDatetime | None = None
    dry_run: bool = False


class AuthorJournalled(Payload):
    """The whole journal of one author after a batch: the source from which Redis is rebuilt.

    `entries` are the ones within the window; what is older is folded into `days`: ISO date → counted thing → number.
    `seen` remembers the events that were folded (first 16 hex digits of their id), so that a late repeat is still one.
    `sequences` is the last pulse number per shard, set on the last record of a batch.
    """

    TYPE: ClassVar[str] = "feuerwache.author.journalled.v1"
    SPARSE: ClassVar[bool] = True  # read by the rules alone, and most fields of most entries say nothing
    community: str
    author_id: str
    first_seen: AwareDatetime
    entries: tuple[JournalEntry, ...] = ()
    days: dict[str, dict[str, int]] = {}
    seen: tuple[str, ...] = ()
    sequences: dict[int, int] = {}
