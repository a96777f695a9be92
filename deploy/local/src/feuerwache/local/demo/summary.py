"""What the demo found: the figures of `summary.json`, and whether it went as it must. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.wording.numeral import NO_BREAK
from feuerwache.common.wording.sentence import sentence, title
from feuerwache.common.wording.tongue import EN
from feuerwache.local.demo.flow import Flow
from feuerwache.local.demo.player import Sent
from feuerwache.local.invariant import Verdict

#: Who must have been reached at which step of the ladder, on this Saturday.
ON_CALL = {0: "anna.bergmann", 1: "jonas.keller"}
#: Reasons told at the end; all that are known are in the figures.
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Timing:
    """Real seconds since the command was given, and megabytes resident at most, summed over all processes."""

    seconds: float
    seconds_to_first_page: float | None
    resident_mb: float
    services_ready_seconds: float


@dataclass(frozen=True, slots=True)
class Summary:
    """`problems` is empty when everything went as it must. `put_aside` says which posts got no decision, and why."""

    figures: dict[str, Any]
    problems: tuple[str, ...]
    put_aside: tuple[str, ...] = ()


def main_incident(incidents: Sequence[Incident]) -> Incident | None:
    """The fire of the night: the first incident a detector raised over the whole community."""
    fires = [incident for incident in incidents if incident.kind is not CrisisKind.SINGLE_POST]
    return min(fires, key=lambda incident: incident.opened_at, default=None)


def summarise(verdict: Verdict, flow: Flow, sent: Sent, timing: Timing, *, night: bool) -> Summary:
    """`night` asks for the crisis of the written night; own posts need not burn."""
    incidents = list(flow.incidents.values())
    fire = main_incident(incidents)
    problems = [*_invariant(verdict), *_sending(verdict, sent)]
    if night:
        problems += _crisis(fire, flow) if fire is not None else ["no crisis was noticed"]
    figures = {
        "posts_sent": sent.posts,
        "posts_accepted": verdict.posts_accepted,
        "posts_refused": sum(sent.refused.values()),
        "decisions": verdict.decisions,
        "decisions_duplicate": verdict.decisions_duplicate,
        "posts_without_decision": verdict.posts_without_decision,
        "decisions_without_post": verdict.decisions_without_post,
        "dead_letters": verdict.dead_letters,
        "posts_dead_lettered": verdict.posts_dead_lettered,
        "withdrawn": verdict.withdrawn,
        "invariant_holds": verdict.holds,
        "actions": dict(flow.actions.most_common()),
        "incidents": len(incidents),
        "incidents_resolved": sum(incident.state is IncidentState.RESOLVED for incident in incidents),
        "crisis": told(fire) if fire is not None else None,
        "pages_sent": flow.pages_sent(),
        "acknowledged_after_step": fire.acknowledged_after_step if fire is not None else None,
        "paged": paged(fire, flow) if fire is not None else [],
        "seconds": round(timing.seconds, 1),
        "seconds_to_first_page": _rounded(timing.seconds_to_first_page),
        "services_ready_seconds": round(timing.services_ready_seconds, 1),
        "resident_mb": round(timing.resident_mb),
        "ingest_retries": sent.retries,
        "refused": dict(sent.refused),
        "dead_letter_reasons": verdict.reasons,
        "examples": verdict.examples,
        "problems": problems,
    }
    return Summary(figures, tuple(problems), tuple(_put_aside(verdict, sent)))


def told(incident: Incident) -> str:
    """The crisis in one sentence, as an English page says it."""
    name = title(incident.kind, incident.about, incident.rule_title, EN)
    said = sentence(incident.kind, incident.about, incident.figures, EN)
    return f"{name}: {said}".replace(NO_BREAK, " ") if said else name


def paged(incident: Incident, flow: Flow) -> list[dict[str, Any]]:
    """Who was reached about an incident; steps count from 1, as people do."""
    return [
        {"step": receipt.step + 1, "person": receipt.recipient, "at": receipt.at.isoformat()}
        for receipt in flow.paged(incident.incident_id)
    ]


def _invariant(verdict: Verdict) -> list[str]:
    if verdict.holds:
        return []
    return [
        f"the invariant is broken: {verdict.posts_without_decision} posts without decision, "
        f"{verdict.decisions_duplicate} decisions too many, {verdict.decisions_without_post} without a post"
    ]


def _sending(verdict: Verdict, sent: Sent) -> list[str]:
    taken = sent.posts - sum(sent.refused.values())
    problems = []
    if verdict.posts_accepted < taken:
        problems.append(f"ingest took {taken} posts, {verdict.posts_accepted} are on record")
    if sent.posts and not verdict.decisions:
        problems.append(f"{sent.posts} posts were sent and nothing was decided")
    return problems


def _put_aside(verdict: Verdict, sent: Sent) -> Iterator[str]:
    for reason, count in sent.refused.most_common(SHOWN):
        yield f"{count:,} refused: {reason}"
    for reason, count in list(verdict.reasons.items())[:SHOWN]:
        yield f"{count:,} dead letters: {reason}"


def _crisis(fire: Incident, flow: Flow) -> list[str]:
    problems = []
    for step, person in ON_CALL.items():
        reached = {receipt.recipient for receipt in flow.paged(fire.incident_id) if receipt.step == step}
        if reached != {person}:
            problems.append(f"step {step + 1} reached {sorted(map(str, reached)) or 'nobody'}, not {person}")
    if fire.acknowledged_after_step != len(ON_CALL):
        problems.append(f"acknowledged after step {fire.acknowledged_after_step}, not {len(ON_CALL)}")
    if fire.state is not IncidentState.RESOLVED:
        problems.append(f"the incident is {fire.state.value}, not resolved")
    return problems


def _rounded(value: float | None) -> float | None:
    return round(value, 1) if value is not None else None
