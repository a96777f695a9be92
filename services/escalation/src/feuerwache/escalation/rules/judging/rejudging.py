"""Judging a decision again from its own evidence: the proof that it follows from what it says it saw. Pure.

Rules on the author, the labels and what matched come to the same again by a replay of the topic. What a community was
like at the moment (threads, near-duplicates, quotas, reporters) was written by many partitions, and no replay brings it
back; so the values seen stand in the evidence, and from them the same decision follows.
"""

from __future__ import annotations

from dataclasses import dataclass

from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import Action, DecisionMade, RuleHit, Standing
from feuerwache.common.events.post import PostCreated, PostEdited
from feuerwache.escalation.rules.author.discipline import instead
from feuerwache.escalation.rules.house import House
from feuerwache.escalation.rules.judging.conclusion import Overruling, conclude, hits
from feuerwache.escalation.rules.language.context import Context, defaults, post_fields


@dataclass(frozen=True, slots=True)
class Rejudged:
    """`actions` and `rules` as `DecisionMade` has them."""

    actions: tuple[Action, ...]
    rules: tuple[RuleHit, ...]


def rejudge(decision: DecisionMade, post: PostClassified, house: House) -> Rejudged:
    """What the rules of `house` decide about the post, given the evidence of the decision made then.

    The same as then if the rules are the same. Raises `ValueError` where the decision is not about this revision.
    """
    received, classification = post.received, post.classification
    if not isinstance(received, PostCreated | PostEdited) or classification is None:
        raise ValueError("only a written post is judged by rules")
    if decision.cause != "post" or (received.ref, received.post.revision) != (decision.ref, decision.revision):
        raise ValueError("the decision is about something else than this revision of the post")
    evidence, matched = decision.evidence, decision.evidence.matched
    context: Context = defaults()
    context["post"] |= post_fields(received.post, classification, received.ref.platform)
    for name, seen in (
        ("labels", evidence.labels),
        ("author", evidence.author),
        ("thread", evidence.thread),
        ("community", evidence.community),
        ("matched", matched),
        ("time", evidence.time),
    ):
        context[name] |= seen
    over = matched.get("over_quota", ())
    verdict = house.engine.judge(context, lambda rule: rule.id in over)
    reports, spoken = matched.get("reports"), matched.get("human")
    standing = Standing(evidence.author.get("standing", Standing.NORMAL))
    called = bool(matched.get("overdue")) or (reports is not None and reports["weight"] >= reports["threshold"])
    human = Overruling(Action(spoken["action"]), spoken["changed"]) if spoken is not None else None
    actions = conclude(verdict.actions, standing, called, human)
    if decision.discipline is not None:
        actions = instead(actions, decision.discipline.step)
    return Rejudged(actions, hits(verdict, actions, laddered=decision.discipline is not None))
