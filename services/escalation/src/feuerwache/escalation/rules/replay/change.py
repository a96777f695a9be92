"""What a replay found, as it is told: by `--json`, on the terminal and on the page. Counts are of posts (revisions)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from feuerwache.common.events.base import AwareDatetime
from feuerwache.common.events.decision import Severity


class Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class ActionChange(Told):
    """Posts that an action is asked for, alone or beside others. `more` get it anew, `fewer` no longer."""

    action: str
    before: int
    after: int
    more: int
    fewer: int


class Example(Told):
    """One post. `scores` are the labels from 0.05 on, the highest first; `text` only where it was asked for."""

    community: str
    platform: str
    post_id: str
    revision: int
    at: AwareDatetime
    url: str | None
    author: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    rules_before: tuple[str, ...]
    rules_after: tuple[str, ...]
    scores: dict[str, float]
    text: str | None = None


class RuleChange(Told):
    """Hits of one rule. `capped` are those beyond its quota, `failed` posts on which it could not be evaluated."""

    rule: str
    title: dict[str, str]
    mode_before: Literal["live", "shadow", "none"]
    mode_after: Literal["live", "shadow", "none"]
    before: int
    after: int
    newly_hit: int
    no_longer_hit: int
    capped_before: int
    capped_after: int
    failed_before: int
    failed_after: int
    new_examples: tuple[Example, ...]
    gone_examples: tuple[Example, ...]


class Move(Told):
    """Posts whose deciding action goes from `before` to `after`."""

    before: str
    after: str
    posts: int
    examples: tuple[Example, ...]


class AuthorChange(Told):
    """`author` is the platform's id of the person, or a pseudonym where the community is pseudonymous."""

    community: str
    author: str
    changed: int
    stricter: int
    milder: int


class AlarmChange(Told):
    """Alarms of single posts that a rule raises, and the incidents that they come to (see `incidents`)."""

    community: str
    rule: str
    severity: Severity | None
    alarms_before: int
    alarms_after: int
    incidents_before: int
    incidents_after: int


class Assumption(Told):
    """What the figures rest on. `what` is a key of the wording, `detail` the values in it."""

    what: str
    detail: dict[str, str | int] = {}


class Change(Told):
    """Everything. `posts` were judged anew; `compared` of them had been decided before, so that there is something to
    compare with, `undecided` had not. `reports_…` are reviews that follow on reports.
    """

    since: AwareDatetime
    until: AwareDatetime
    timezone: str
    source: str
    candidate: str
    against: str
    recorded: bool
    communities: tuple[str, ...]
    posts: int
    compared: int
    undecided: int
    refused: dict[str, int]
    changed: int
    stricter: int
    milder: int
    actions: tuple[ActionChange, ...]
    moves: tuple[Move, ...]
    rules: tuple[RuleChange, ...]
    authors: tuple[AuthorChange, ...]
    authors_changed: int
    alarms: tuple[AlarmChange, ...]
    reports_before: int
    reports_after: int
    assumptions: tuple[Assumption, ...]
    seconds: float
    processes: int

    @property
    def quiet(self) -> bool:
        """Whether nothing at all would change."""
        return not (
            self.changed
            or self.reports_before != self.reports_after
            or any(rule.newly_hit or rule.no_longer_hit for rule in self.rules)
        )

    @property
    def per_second(self) -> float:
        return self.posts / self.seconds if self.seconds else 0.0
