"""What a poller of YouTube keeps between two pages: how far it read, and the comments it looks at again. Pure.

    since       everything published up to then was read, so far as it was on top of the list
    page, newest    a pass that is under way: the token of its next page, the newest comment it met
    replies     threads whose replies have to be read: the token of the next page, and how many there are
    threads, answers    the comments that are looked at again, by their id, those with the latest news last

The list has no "since" and does not move a thread up when it is answered, and nothing tells of an edit or a deletion:
that is why so much has to be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

#: A comment with an id that no platform gives is not kept.
LONGEST_ID = 200


class Known(BaseModel):
    """A comment: its author, the revision that was passed on, how often it was missing since, the video. `replies` is
    how many its thread had when they were read last; None: never. `thread` is that of an answer."""

    model_config = ConfigDict(validate_assignment=False)

    author: str = Field(alias="a")
    revision: int = Field(default=0, alias="r")
    missing: int = Field(default=0, alias="m")
    video: str | None = Field(default=None, alias="v")
    replies: int | None = Field(default=None, alias="n")
    thread: str | None = Field(default=None, alias="t")


class Unread(BaseModel):
    """Replies that have to be read: the token of the next page ("" for the first), and how many there are in all."""

    token: str = ""
    total: int = 0


class Memory(BaseModel):
    """`origin`: what is older, and was not changed since, is not passed on. `checked`: when comments were looked at
    again last."""

    origin: AwareDatetime
    since: AwareDatetime
    page: str = ""
    newest: AwareDatetime | None = None
    checked: AwareDatetime
    replies: dict[str, Unread] = {}
    threads: dict[str, Known] = {}
    answers: dict[str, Known] = {}

    @staticmethod
    def of(cursor: Mapping[str, Any]) -> Memory | None:
        """None for a cursor that is none of ours."""
        try:
            return Memory.model_validate(dict(cursor))
        except ValidationError:
            return None

    def cursor(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def known(self, comment: str) -> Known | None:
        return self.threads.get(comment) or self.answers.get(comment)

    def learn(self, comment: str, known: Known) -> None:
        """It had news: it is looked at again for the longest time."""
        if not 0 < len(comment) <= LONGEST_ID or len(known.author) > 2 * LONGEST_ID:
            return
        shelf = self.threads if known.thread is None else self.answers
        shelf.pop(comment, None)
        shelf[comment] = known

    def forget(self, comment: str) -> None:
        self.threads.pop(comment, None)
        self.answers.pop(comment, None)
        self.replies.pop(comment, None)

    def bound(self, watched: int) -> None:
        """Those without news for the longest time go first."""
        for shelf in (self.threads, self.answers):
            for comment in list(shelf)[: max(0, len(shelf) - watched)]:
                del shelf[comment]

    def end_pass(self, now: datetime) -> None:
        """The list was read down to what was known. A comment from the future must not hide those that come before."""
        if self.newest is not None:
            self.since = max(self.since, min(self.newest, now))
        self.page, self.newest = "", None
