"""A post of the past before the judge again, at little cost: what was recorded of its moment is not worked out anew.

What a community was like (thread, near-duplicates, feuds, an incident, what the brand's other communities knew) was
written by many partitions and is approximate by nature; where the decision of then recorded it, the rules see that
again. The author's own record is worked out anew: other rules would have made another one of it. Of the decision only
what is compared is made: no statement, no evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from feuerwache.common.events.decision import Action, DecisionMade, Forwarded, Mode
from feuerwache.escalation.rules.author.journal import Journal, PostRecord
from feuerwache.escalation.rules.community import pseudonym
from feuerwache.escalation.rules.community.memory import CommunityMemory, Row
from feuerwache.escalation.rules.engine.engine import Verdict
from feuerwache.escalation.rules.engine.quota import OPEN_HANDED, Standing, State
from feuerwache.escalation.rules.judging.case import Case
from feuerwache.escalation.rules.judging.conclusion import Finding
from feuerwache.escalation.rules.language.context import (
    SCHEMA,
    Fields,
    community_fields,
    label_fields,
    post_fields,
    time_fields,
)
from feuerwache.escalation.rules.replay.outcome import Hit, Outcome

#: The JSON of the `DecisionMade` that was made then.
Recorded = Mapping[str, Any]
#: What follows from the configuration or the classification, and not from the moment: never taken from the record.
_SETTLED = {"community": frozenset({"id", "brand", "language"}), "matched": frozenset({"watchlists"})}
_NONE: frozenset[str] = frozenset()
#: Of an author's marks in all of a brand's communities, those of this one are worked out anew.
_MARKS = ("violations_90d", "warnings_90d", "restrictions_90d")
#: What the community or the brand knew of the author at that moment.
_MOMENT = ("feuds_24h", "brand_communities", "brand_duplicates_24h")
#: More than any quota allows.
TRIPPED = Standing(State.TRIPPED, acts=False)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What stands in the place of a `DecisionMade` on a post: what the journal, the memory and the tally ask of it."""

    outcome: Outcome
    action: Action
    automated: bool
    dry_run: bool
    forwarded: tuple[Forwarded, ...] = ()
    cause: str = "post"


@dataclass(slots=True)
class LightCase(Case):
    """A case of which no decision is written down."""

    def decision(self, finding: Finding, record: PostRecord, config_hash: str) -> DecisionMade:  # noqa: ARG002 - Case's
        outcome = _outcome(finding)
        forwarded = (finding.forwarded,) if finding.forwarded is not None else ()
        dry_run = self.house.community.dry_run
        # It has what is asked of a decision on its way through the journal and the memory.
        return cast("DecisionMade", Ruling(outcome, finding.actions[0], finding.human is None, dry_run, forwarded))


@dataclass(slots=True)
class RecalledCase(LightCase):
    """A case whose moment was recorded; `recorded` None: it was not decided then, and its moment counts as quiet."""

    recorded: Recorded | None = None

    def open(self, journal: Journal, memory: CommunityMemory, pulse_key: bytes, threshold: float) -> Case:
        ref, house = self.ref, self.house
        post = pseudonym.post(ref.platform, ref.post_id, pulse_key)
        self.row = Row(post=post, author="", at=int(self.post.created_at.timestamp()))
        author = self._author(journal, memory)
        self.context = {
            "post": post_fields(self.post, self.classification, ref.platform),
            "labels": label_fields(self.classification.labels),
            "author": author,
            "thread": SCHEMA["thread"],
            "community": community_fields(house.community),
            "matched": SCHEMA["matched"]
            | {"watchlists": list(dict.fromkeys(hit.watchlist for hit in self.classification.watchlists))},
            "time": time_fields(self.post.created_at, house.zone, house.community.region),
        }
        if self.recorded is not None:
            self._recall(self.recorded["evidence"], author)
        self.labels = tuple(label for label, score in self.context["labels"].items() if score >= threshold)
        return self

    def remembered(self, rules: tuple[str, ...]) -> Row:
        """Nothing is asked of the memory but how often a rule with a quota fired."""
        return Row(post=self.row.post, author="", at=self.row.at, rules=rules)

    def _recall(self, evidence: Mapping[str, Any], author: Fields) -> None:
        for name in ("thread", "matched", "community"):
            seen = evidence.get(name)
            if seen:
                settled, known = _SETTLED.get(name, _NONE), SCHEMA[name]
                laid = {each: seen[each] for each in seen if each in known and each not in settled}
                self.context[name] = self.context[name] | laid
        seen = evidence.get("author", {})
        author.update({each: seen[each] for each in _MOMENT if each in seen})
        for mark in _MARKS:
            elsewhere = seen.get(f"brand_{mark}", 0) - seen.get(mark, 0)
            author[f"brand_{mark}"] = author[mark] + elsewhere


@dataclass(slots=True)
class RecalledMemory(CommunityMemory):
    """A community's memory that knows whether a quota had tripped when this post was decided then.

    Only rules that did not hit it then, and those in `requota`, whose quota is another one now, are counted anew.
    """

    requota: frozenset[str] = frozenset()
    hit: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()

    def recall(self, recorded: Recorded | None) -> None:
        if recorded is None:
            self.hit = self.over = _NONE
            return
        self.hit = frozenset(hit["rule_id"] for hit in recorded.get("rules", ()))
        self.over = frozenset(recorded["evidence"].get("matched", {}).get("over_quota", ()))

    def fold(self, rows: Iterable[Row]) -> None:
        CommunityMemory.fold(self, [row for row in rows if row.rules])

    def quota(self, rule: str, limit: int, seconds: int, post: str, at: int) -> Standing:
        if rule in self.hit and rule not in self.requota:
            return TRIPPED if rule in self.over else OPEN_HANDED
        return CommunityMemory.quota(self, rule, limit, seconds, post, at)


class _Outcomes:
    """Those of verdicts that the engine hands out again and again: most posts are harmless, or break one rule."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, tuple[Action, ...]], tuple[Verdict, Outcome]] = {}

    def of(self, finding: Finding) -> Outcome:
        verdict, actions = finding.verdict, finding.actions
        if finding.capped:
            return _made(verdict, actions, finding.capped)
        key = (id(verdict), actions)
        known = self._known.get(key)
        if known is None or known[0] is not verdict:
            if len(self._known) >= _MOST:  # verdicts that are made anew each time would only fill it
                self._known.clear()
            # The verdict is held, so that no other one gets its identity.
            known = self._known[key] = (verdict, _made(verdict, actions, ()))
        return known[1]


_outcome = _Outcomes().of
_MOST = 10_000


def _made(verdict: Verdict, actions: tuple[Action, ...], capped: tuple[str, ...]) -> Outcome:
    hits = tuple(
        Hit(
            hit.rule_id,
            tuple(action.value for action in hit.actions),
            hit.mode is Mode.SHADOW,
            hit.rule_id in capped,
        )
        for hit in verdict.hits
    )
    return Outcome(tuple(action.value for action in actions), hits, verdict.skipped)
