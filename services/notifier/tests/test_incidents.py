"""What the notifier knows of incidents: the newest state of each, merged ones by what they became part of."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from feuerwache.common.events.base import Event
from feuerwache.common.events.incident import Incident, IncidentChanged, IncidentState
from feuerwache.common.events.page import PageRequested
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.keys import incident_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED
from feuerwache.notifier import incidents as module
from feuerwache.notifier.incidents import Incidents
from support.kafka import settings_for, until
from support.samples import event, sample
from support.servers import KafkaServer

ONE, TWO = UUID(int=1), UUID(int=2)


def incident(incident_id: UUID, revision: int, **changes: object) -> Incident:
    base = {"incident_id": incident_id, "revision": revision, "state": IncidentState.TRIGGERED, "merged_into": None}
    return sample(IncidentChanged, full=False).incident.model_copy(update={**base, **changes})


def outgoing(changed: Incident, topic: str = "t") -> Outgoing:
    base = event(IncidentChanged, full=False)
    said = Event(base.id, base.source, base.time, IncidentChanged(incident=changed))
    return Outgoing.of(topic, 0, incident_key(changed.incident_id), said)


def record(changed: Incident) -> Record:
    out = outgoing(changed)
    return Record(out.topic, 0, 0, 0, out.key, out.value, tuple(out.headers))


def known(*changed: Incident) -> Incidents:
    followed = Incidents(settings_for("127.0.0.1:1", "t."))
    for one in changed:
        followed.take(record(one))
    return followed


def test_the_newest_revision_stands_and_a_record_read_again_takes_nothing_back() -> None:
    taken = incident(ONE, 4, state=IncidentState.ACKNOWLEDGED, owner="anna.bergmann")
    followed = known(incident(ONE, 3), taken, incident(ONE, 3))
    assert followed.get(ONE) == taken
    assert followed.get(TWO) is None


def test_what_is_resolved_is_known_but_no_longer_open() -> None:
    followed = known(incident(ONE, 1), incident(TWO, 1))
    followed.take(record(incident(ONE, 2, state=IncidentState.RESOLVED)))
    assert [one.incident_id for one in followed.open()] == [TWO]
    assert followed.get(ONE) is not None
    followed.take(record(incident(ONE, 3, state=IncidentState.REOPENED)))
    assert len(followed.open()) == 2


def test_a_merged_incident_leads_to_what_it_became_part_of_and_a_circle_ends() -> None:
    ended = IncidentState.RESOLVED
    followed = known(incident(ONE, 1, state=ended, merged_into=TWO), incident(TWO, 5))
    present = followed.present(ONE)
    assert present is not None and present.incident_id == TWO
    followed.take(record(incident(TWO, 6, state=ended, merged_into=ONE)))
    assert followed.present(ONE) is not None


def test_only_so_many_of_what_has_ended_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ENDED", 3)
    ended = [incident(UUID(int=number), 1, state=IncidentState.RESOLVED) for number in range(5)]
    followed = known(*ended, incident(UUID(int=9), 1))
    assert [followed.get(one.incident_id) is not None for one in ended] == [False, False, True, True, True]
    assert followed.get(UUID(int=9)) is not None


def test_a_change_wakes_who_waits_for_it_and_time_ends_the_wait() -> None:
    async def main() -> None:
        followed = known(incident(ONE, 1))

        def owned() -> bool:
            now = followed.get(ONE)
            return now is not None and now.owner == "anna.bergmann"

        assert not await followed.until(owned, 0.01)
        waiting = asyncio.create_task(followed.until(owned, 30))
        await asyncio.sleep(0)
        followed.take(record(incident(ONE, 2)))
        followed.take(record(incident(ONE, 3, owner="anna.bergmann")))
        assert await waiting

    asyncio.run(main())


def test_it_follows_the_topic_past_what_is_none_and_forgets_what_the_task_forgets(
    kafka: KafkaServer, topic_prefix: str
) -> None:
    settings = settings_for(kafka.bootstrap, topic_prefix)
    topic = settings.topics().of(INCIDENTS_CHANGED)

    async def main() -> None:
        await ensure_topics(settings, [INCIDENTS_CHANGED])
        followed = Incidents(settings)
        assert "not been read yet" in str(followed.health())
        bad = [Outgoing(topic, 0, b"k", b"garbage"), Outgoing(topic, 0, b"no id", None)]
        bad.append(Outgoing.of(topic, 0, b"k", event(PageRequested)))
        async with EventProducer(settings) as producer, followed.following():
            await producer.send_all([outgoing(incident(ONE, 1), topic), *bad, outgoing(incident(TWO, 1), topic)])
            assert await followed.until(lambda: len(followed.open()) == 2, 30)
            assert REGISTRY.get_sample_value("feuerwache_notifier_incidents_unreadable") == 3
            await producer.send(Outgoing(topic, 0, incident_key(ONE), None))

            async def gone() -> bool:
                return followed.get(ONE) is None and followed.health() is None

            await until(gone, "the tombstone is read")

    asyncio.run(main())
