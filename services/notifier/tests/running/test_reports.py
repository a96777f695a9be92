"""Twilio took it over and says later that it did not arrive: the next contact goes out at once, and once."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from feuerwache.common.events.page import PageReceipt, PersonTarget
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.topics import PAGES_FAILURES
from support.hotline import SID, TOKEN, URL, CivilClock, Hotline
from support.incidents import NIGHT
from support.kafka import until
from support.notifier import ends, station
from support.peers import wire
from support.servers import KafkaServer

PEOPLE = """
people:
  - id: anna
    name: Anna Müller
    contacts:
      - {channel: sms, number: "+49 151 10000001"}
      - {channel: voice, number: "+49 151 10000001", after: 1h}
      - {channel: email, address: anna@morgenrot.example, after: 2h}
"""
SCHEDULES = """
schedules:
  - id: s
    layers: [{id: first, shifts: [{id: all, from: "00:00", to: "00:00", since: 2020-01-06, people: [anna]}]}]
"""


class Twilio:
    """Takes everything over, and remembers where it is to report to."""

    def __init__(self) -> None:
        self.reports_to: list[str] = []

    def __call__(self, request: wire.Request) -> wire.Reply:
        fields = {name: value for name, (value,) in parse_qs(request.body.decode()).items()}
        self.reports_to.append(fields["StatusCallback"].removeprefix(URL))
        return wire.Reply("201 Created", body=json.dumps({"sid": f"SM{len(self.reports_to)}"}).encode())


def story(receipts: list[PageReceipt]) -> list[tuple[str | None, str]]:
    return [(receipt.channel, receipt.status.value) for receipt in receipts]


def test_what_did_not_arrive_brings_the_next_contact_forward_once_and_in_the_end_the_step_goes_up(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    twilio = Twilio()

    async def main() -> None:
        async with wire.listening(wire.answering(twilio)) as port, station(kafka, topic_prefix, tmp_path) as one:
            (one.config / "people.yaml").write_text(PEOPLE)
            (one.config / "schedules.yaml").write_text(SCHEDULES)
            ports = one.config / "ports.json"
            one.environment |= {
                "FEUERWACHE_TWILIO_URL": f"http://127.0.0.1:{port}",
                "FEUERWACHE_TWILIO_ACCOUNT_SID": SID,
                "FEUERWACHE_TWILIO_AUTH_TOKEN": TOKEN,
                "FEUERWACHE_TWILIO_NUMBER": "+4930123456",
                "FEUERWACHE_HTTP_ALLOW": "127.0.0.0/8",
                "FEUERWACHE_HTTP_PORT": "0",
                "FEUERWACHE_NOTIFIER_URL": URL,
                "FEUERWACHE_PORTS_FILE": str(ports),
            }
            await one.start()
            await one.metrics()
            line = Hotline(json.loads(ports.read_text())["http"], CivilClock(NIGHT), None, "")  # type: ignore[arg-type]  # asks none
            page_id = await one.page(PersonTarget(person_id="anna"))
            assert story(await one.settled(page_id, ends("sent"))) == [("sms", "claimed"), ("sms", "sent")]

            lost = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}
            forged = await line.twilio(twilio.reports_to[0], lost, token="guessed")
            assert forged.status_code == 403
            assert (await line.twilio(twilio.reports_to[0], {**lost, "MessageStatus": "sent"})).status_code == 204
            for _ in range(3):
                assert (await line.twilio(twilio.reports_to[0], lost)).status_code == 204
            receipts = await one.settled(page_id, lambda found: len(found) >= 5)
            assert story(receipts) == [
                ("sms", "claimed"),
                ("sms", "sent"),
                ("sms", "failed"),
                ("voice", "claimed"),
                ("voice", "sent"),
            ]
            assert receipts[2].reason == "Twilio: undelivered (30003)"
            assert urlsplit(twilio.reports_to[1]).query != urlsplit(twilio.reports_to[0]).query

            assert (await line.twilio(twilio.reports_to[1], {"CallSid": "CA1", "CallStatus": "no-answer"})).is_success
            receipts = await one.settled(page_id, lambda found: len(found) >= 8)
            assert story(receipts)[5:] == [("voice", "failed"), ("email", "claimed"), ("email", "sent")]
            assert not any(receipt.exhausted for receipt in receipts)
            assert len(one.mailbox.mails) == 1

            async def recorded() -> bool:
                return len(await read_topic(one.settings, one.settings.topics().of(PAGES_FAILURES))) == 4

            await until(recorded, "every report is on record")
            assert len(twilio.reports_to) == 2
            assert len(await one.receipts(page_id)) == 8

    asyncio.run(main())
