"""The notifier as it runs: a page goes out to Slack with a button, the button comes back, a command is on record."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from feuerwache.common.events.incident import Acknowledge, IncidentChanged, IncidentState
from feuerwache.common.events.page import PersonTarget
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED, INCIDENTS_COMMANDS, PAGES_REQUESTED
from support.hotline import SIGNING, CivilClock, Hotline, slack_body
from support.incidents import NIGHT
from support.kafka import until
from support.notifier import ends, page_for, station, statuses
from support.peers import wire
from support.samples import sample
from support.servers import KafkaServer

PEOPLE = """
people:
  - {id: anna, name: Anna Müller, contacts: [{channel: slack, to: U0ANNA0001}]}
"""
SCHEDULES = """
schedules:
  - id: s
    layers: [{id: first, shifts: [{id: all, from: "00:00", to: "00:00", since: 2020-01-06, people: [anna]}]}]
"""


def test_a_button_that_went_out_comes_back_as_a_command(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    posted: list[dict[str, object]] = []

    def slack(request: wire.Request) -> wire.Reply:
        posted.append(json.loads(request.body))
        return wire.Reply(body=b'{"ok": true, "ts": "1700000000.000100"}')

    async def main() -> None:
        async with wire.listening(wire.answering(slack)) as port, station(kafka, topic_prefix, tmp_path) as one:
            (one.config / "people.yaml").write_text(PEOPLE)
            (one.config / "schedules.yaml").write_text(SCHEDULES)
            secret, ports = one.config / "signing", one.config / "ports.json"
            secret.write_text(f"{SIGNING}\n")
            one.environment |= {
                "FEUERWACHE_SLACK_URL": f"http://127.0.0.1:{port}",
                "FEUERWACHE_SLACK_HOOKS": f"http://127.0.0.1:{port}",
                "FEUERWACHE_SLACK_BOT_TOKEN": "xoxb-token",
                "FEUERWACHE_SLACK_SIGNING_SECRET_FILE": str(secret),
                "FEUERWACHE_HTTP_ALLOW": "127.0.0.0/8",
                "FEUERWACHE_HTTP_PORT": "0",
                "FEUERWACHE_PORTS_FILE": str(ports),
            }
            await ensure_topics(one.settings, [INCIDENTS_COMMANDS])
            await one.start()
            await one.metrics()
            page = page_for(PersonTarget(person_id="anna"))
            state = {"incident_id": page.incident_id, "revision": 1, "state": IncidentState.TRIGGERED, "shard": 0}
            incident = sample(IncidentChanged, full=False).incident.model_copy(update=state)
            await one.publish(INCIDENTS_CHANGED, IncidentChanged(incident=incident))
            page_id = await one.publish(PAGES_REQUESTED, page)
            assert statuses(await one.settled(page_id, ends("sent", "failed"))) == ["claimed", "sent"]
            (message,) = posted
            assert isinstance(message["blocks"], list)
            value = message["blocks"][-1]["elements"][0]["value"]

            line = Hotline(json.loads(ports.read_text())["http"], CivilClock(NIGHT), None, "")  # type: ignore[arg-type]  # asks none
            body = slack_body("U0ANNA0001", value, hooks=f"http://127.0.0.1:{port}")
            assert (await line.slack(body, secret="guessed")).status_code == 403
            assert (await line.slack(body)).status_code == 200
            records = await read_topic(one.settings, one.settings.topics().of(INCIDENTS_COMMANDS))
            (command,) = [record.event().data for record in records]
            assert isinstance(command, Acknowledge)
            assert (command.incident_id, command.actor.person_id) == (page.incident_id, "anna")

            async def told() -> bool:
                return any("unterwegs" in str(value.get("text")) for value in posted)

            await until(told, "Slack is told that it is under way")

    asyncio.run(main())
