"""What is done in the end: what the rules ask for, under what humans have said about the author and the post. Pure.

A human's word on the post comes first, then a human's word on its author, then the reports, then the rules. Nothing
here makes an action stricter than what a human wants for this post, and nothing reopens what a human closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feuerwache.common.events.author import JournalEntry
from feuerwache.common.events.decision import Action, Forwarded, RuleHit, Standing
from feuerwache.escalation.rules.author.discipline import Consequence
from feuerwache.escalation.rules.author.journal import PostRecord
from feuerwache.escalation.rules.engine.engine import PRECEDENCE, Verdict, ordered, under_human

#: What is done against an author. For somebody a human trusts, a colleague looks at it instead.
AGAINST = frozenset({Action.REMOVE, Action.HIDE, Action.HOLD, Action.RESTRICT, Action.WARN})
#: Whose posts wait until somebody has looked at them.
WATCHED = frozenset({Standing.RESTRICTED, Standing.BANNED})

Actions = tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Overruling:
    """A human's word on the post: the action, and whether the text has changed since they saw it."""

    action: Action
    changed: bool

    @classmethod
    def of(cls, record: PostRecord, revision: int) -> Overruling | None:
        """The human's word in force, seen from this revision; None where nobody has spoken."""
        if record.human is None:
            return None
        spoken = last_word(record) or record.human
        return cls(Action(record.human.actions[0]), revision > spoken.revision)


def last_word(record: PostRecord) -> JournalEntry | None:
    """The entry in which a human last spoke; decisions since that only kept to it are no words."""
    return next((each for each in reversed(record.entries) if each.kind == "moderated"), None)


@dataclass(frozen=True, slots=True)
class Finding:
    """Everything that led to the decision about one revision.

    `entered` is what the author's journal keeps of `actions`; `capped` are the rules beyond their quota; `reports` is
    the evidence of what reports weighed, None where there are none that wait for a human. `consequence` is what the
    community's ladder made of a `warn` or `restrict`; `actions` are after it. `forwarded` says to whom the post goes
    and until when; `overdue`, that it was late there before it was written anew.
    """

    verdict: Verdict
    actions: Actions
    entered: Actions
    standing: Standing = Standing.NORMAL
    standing_until: datetime | None = None
    human: Overruling | None = None
    capped: tuple[str, ...] = ()
    reports: Mapping[str, Any] | None = None
    consequence: Consequence | None = None
    overdue: bool = False
    forwarded: Forwarded | None = None

    def noted(self) -> dict[str, Any]:
        """What of it the evidence keeps beside the context; most posts have nothing of the kind."""
        noted: dict[str, Any] = {}
        if self.verdict.skipped:
            noted["skipped_rules"] = list(self.verdict.skipped)
        if self.capped:
            noted["over_quota"] = list(self.capped)
        if self.reports is not None:
            noted["reports"] = dict(self.reports)
        if self.overdue:
            noted["overdue"] = True
        if self.human is not None:
            noted["human"] = {"action": self.human.action.value, "changed": self.human.changed}
        return noted


def conclude(
    asked: Actions, standing: Standing = Standing.NORMAL, called: bool = False, human: Overruling | None = None
) -> Actions:
    """The actions in order of precedence; `called`: reports call for a review."""
    actions = asked
    if standing is Standing.TRUSTED and not AGAINST.isdisjoint(actions):
        actions = ordered([Action.REVIEW, *(each for each in actions if each not in AGAINST)])
    elif standing in WATCHED:
        actions = ordered([Action.HOLD, *actions])
    if called and weaker_than_review(actions):
        actions = ordered([Action.REVIEW, *actions])
    if human is not None:
        actions = under_human(human.action, actions, human.changed)
    return actions


def weaker_than_review(actions: Actions) -> bool:
    """Whether nobody is asked to look at the post, and nothing stricter is done."""
    return all(PRECEDENCE[action] > PRECEDENCE[Action.REVIEW] for action in actions)


def hits(verdict: Verdict, actions: Actions, *, laddered: bool) -> tuple[RuleHit, ...]:
    """The rules that held. None is decisive where the action came from a human or from reports; `laddered`: what they
    asked for went through the community's ladder, so it was theirs."""
    if laddered or actions[0] is verdict.actions[0]:
        return verdict.hits
    return tuple(hit.model_copy(update={"decisive": False}) if hit.decisive else hit for hit in verdict.hits)
