"""What rules in shadow mode would have done on live traffic, from the decisions that recorded their hits. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feuerwache.common.events.base import AwareDatetime
from feuerwache.common.events.decision import Mode
from feuerwache.escalation.rules.replay.change import Told
from feuerwache.escalation.rules.replay.pairing import Decision

EXAMPLES = 5


class ShadowExample(Told):
    """A post that it hit. `decided` is what was really done about it; `scores` as in `Example`."""

    community: str
    platform: str
    post_id: str
    revision: int
    at: AwareDatetime
    decided: tuple[str, ...]
    scores: dict[str, float]


class ShadowRule(Told):
    """`already` of the hits were decided with all it asks for anyway."""

    rule: str
    title: dict[str, str]
    actions: tuple[str, ...]
    hits: int
    already: int
    authors: int
    communities: dict[str, int]
    examples: tuple[ShadowExample, ...]


class ShadowReport(Told):
    since: AwareDatetime
    until: AwareDatetime
    decisions: int
    rules: tuple[ShadowRule, ...]


@dataclass(slots=True)
class _Count:
    title: dict[str, str]
    actions: tuple[str, ...]
    hits: int = 0
    already: int = 0
    authors: set[int] = field(default_factory=set)
    communities: Counter[str] = field(default_factory=Counter)
    examples: list[ShadowExample] = field(default_factory=list)


class ShadowTally:
    """Takes decisions as plain JSON, one by one; keeps the newest examples and, of authors, hashes alone."""

    def __init__(self) -> None:
        self._decisions = 0
        self._rules: dict[str, _Count] = {}

    def take(self, decision: Decision) -> None:
        """Decisions on posts count; those on reports and by humans ask no rule."""
        if decision["cause"] != "post" or decision.get("canary"):
            return
        self._decisions += 1
        for hit in decision.get("rules", ()):
            if hit.get("mode") == Mode.SHADOW.value:
                self._hit(decision, hit)

    def _hit(self, decision: Decision, hit: Mapping[str, Any]) -> None:
        actions = tuple(hit["actions"])
        count = self._rules.get(hit["rule_id"])
        if count is None:
            count = self._rules[hit["rule_id"]] = _Count(hit["title"], actions)
        count.title, count.actions = hit["title"], actions
        count.hits += 1
        count.already += set(actions) <= set(decision["actions"])
        count.authors.add(hash((decision["ref"]["community"], decision["author_id"])))
        count.communities[decision["ref"]["community"]] += 1
        count.examples.append(_example(decision))
        del count.examples[:-EXAMPLES]

    def report(self, since: datetime, until: datetime) -> ShadowReport:
        """The rule with the most hits first."""
        ranked = sorted(self._rules.items(), key=lambda each: (-each[1].hits, each[0]))
        return ShadowReport(
            since=since,
            until=until,
            decisions=self._decisions,
            rules=tuple(
                ShadowRule(
                    rule=rule,
                    title=count.title,
                    actions=count.actions,
                    hits=count.hits,
                    already=count.already,
                    authors=len(count.authors),
                    communities=dict(sorted(count.communities.items())),
                    examples=tuple(reversed(count.examples)),
                )
                for rule, count in ranked
            ),
        )


def _example(decision: Decision) -> ShadowExample:
    ref, labels = decision["ref"], decision.get("evidence", {}).get("labels", {})
    strongest = sorted(((name, round(score, 3)) for name, score in labels.items()), key=lambda each: -each[1])[:4]
    return ShadowExample(
        community=ref["community"],
        platform=ref["platform"],
        post_id=ref["post_id"],
        revision=decision["revision"],
        at=decision["decided_at"],
        decided=tuple(decision["actions"]),
        scores={name: score for name, score in strongest if score > 0},
    )
