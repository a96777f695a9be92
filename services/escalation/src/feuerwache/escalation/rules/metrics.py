"""Every figure the rules stage reports. Counted once a batch is committed. Rules are bounded by the configuration."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from feuerwache.common.events.decision import Action, Severity
from feuerwache.escalation.rules.rule import Rule

#: Decisions by what caused them (post, report, human) and the action that decides.
DECISIONS = Counter("feuerwache_rules_decisions_total", "Decisions made", ["cause", "action"])
#: Posts that were deleted: their decision is withdrawn, or they get none.
WITHDRAWN = Counter("feuerwache_rules_withdrawn_total", "Decisions withdrawn because the post is gone")
#: Events the journal already knew; each would have been a second decision.
REPEATS = Counter("feuerwache_rules_repeats_total", "Events that had been judged before")
#: Rules that held, by rule and mode; shadow rules are watched here before they go live.
HITS = Counter("feuerwache_rules_hits_total", "Rules that held for a post", ["rule", "mode"])
#: Conditions that could not be evaluated on a post; the rule was skipped there.
RULE_FAILURES = Counter("feuerwache_rules_failures_total", "Conditions that failed on a post", ["rule"])
#: 1 for a rule that failed too often and is out until the rules are read anew.
RULE_DISABLED = Gauge("feuerwache_rules_disabled", "Rules that are no longer asked", ["rule"])
#: Single posts that could not wait.
ALARMS = Counter("feuerwache_rules_alarms_total", "Alarms raised for single posts", ["severity"])
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
        for cause in ("post", "report", "human"):
            DECISIONS.labels(cause, action.value)
    for severity in Severity:
        ALARMS.labels(severity.value)


def initialise_rule(rule: Rule) -> None:
    """A rule that has come into force: it is asked again, whatever it failed at before."""
    HITS.labels(rule.id, rule.mode.value)
    RULE_FAILURES.labels(rule.id)
    RULE_DISABLED.labels(rule.id).set(0)


def rule_failed(rule: Rule, disabled: bool) -> None:
    """A condition failed on a post; `disabled` when that was once too often."""
    RULE_FAILURES.labels(rule.id).inc()
    if disabled:
        RULE_DISABLED.labels(rule.id).set(1)
