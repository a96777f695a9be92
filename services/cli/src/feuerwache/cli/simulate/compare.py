"""Whether two ways led to the same incidents: simulated, and through the running services. Pure.

The same incident: kind and community agree, and the onsets lie within a quarter of an hour. The same ladder: the same
steps in the same rounds called the same people, as far as both runs lasted after the alarm. When to the second may
differ: services take time, and a fast clock makes that time long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from feuerwache.cli.simulate.report import REACHED, Burned, Report
from feuerwache.common.events.alarm import CrisisKind

NEAR = timedelta(minutes=15)
#: Calls so shortly before the end of the shorter run may be missing on one side.
EDGE = timedelta(minutes=5)

#: What these are about is a hash, keyed by the secret of each stack: no use comparing it.
KEYED = frozenset({CrisisKind.COORDINATED_POSTING, CrisisKind.FEUD})

#: Round, step, and who was called then.
Rung = tuple[int, int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Pair:
    """One incident as both saw it; None where one of them did not."""

    one: Burned | None
    other: Burned | None
    differences: tuple[str, ...]


def pairs(one: Report, other: Report) -> list[Pair]:
    """Every incident of both, matched by nearest onset, in the order in which they began."""
    left = list(other.incidents)
    found: list[Pair] = []
    for incident in one.incidents:
        fitting = [each for each in left if _same(incident, each)]
        match = min(fitting, key=lambda each: abs(each.onset - incident.onset), default=None)
        if match is None:
            found.append(Pair(incident, None, (f"only {one.by} has it",)))
            continue
        left.remove(match)
        lasted = min(one.until - incident.first_alarm, other.until - match.first_alarm) - EDGE
        found.append(Pair(incident, match, tuple(_differences(one, incident, other, match, lasted))))
    found += [Pair(None, each, (f"only {other.by} has it",)) for each in left]
    return sorted(found, key=_onset)


def differences(found: list[Pair]) -> list[str]:
    """All of them, each with the incident it is about. Empty: both ways led to the same."""
    return [f"{_name(pair)}: {difference}" for pair in found for difference in pair.differences]


def rungs(incident: Burned, lasted: timedelta | None = None) -> list[Rung]:
    """The ladder as it was climbed, so long after the first alarm: each step with everybody it reached, in order."""
    climbed: dict[tuple[int, int], set[str]] = {}
    for call in incident.calls:
        if not call.digest and (lasted is None or call.at - incident.first_alarm <= lasted):
            who = climbed.setdefault((call.round, call.step), set())
            if call.status in REACHED and call.person is not None:
                who.add(call.person)
    return [(lap, step, tuple(sorted(who))) for (lap, step), who in climbed.items()]


def _same(one: Burned, other: Burned) -> bool:
    same = (one.kind, one.community, _about(one)) == (other.kind, other.community, _about(other))
    return same and abs(one.onset - other.onset) <= NEAR


def _about(incident: Burned) -> str:
    return "" if incident.kind in KEYED else incident.about


def _differences(one: Report, first: Burned, other: Report, second: Burned, lasted: timedelta) -> Iterator[str]:
    climbed, also = rungs(first, lasted), rungs(second, lasted)
    if climbed != also:
        yield f"{one.by} paged {_ladder(climbed)}; {other.by} paged {_ladder(also)}"
    if (first.acknowledged_by is None) != (second.acknowledged_by is None):
        yield f"taken over by {first.acknowledged_by} ({one.by}), by {second.acknowledged_by} ({other.by})"


def _ladder(climbed: list[Rung]) -> str:
    return ", ".join(f"{lap}.{step} {'+'.join(who) or 'nobody'}" for lap, step, who in climbed) or "nobody"


def _name(pair: Pair) -> str:
    incident = pair.one or pair.other
    assert incident is not None
    about = f" ({incident.about})" if incident.about else ""
    return f"{incident.kind.value}{about} in {incident.community}"


def _onset(pair: Pair) -> tuple[datetime, str]:
    incident = pair.one or pair.other
    assert incident is not None
    return incident.onset, incident.kind.value
