"""What came of handing a decision to a platform. Pure.

Only a clear word of the platform itself ends a delivery: any 2xx (it has it), a 4xx that is about the decision
(refused), 410 (it wants no more at all). Everything else is the door and not the decision: a broken line, a wrong
certificate, a redirect, 5xx, 429; also 401, 403 and 404 unless the body says in our form that the platform refuses,
because a wrong secret or a deploy that went wrong must not use up decisions. Those are tried again, up to a day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, get_args

from feuerwache.common.events.decision import Action

ReceiptStatus = Literal["done", "refused", "failed", "not_supported"]
STATUSES: frozenset[object] = frozenset(get_args(ReceiptStatus))
#: Refusals that are more likely meant for the caller than for the decision.
DOOR = frozenset({401, 403, 404, 405, 407, 408, 421, 425, 429})
GONE = 410
LONGEST_REASON = 200


class Kind(StrEnum):
    TAKEN = "taken"
    REFUSED = "refused"
    RETRY = "retry"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Word:
    """What the platform did with one action, or with all of them."""

    status: ReceiptStatus
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`word` holds for every action that `words` does not name. `reason` of a retry is ours and quotes nobody;
    `retry_after` are the seconds the platform asked for."""

    kind: Kind
    word: Word = Word("done")
    words: Mapping[Action, Word] = field(default_factory=dict)
    reason: str = ""
    retry_after: float | None = None

    def of(self, action: Action) -> Word:
        return self.words.get(action, self.word)


def retry(reason: str, retry_after: float | None = None) -> Outcome:
    return Outcome(Kind.RETRY, Word("failed", reason), reason=reason, retry_after=retry_after)


def by_answer(status: int, body: bytes, retry_after: float | None) -> Outcome:
    """What a platform's HTTP answer means. `body` may be cut or anything at all."""
    if status == GONE:
        return Outcome(Kind.GONE, Word("refused", "HTTP 410"), reason="HTTP 410 Gone: the platform wants no more")
    said = _object(body)
    if 200 <= status < 300:
        return Outcome(Kind.TAKEN, _word(said, "done", ""), _words(said, "done"))
    if 400 <= status < 500 and (status not in DOOR or _refuses(said)):
        return Outcome(
            Kind.REFUSED, _word(said, "refused", f"HTTP {status}"), _words(said, "refused"), reason=f"HTTP {status}"
        )
    moved = " (redirects are not followed)" if 300 <= status < 400 else ""
    return retry(f"HTTP {status}{moved}", retry_after)


def _refuses(said: Mapping[str, Any]) -> bool:
    return said.get("status") in STATUSES - {"done"}


def _word(said: Mapping[str, Any], otherwise: ReceiptStatus, reason: str) -> Word:
    status: ReceiptStatus = said["status"] if said.get("status") in STATUSES else otherwise
    given = said.get("reason")
    return Word(status, (one_line(given) if isinstance(given, str) else "") or reason)


def _words(said: Mapping[str, Any], otherwise: ReceiptStatus) -> dict[Action, Word]:
    listed = said.get("actions")
    if not isinstance(listed, dict):
        return {}
    return {
        Action(name): _word(word, otherwise, "")
        for name, word in listed.items()
        if name in set(Action) and isinstance(word, dict)
    }


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def one_line(reason: str) -> str:
    """The platform's words, short and on one line: they go on record."""
    return " ".join("".join(c if c.isprintable() else " " for c in reason).split())[:LONGEST_REASON]
