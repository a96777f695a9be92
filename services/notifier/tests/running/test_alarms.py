"""Systems that keep an alarm of their own hear who has the incident and that it is over, in the notifier as it runs."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.incident import IncidentChanged, IncidentState, TimelineEntry
from feuerwache.common.events.page import PageRequested, PersonTarget
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED, PAGES_REQUESTED
from support.kafka import until
from support.notifier import Station, page_for, station
from support.peers import wire
from support.samples import sample
from support.servers import KafkaServer

PEOPLE = """
people:
  - id: anna
    name: Anna Müller
    contacts: [{{channel: pagerduty, routing_key: e93facc04764012d7bfb002500d5d1a6}}]
  - id: wall
    name: Wall
    contacts: [{{channel: alertmanager, url: "http://127.0.0.1:{port}"}}]
"""
SCHEDULES = """
schedules:
  - id: s
    layers: [{id: first, shifts: [{id: all, from: "00:00", to: "00:00", since: 2020-01-06, people: [anna]}]}]
"""


async def became(one: Station, page: PageRequested, state: IncidentState, revision: int, *whats: str) -> None:
    """The incident as the task tells of it, with these lines in its timeline."""
    actor = Actor(person_id="jonas", via=Via.LINK)
    lines = tuple(TimelineEntry(at=datetime.now(UTC), what=what, actor=actor) for what in whats)
    changes = {"incident_id": page.incident_id, "revision": revision, "state": state, "shard": 0, "timeline": lines}
    incident = sample(IncidentChanged, full=False).incident.model_copy(update=changes)
    await one.publish(INCIDENTS_CHANGED, IncidentChanged(incident=incident))


def test_pagerduty_is_told_of_the_answer_and_both_of_the_end(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    events: list[dict[str, Any]] = []
    alerts: list[dict[str, Any]] = []

    def peer(request: wire.Request) -> wire.Reply:
        body = json.loads(request.body)
        if request.target == "/api/v2/alerts":
            alerts.extend(body)
            return wire.Reply()
        events.append(body)
        return wire.Reply("202 Accepted", body=b'{"status": "success", "dedup_key": "d"}')

    async def main() -> None:
        async with wire.listening(wire.answering(peer)) as port, station(kafka, topic_prefix, tmp_path) as one:
            (one.config / "people.yaml").write_text(PEOPLE.format(port=port))
            (one.config / "schedules.yaml").write_text(SCHEDULES)
            one.environment |= {
                "FEUERWACHE_PAGERDUTY_ADDRESS": f"http://127.0.0.1:{port}/v2/enqueue",
                "FEUERWACHE_HTTP_ALLOW": "127.0.0.0/8",
            }
            await one.start()
            await one.metrics()

            async def seen(events_seen: int, alerts_seen: int) -> None:
                async def enough() -> bool:
                    return (len(events), len(alerts)) == (events_seen, alerts_seen)

                await until(enough, f"{events_seen} events and {alerts_seen} alerts", 60)

            who = (PersonTarget(person_id="anna"), PersonTarget(person_id="wall"))
            page = page_for(*who).model_copy(update={"revision": 1})
            await one.publish(PAGES_REQUESTED, page)
            await seen(1, 1)
            await became(one, page, IncidentState.ACKNOWLEDGED, 2, "acknowledged")
            await seen(2, 1)
            key = events[0]["routing_key"]
            assert events[1] == {
                "routing_key": key,
                "event_action": "acknowledge",
                "dedup_key": str(page.incident_id),
            }
            await became(one, page, IncidentState.RESOLVED, 3, "acknowledged", "resolved")
            await seen(3, 2)
            assert [event["event_action"] for event in events] == ["trigger", "acknowledge", "resolve"]
            assert {event["dedup_key"] for event in events} == {str(page.incident_id)}
            opened, ended = alerts
            assert opened["labels"] == ended["labels"] and opened["startsAt"] == ended["startsAt"]
            assert (
                datetime.fromisoformat(ended["endsAt"]) <= datetime.now(UTC) < datetime.fromisoformat(opened["endsAt"])
            )

    asyncio.run(main())
