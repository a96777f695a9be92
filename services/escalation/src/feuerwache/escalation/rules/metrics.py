"""Every figure the rules stage reports. Counted once a batch is committed. Rules are bounded by the configuration."""

from __future__ import annotations

from typing import get_args

from prometheus_client import Counter, Gauge, Histogram

from feuerwache.common.events.decision import Action, AppealState, DecisionMade, Severity, Standing
from feuerwache.escalation.rules.engine.fuse import Change
from feuerwache.escalation.rules.sets.rule import Rule

#: Decisions by what caused them (post, report, human, appeal, overdue) and the action that decides.
DECISIONS = Counter("feuerwache_rules_decisions_total", "Decisions made", ["cause", "action"])
#: Revisions that need no decision: the post was deleted, or a newer revision came before.
WITHDRAWN = Counter("feuerwache_rules_withdrawn_total", "Revisions that get no decision, or no longer", ["reason"])
#: Reports by what became of them: counted, merged (the same person or circle again), early (the post has not come yet),
#: settled (on review, treated more strictly, or decided by a human), gone (the post is deleted).
REPORTS = Counter("feuerwache_rules_reports_total", "Reports by users", ["outcome"])
#: Human words by what they did: confirmed or overturned an automatic decision, changed a human's, were the first, or
#: were about an author (author_<standing>). overturned / (confirmed + overturned): how often the machine was wrong.
HUMAN_WORDS = Counter("feuerwache_rules_human_words_total", "Decisions by humans", ["effect"])
#: Appeals and answers to them, by where the appeal stands then.
APPEALS = Counter("feuerwache_rules_appeals_total", "Appeals and answers", ["state"])
#: Events the journal already knew; each would have been a second decision.
REPEATS = Counter("feuerwache_rules_repeats_total", "Events that had been judged before")
#: Rules that held, by rule and mode; shadow rules are watched here before they go live.
HITS = Counter("feuerwache_rules_hits_total", "Rules that held for a post", ["rule", "mode"])
#: Conditions that could not be evaluated on a post; the rule was skipped there.
RULE_FAILURES = Counter("feuerwache_rules_failures_total", "Conditions that failed on a post", ["rule"])
#: 1 for a rule that failed too often or costs too much, and is out until its pause is over or the rules are read anew.
RULE_DISABLED = Gauge("feuerwache_rules_disabled", "Rules that are not asked at present", ["rule"])
#: Posts that wait for a department's answer, and not longer than they may.
FORWARDS_OPEN = Gauge("feuerwache_rules_forwards_open", "Posts that wait for a department", ["department"])
#: Posts passed on, by what became of them: passed_on, answered, answered_late (after they had come up),
#: answered_in_thread (by the team), overdue (came up for review), decided (by a human), withdrawn (edited or deleted).
FORWARDS = Counter("feuerwache_rules_forwards_total", "Posts that were passed on", ["department", "outcome"])
#: Single posts that could not wait.
ALARMS = Counter("feuerwache_rules_alarms_total", "Alarms raised for single posts", ["severity"])
#: Rules that were paused in a community because their quota was spent, and that are not any more.
PAUSES = Counter("feuerwache_rules_pauses_total", "Quotas of rules that tripped, and that closed again", ["change"])
#: Records of the incidents topic that cannot be read; the others hold.
INCIDENTS_UNREADABLE = Gauge("feuerwache_rules_incidents_unreadable", "Incidents that cannot be read")
#: Redis had forgotten something; the partition was filled again from the journal topic.
REBUILDS = Counter("feuerwache_rules_rebuilds_total", "Partitions whose journals were rebuilt")
#: Real seconds to judge one batch in memory.
JUDGE_SECONDS = Histogram(
    "feuerwache_rules_judge_seconds",
    "Time to judge a batch, without reading and writing",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0),
)


def initialise() -> None:
    """Every label set that is known before the first post."""
    for action in Action:
        for cause in get_args(DecisionMade.model_fields["cause"].annotation):
            DECISIONS.labels(cause, action.value)
    for reason in ("deleted", "outdated"):
        WITHDRAWN.labels(reason)
    for outcome in ("counted", "merged", "early", "settled", "gone"):
        REPORTS.labels(outcome)
    for effect in ("confirmed", "overturned", "changed", "first", *(f"author_{each.value}" for each in Standing)):
        HUMAN_WORDS.labels(effect)
    for state in AppealState:
        APPEALS.labels(state.value)
    for change in ("paused", "over"):
        PAUSES.labels(change)
    for severity in Severity:
        ALARMS.labels(severity.value)


def initialise_rule(rule: Rule) -> None:
    """A rule that has come into force: it is asked again, whatever it failed at before."""
    HITS.labels(rule.id, rule.mode.value)
    RULE_FAILURES.labels(rule.id)
    RULE_DISABLED.labels(rule.id).set(0)


def rule_changed(rule: Rule, change: Change) -> None:
    """A condition failed on a post, or its rule is out, or back."""
    if change in (Change.FAILED, Change.OUT):
        RULE_FAILURES.labels(rule.id).inc()
    if change is not Change.FAILED:
        RULE_DISABLED.labels(rule.id).set(0 if change is Change.BACK else 1)
