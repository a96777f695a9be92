"""From a tally to what is told: sorted, with titles, and with everything that the figures rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from feuerwache.common.events.decision import Action, Mode, Severity
from feuerwache.escalation.rules.house import HouseRules
from feuerwache.escalation.rules.replay.change import (
    ActionChange,
    AlarmChange,
    Assumption,
    AuthorChange,
    Change,
    Example,
    Move,
    RuleChange,
)
from feuerwache.escalation.rules.replay.incidents import incidents
from feuerwache.escalation.rules.replay.share import Share
from feuerwache.escalation.rules.replay.tally import HitCount, Kind, Side, Tally
from feuerwache.escalation.rules.sets.rule import Rule

#: Authors that are told by name.
AUTHORS = 20

_Mode = Literal["live", "shadow", "none"]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under which a replay ran. `before` are the rules of the other side where they are known. Times are in UTC."""

    since: datetime
    until: datetime
    warm_from: datetime
    timezone: str
    source: str
    candidate: str
    against: str
    recorded: bool
    rejudged: bool
    communities: tuple[str, ...]
    after: HouseRules
    before: HouseRules | None
    journals: int
    processes: int
    seconds: float


def told(share: Share, under: Circumstances) -> Change:
    tally = share.tally
    rules = tuple(_rules(tally, under))
    return Change(
        since=under.since,
        until=under.until,
        timezone=under.timezone,
        source=under.source,
        candidate=under.candidate,
        against=under.against,
        recorded=under.recorded and not under.rejudged,
        communities=under.communities,
        posts=tally.posts,
        compared=tally.compared,
        undecided=tally.undecided,
        refused=dict(sorted(tally.refused.items())),
        changed=tally.changed,
        stricter=tally.stricter,
        milder=tally.milder,
        actions=tuple(_actions(tally)),
        moves=tuple(_moves(tally)),
        rules=rules,
        authors=tuple(_authors(tally)),
        authors_changed=len(tally.authors),
        alarms=tuple(_alarms(tally, under)),
        reports_before=tally.before.reports,
        reports_after=tally.after.reports,
        assumptions=tuple(_assumptions(share, under)),
        seconds=round(under.seconds, 3),
        processes=under.processes,
    )


def _actions(tally: Tally) -> Iterator[ActionChange]:
    for action in Action:
        name = action.value
        before, after = tally.before.actions[name], tally.after.actions[name]
        if before or after:
            yield ActionChange(action=name, before=before, after=after, more=tally.more[name], fewer=tally.fewer[name])


def _moves(tally: Tally) -> Iterator[Move]:
    for (before, after), posts in sorted(tally.moves.items(), key=lambda each: (-each[1], each[0])):
        yield Move(before=before, after=after, posts=posts, examples=_examples(tally, ("move", before, after)))


def _rules(tally: Tally, under: Circumstances) -> Iterator[RuleChange]:
    """In the order of the files, then those that are no longer there; what never hit on either side is told too."""
    now = {rule.id: rule for rule in under.after.rules}
    then = {rule.id: rule for rule in under.before.rules} if under.before is not None else {}
    hit = sorted(tally.before.rules.keys() | tally.after.rules.keys() | then.keys())
    nothing = HitCount()
    for name in [*now, *(each for each in hit if each not in now)]:
        before, after = tally.before.rules.get(name, nothing), tally.after.rules.get(name, nothing)
        known = now.get(name) or then.get(name)
        yield RuleChange(
            rule=name,
            title=known.title.model_dump() if known is not None else {},
            mode_before=_mode(then.get(name), before),
            mode_after=_mode(now.get(name), after),
            before=before.live + before.shadow,
            after=after.live + after.shadow,
            newly_hit=tally.new[name],
            no_longer_hit=tally.gone[name],
            capped_before=before.capped,
            capped_after=after.capped,
            failed_before=before.failed,
            failed_after=after.failed,
            new_examples=_examples(tally, ("new", name)),
            gone_examples=_examples(tally, ("gone", name)),
        )


def _mode(rule: Rule | None, count: HitCount) -> _Mode:
    """As it hit; where it never did, as it is written; where neither is known, it is not there."""
    if count.live or count.shadow:
        return "live" if count.live else "shadow"
    if rule is None:
        return "none"
    return "shadow" if rule.mode is Mode.SHADOW else "live"


def _authors(tally: Tally) -> Iterator[AuthorChange]:
    ranked = sorted(tally.authors.items(), key=lambda each: (-each[1][0], each[0]))
    for (community, author), (changed, stricter, milder) in ranked[:AUTHORS]:
        yield AuthorChange(community=community, author=author, changed=changed, stricter=stricter, milder=milder)


def _alarms(tally: Tally, under: Circumstances) -> Iterator[AlarmChange]:
    severities: dict[str, Severity | None] = {}
    for rules in (under.before, under.after):
        if rules is not None:
            severities |= {rule.id: rule.severity for rule in rules.rules}
    for community, rule in sorted(tally.before.alarms.keys() | tally.after.alarms.keys()):
        before, after = _instants(tally.before, community, rule), _instants(tally.after, community, rule)
        yield AlarmChange(
            community=community,
            rule=rule,
            severity=severities.get(rule),
            alarms_before=len(before),
            alarms_after=len(after),
            incidents_before=incidents(before),
            incidents_after=incidents(after),
        )


def _instants(side: Side, community: str, rule: str) -> list[int]:
    return side.alarms.get((community, rule), [])


def _examples(tally: Tally, kind: Kind) -> tuple[Example, ...]:
    return tuple(ranked[-1] for ranked in tally.examples.get(kind, ()))


def _assumptions(share: Share, under: Circumstances) -> Iterator[Assumption]:
    tally = share.tally
    quotas = any(rule.quota for rule in under.after.rules)
    if under.rejudged:
        yield _say("rejudged", against=under.against)
    else:
        yield _say("recorded", configs=len(tally.configs))
    yield _say("as_recorded") if under.recorded else _say("worked_out")
    yield from _memory(share, under)
    if quotas and under.recorded and under.processes > 1:
        yield _say("quotas", processes=under.processes)
    yield _say("detectors")
    for what, count in sorted(tally.aside.items()):
        yield _say(what, count=count)
    if tally.undecided:
        yield _say("undecided", count=tally.undecided)
    if tally.authors_forgotten:
        yield _say("authors_forgotten")


def _memory(share: Share, under: Circumstances) -> Iterator[Assumption]:
    if under.journals:
        yield _say("journals", begun=share.begun)
    if share.blurred:
        yield _say("blurred", count=share.blurred)
    if share.warmed:
        yield _say("warmed", posts=share.warmed, begin=under.warm_from.astimezone(UTC).isoformat())
    elif not under.journals:
        yield _say("cold")


def _say(what: str, **detail: str | int) -> Assumption:
    return Assumption(what=what, detail=detail)
