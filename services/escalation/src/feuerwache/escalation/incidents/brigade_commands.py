"""What is about more than one incident, or about none yet: declare one, merge two, split one, mute a community."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated
from uuid import uuid4

import typer

from feuerwache.common.config.community import Community, load_communities
from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.incident import Declare, Merge, Mute, Split
from feuerwache.common.kafka.keys import alarm_shard
from feuerwache.common.wording.refusal import REFUSAL
from feuerwache.escalation.incidents import register
from feuerwache.escalation.incidents.bar import what_is_wrong
from feuerwache.escalation.incidents.giving import (
    EX_REFUSED,
    EX_USAGE,
    AsJson,
    IncidentId,
    Person,
    Wait,
    actor_of,
    allow,
    chosen,
    failed,
    given,
    line,
    minutes_or_time,
    now,
    run,
    settings,
    stopped,
)

#: So many communities does an error name.
SHOWN = 20


class HowBad(StrEnum):
    LOW = "low"
    HIGH = "high"
    CRITICAL = "critical"


def add_to(app: typer.Typer) -> None:
    app.command("declare")(declare)
    app.command("merge")(merge)
    app.command("split")(split)
    app.command("mute")(mute)


def declare(
    community: Annotated[str, typer.Argument(metavar="COMMUNITY", help="Where it burns: an id of communities.yaml.")],
    note: Annotated[str, typer.Argument(metavar="NOTE", help="What has happened, in a sentence.")],
    *,
    person: Person,
    severity: Annotated[HowBad, typer.Option(help="How bad it is; decides the ladder.")] = HowBad.HIGH,
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Opens an incident by hand: the ladder of the community is paged. Exit code 0 once it is open.

    Example: feuerwache incidents declare morgenrot-forum "A journalist asks about the recall" --as anna.bergmann
    """
    actor, where = actor_of(person), community_of(community)
    command = Declare(incident_id=uuid4(), community=where.id, severity=severity.value, note=note, actor=actor)
    allow(command, None)
    shard = alarm_shard(where.id, where.brand, settings().partitioning().shards)
    run(register.give_to_shard(settings(), shard, command, command.incident_id))
    opened = run(register.opened(settings(), shard, command.incident_id, wait))
    if opened is None:
        raise stopped(
            f"On record, but no incident has been opened within {wait:g} s: is a process running?", EX_REFUSED
        )
    typer.echo(opened.model_dump_json() if as_json else line(opened))


def merge(
    incident_id: IncidentId,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The incident that goes on.")],
    *,
    person: Person,
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Makes an incident part of another one of the same brand; the first ends.

    Example: feuerwache incidents merge 3f2a 91c0 --as anna.bergmann
    """
    incident, target, actor = chosen(incident_id), chosen(into), actor_of(person)
    if target.incident_id == incident.incident_id:
        raise stopped(REFUSAL["en"]["same_incident"], EX_USAGE)
    if target.community != incident.community and not target.brand == incident.brand != "":
        raise stopped(REFUSAL["en"]["other_brand"], EX_USAGE)
    command = Merge(incident_id=incident.incident_id, actor=actor, into=target.incident_id)
    given(incident, command, wait, as_json, target.incident_id)


def split(
    incident_id: IncidentId,
    posts: Annotated[list[str], typer.Argument(metavar="POST...", help="Ids of examples, as `show` lists them.")],
    *,
    person: Person,
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Takes examples out into an incident of their own.

    Example: feuerwache incidents split 3f2a p17 p18 --as anna.bergmann
    """
    incident, actor = chosen(incident_id), actor_of(person)
    refs = tuple(ref for ref in incident.examples if ref.post_id in posts)
    unknown = sorted(set(posts) - {ref.post_id for ref in refs})
    if unknown:
        known = ", ".join(ref.post_id for ref in incident.examples) or "none"
        raise stopped(f"The incident has no example {unknown[0]!r}; it has: {known}", EX_USAGE)
    command = Split(incident_id=incident.incident_id, actor=actor, new_incident_id=uuid4(), examples=refs)
    given(incident, command, wait, as_json, *sorted(posts))


def mute(
    community: Annotated[str, typer.Argument(metavar="COMMUNITY", help="An id of communities.yaml.")],
    *,
    until: Annotated[str, typer.Option(help="Until when: 3h, or 2026-11-28T18:00+01:00.")],
    person: Person,
    start: Annotated[str, typer.Option(help="From when, as until; now when left out.")] = "",
    kind: Annotated[list[CrisisKind] | None, typer.Option(help="Only these kinds; all when left out.")] = None,
    factor: Annotated[float, typer.Option(help="How many times the usual measure an alarm needs.")] = 3.0,
    note: Annotated[str, typer.Option(help="Why: the name of the campaign.")] = "",
    as_json: AsJson = False,
) -> None:
    """Announces a campaign or a live event: detectors of this community need more than usual for its time.

    A single post that cannot wait is never muted. Exit code 0 once it is on record.

    Example: feuerwache incidents mute morgenrot-forum --until 4h --note "Prize draw" --as anna.bergmann
    """
    actor, where, present = actor_of(person), community_of(community), now()
    begin = minutes_or_time(start, present) if start else present
    end = minutes_or_time(until, begin)
    if end <= begin or end <= present:
        raise stopped("The mute would be over before it begins.", EX_USAGE)
    command = Mute(
        community=where.id,
        kinds=tuple(kind or ()),
        start=begin,
        until=end,
        factor=factor,
        note=note,
        actor=actor,
    )
    wrong = what_is_wrong(command)
    if wrong is not None:
        raise stopped(f"Not sent: {wrong}.", EX_USAGE)
    allow(command, None)
    shard = alarm_shard(where.id, where.brand, settings().partitioning().shards)
    cause = (where.id, person, begin, end, factor, note, *command.kinds)
    command_id = run(register.give_to_shard(settings(), shard, command, *cause))
    if as_json:
        document = {"command_id": str(command_id), **command.model_dump(mode="json")}
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        typer.echo(
            f"On record: {where.id} needs {factor:g} times the usual from {begin:%H:%M}Z to {end:%Y-%m-%d %H:%M}Z"
        )


def community_of(community_id: str) -> Community:
    try:
        communities = load_communities(settings().config_dir)
    except FeuerwacheError as error:
        raise failed(error) from error
    found = communities.get(community_id)
    if found is None:
        some = ", ".join(list(communities.by_id)[:SHOWN])
        raise stopped(f"{community_id!r} does not stand in communities.yaml; it names: {some}", EX_USAGE)
    return found
