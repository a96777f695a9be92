"""One action of one platform as its documentation has it: the call that is expected, and its answers.

`support/actions/<kind>.py` holds `CASES: tuple[Case, ...]`, one for each action that the client supports, at least. The
suite (`services/ingest/tests/outbound/actions/test_suite.py`) makes the rest of it: 401, 403, 429, 5xx, time-outs, a
crash between call and receipt, ids that are none, secrets that must not show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feuerwache.common.events.decision import Action
from feuerwache.ingest.outbound.outcome import Kind, ReceiptStatus


@dataclass(frozen=True)
class Say:
    """An answer of the platform. `json` is its body unless `body` is given."""

    status: int = 200
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Sent:
    """A call as it must be. `path` with its query; {secret:NAME} stands for a secret in it and in `headers` (lower-case
    names; those that are given must be there). `form` or `json` is the whole body; neither: it is empty."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    json: Any = None


@dataclass(frozen=True)
class Case:
    """`done` answers `sent`; `again` answers it when it was done already (also after a crash of ours).

    With a `look`, that is asked first: `still` is its answer while it is not done, `already` once it is.
    `others`: further answers to `sent` that this platform gives: what became of it, and the receipt's status.
    `missing`: what 404 means: "done" (it is not there any more) or None (the door: tried again).
    """

    name: str
    action: Action
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    post_id: str
    author_id: str
    sent: Sent
    done: Say
    again: Say
    until: datetime | None = None
    reason: str = ""
    look: Sent | None = None
    still: Say | None = None
    already: Say | None = None
    missing: ReceiptStatus | None = None
    others: tuple[tuple[Say, Kind, ReceiptStatus], ...] = ()
    #: Ids of posts and of authors that are none of this platform's: nothing is sent for them.
    odd_posts: tuple[str, ...] = ()
    odd_authors: tuple[str, ...] = ()
