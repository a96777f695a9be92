"""What rules see of the fires around them, and that newcomers wait while it burns."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from feuerwache.common.config.community import Community
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Action, DecisionMade, Severity
from feuerwache.common.events.incident import (
    FrozenPolicy,
    Incident,
    IncidentChanged,
    IncidentPart,
    IncidentState,
)
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED
from feuerwache.escalation.rules.community.burning import Burning
from feuerwache.escalation.rules.community.fire import NO_FIRES, Fire, Fires
from feuerwache.escalation.rules.judging.rejudging import rejudge
from feuerwache.escalation.rules.settings import RulesSettings
from support.kafka import until
from support.rules import COMMUNITY, NOW, Judge, minutes, written
from support.rulestage import decisions, rules_settings, send, stage
from support.servers import KafkaServer

HERE = Community(id=COMMUNITY, title="Hier", brand="morgenrot", rules="r", policy="p")
ELSEWHERE = Community(id="anderswo", title="Anderswo", brand="andere", rules="r", policy="p")
BESIDE = Community(id="daneben", title="Daneben", brand="morgenrot", rules="r", policy="p")


def incident(**fields: Any) -> Incident:
    return Incident(
        **{
            "incident_id": uuid4(),
            "revision": 1,
            "shard": 0,
            "community": COMMUNITY,
            "community_title": "Hier",
            "kind": CrisisKind.NEGATIVITY_BURST,
            "severity": Severity.HIGH,
            "state": IncidentState.TRIGGERED,
            "onset": NOW,
            "opened_at": NOW + minutes(3),
            "last_alarm_at": NOW + minutes(3),
            "policy": FrozenPolicy(policy_id="brand", config_hash="", steps=()),
            "step": None,
            "brand": "morgenrot",
        }
        | fields
    )


def burning(*incidents: Incident) -> Fires:
    return Fires.among(fire for each in incidents if (fire := Fire.of(each)) is not None)


def test_a_post_written_while_it_burns_sees_all_that_burns_here_and_in_the_brand() -> None:
    fires = burning(
        incident(),
        incident(kind=CrisisKind.SILENCE, severity=Severity.CRITICAL, onset=NOW + minutes(5), community="daneben"),
    )
    seen = {
        "incident": True,
        "incident_kinds": ["negativity_burst", "silence"],
        "incident_severity": "critical",
        "incident_minutes": 10,
    }
    assert fires.seen_from(HERE, NOW + minutes(10)) == seen
    assert fires.seen_from(BESIDE, NOW + minutes(10)) == seen
    assert fires.seen_from(ELSEWHERE, NOW + minutes(10)) == {}
    assert fires.seen_from(HERE, NOW - minutes(1)) == {}, "written before it began"
    assert fires.seen_from(HERE, NOW + minutes(1))["incident_kinds"] == ["negativity_burst"]


def test_an_incident_of_several_communities_burns_in_each() -> None:
    part = IncidentPart(community="anderswo", community_title="A", severity=Severity.LOW, onset=NOW, last_alarm_at=NOW)
    assert burning(incident(parts=(part,))).seen_from(ELSEWHERE, NOW)["incident"] is True


@pytest.mark.parametrize(
    "fields",
    [
        {"state": IncidentState.RESOLVED},
        {"kind": CrisisKind.DRILL},
        {"kind": CrisisKind.NOBODY_REACHED},
        {"kind": CrisisKind.RULE_PAUSED},
        {"canary": True},
    ],
    ids=["over", "a drill", "about ourselves", "about our rules", "a canary"],
)
def test_what_is_over_or_no_fire_burns_nowhere(fields: dict[str, Any]) -> None:
    assert burning(incident(**fields)) == NO_FIRES


def record(key: UUID, value: Incident | None, offset: int = 0) -> Record:
    if value is None:
        return Record("t", 0, offset, 0, str(key).encode(), None)
    out = Outgoing.of("t", 0, b"", Event(uuid4(), "/incidents", NOW, IncidentChanged(incident=value)))
    return Record("t", 0, offset, 0, str(key).encode(), out.value, tuple(out.headers))


def test_the_follower_knows_the_newest_revision_and_forgets_what_is_over() -> None:
    follower = Burning(RulesSettings())
    one = incident()
    follower.hear(record(one.incident_id, one.model_copy(update={"revision": 2, "severity": Severity.CRITICAL})))
    follower.hear(record(one.incident_id, one))  # read again after the connection broke
    assert follower.fires.seen_from(HERE, NOW)["incident_severity"] == "critical"
    follower.hear(Record("t", 0, 1, 0, b"x", b"no event", ()))
    assert follower.fires.seen_from(HERE, NOW)["incident"] is True
    follower.hear(record(one.incident_id, one.model_copy(update={"revision": 3, "state": IncidentState.RESOLVED})))
    assert follower.fires == NO_FIRES
    follower.hear(record(one.incident_id, one.model_copy(update={"revision": 4, "state": IncidentState.REOPENED})))
    follower.hear(record(one.incident_id, None))
    assert follower.fires == NO_FIRES


def test_a_newcomer_waits_while_it_burns_and_the_evidence_says_so() -> None:
    judge = Judge()
    judge.fires = burning(incident())
    event = written(at=NOW + minutes(4))
    (held,) = judge.take(event)
    assert isinstance(held, DecisionMade)
    assert held.actions[:2] == (Action.HOLD, Action.REVIEW)
    assert held.evidence.community["incident_kinds"] == ["negativity_burst"]
    judge.fires = NO_FIRES
    data: Any = event.data
    assert rejudge(held, data, judge.rules.houses[COMMUNITY]).actions == held.actions, "from what was seen then"
    (quiet,) = judge.take(written("p2", author="a2", at=NOW + minutes(5)))
    assert isinstance(quiet, DecisionMade)
    assert Action.HOLD not in quiet.actions
    assert quiet.evidence.community["incident"] is False


async def tell(settings: RulesSettings, told: Incident) -> None:
    event = Event(uuid4(), "/incidents", NOW, IncidentChanged(incident=told))
    topic = settings.topics().of(INCIDENTS_CHANGED)
    async with EventProducer(settings) as producer:
        await producer.send(Outgoing.of(topic, told.shard, str(told.incident_id).encode(), event))


def test_an_incident_opens_and_a_newcomer_is_held_and_when_it_is_over_approved(
    kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    settings = rules_settings(kafka, redis_url, topic_prefix)
    asyncio.run(ensure_topics(settings, (INCIDENTS_CHANGED,)))
    fire = incident(onset=NOW - timedelta(minutes=5))

    async def scenario() -> None:
        await tell(settings, fire)
        async with stage(settings) as shell:
            await send(settings, [written("p1", author="a1")])
            (first,) = await decisions(settings, 1)
            assert first.actions[:2] == (Action.HOLD, Action.REVIEW), "known before the first post is judged"
            assert shell.health.report().get("incidents") is None
            await tell(settings, fire.model_copy(update={"revision": 2, "state": IncidentState.RESOLVED}))
            judged = 1

            async def quiet() -> bool:
                nonlocal judged
                judged += 1
                await send(settings, [written(f"p{judged}", author=f"a{judged}")])
                return (await decisions(settings, judged))[-1].evidence.community["incident"] is False

            await until(quiet, "the rules know that it is over")
            newest = await decisions(settings, judged)
        assert any(each.action not in (Action.HOLD, Action.REVIEW) for each in newest)

    asyncio.run(scenario())
