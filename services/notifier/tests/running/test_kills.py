"""A notifier that is killed or told to stop at the worst moment: nothing is lost, and repeats say so."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from feuerwache.common.events.page import (
    PersonTarget,
    Urgency,
)
from support.notifier import FIRST, ends, station, statuses
from support.servers import KafkaServer


@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.QUIET])
def test_killed_between_sending_and_settling_it_says_so_and_repeats_only_what_is_urgent(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path, urgency: Urgency
) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            await one.start()
            one.mailbox.open_gate.clear()
            page_id = await one.page(FIRST, urgency=urgency)
            await one.mailbox.wait_for(1)
            assert await one.end(signal.SIGKILL) == -signal.SIGKILL
            assert statuses(await one.receipts(page_id)) == ["claimed"]
            one.mailbox.open_gate.set()

            await one.start()
            if urgency is Urgency.QUIET:
                assert statuses(await one.settled(page_id, ends("outcome_unknown"))) == ["claimed", "outcome_unknown"]
                following = await one.page(PersonTarget(person_id="jonas"))
                await one.settled(following, ends("sent"))
                assert [mail["To"] for mail in one.mailbox.mails] == [
                    "anna@morgenrot.example",
                    "jonas@morgenrot.example",
                ]
                return
            receipts = await one.settled(page_id, ends("sent"))
            assert statuses(receipts) == ["claimed", "outcome_unknown", "claimed", "sent"]
            assert [receipt.attempt for receipt in receipts] == [1, 1, 2, 2]
            assert [receipt.possible_repeat for receipt in receipts] == [False, False, True, True]
            assert await one.end(signal.SIGTERM) == 0
            await one.start()
            following = await one.page(PersonTarget(person_id="jonas"))
            await one.settled(following, ends("sent"))
            first, repeat, _ = one.mailbox.mails
            assert first["Message-ID"] == repeat["Message-ID"]
            assert "möglicherweise doppelt" not in first["Subject"]
            assert "möglicherweise doppelt" in repeat["Subject"]
            assert statuses(await one.receipts(page_id)) == ["claimed", "outcome_unknown", "claimed", "sent"]

    asyncio.run(main())


def test_told_to_stop_while_sending_it_settles_first(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            await one.start()
            one.mailbox.open_gate.clear()
            page_id = await one.page(FIRST)
            await one.mailbox.wait_for(1)
            ending = asyncio.create_task(one.end(signal.SIGTERM))
            done, _ = await asyncio.wait({ending}, timeout=1)
            assert not done
            one.mailbox.open_gate.set()
            assert await ending == 0
            assert statuses(await one.receipts(page_id)) == ["claimed", "sent"]

    asyncio.run(main())


@pytest.mark.parametrize("point", ["after_handle", "after_send", "after_commit", "after_channel"])
def test_wherever_it_is_killed_the_page_is_sent(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path, point: str
) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            marker = tmp_path / "hit"
            one.environment["FEUERWACHE_CHAOS"] = f"notifier.{point}@{marker}"
            await one.start()
            page_id = await one.page(FIRST)
            assert one.process is not None
            async with asyncio.timeout(60):
                assert await one.process.wait() == -signal.SIGKILL
            assert marker.exists()
            one.process = None
            await one.start()
            receipts = await one.settled(page_id, ends("sent"))
            claimed_before = point in {"after_commit", "after_channel"}
            assert statuses(receipts) == (
                ["claimed", "outcome_unknown", "claimed", "sent"] if claimed_before else ["claimed", "sent"]
            )
            assert len(one.mailbox.mails) == (2 if point == "after_channel" else 1)

    asyncio.run(main())
