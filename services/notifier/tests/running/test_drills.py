"""`feuerwache page test` through the running notifier, real mail and real HTTP included."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from typer.testing import CliRunner

from feuerwache.notifier.commands import app
from support.notifier import station
from support.servers import KafkaServer


def test_a_drill_says_what_reached_and_what_did_not(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            await one.start()
            environment = {
                "FEUERWACHE_KAFKA_BOOTSTRAP": one.settings.kafka_bootstrap,
                "FEUERWACHE_TOPIC_PREFIX": one.settings.topic_prefix,
                "FEUERWACHE_SHARDS": str(one.settings.shards),
                "FEUERWACHE_CONFIG_DIR": str(tmp_path),
            }

            async def feuerwache(*arguments: str) -> tuple[int, str]:
                run = await asyncio.to_thread(CliRunner().invoke, app, ["page", *arguments], env=environment)
                return run.exit_code, run.stdout

            code, said = await feuerwache("test", "--person", "anna", "--json")
            report = json.loads(said)
            assert (code, report["whole"], report["reached"]) == (0, True, 1)
            assert report["contacts"][0]["seconds"] > 0
            (mail,) = one.mailbox.mails
            assert mail["Subject"].startswith("Übung")
            code, said = await feuerwache("drill", "--person", "two", "--person", "deaf", "--yes")
            assert code == 1
            assert "Two, email: sent after" in said
            assert "Two, webhook: failed" in said
            assert "1 of 3 contacts reached" in said
            assert "Nothing reached: deaf" in said

    asyncio.run(main())
