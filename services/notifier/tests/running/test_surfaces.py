"""A take-over by command is what gRPC, the feed and the next page say: one notifier, as it runs, on a real Kafka."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import grpc
import httpx

from feuerwache.notifier.apitoken import hash_of, new_token
from feuerwache.notifier.v1 import oncall_pb2, oncall_pb2_grpc
from support.kafka import until
from support.notifier import FIRST, SECRET, Station, ends, station
from support.servers import KafkaServer

TOKEN = new_token()


async def command(one: Station, *arguments: str) -> str:
    """`feuerwache oncall …` in a process of its own."""
    code = "from feuerwache.notifier.commands import app; app()"
    environment = {
        "FEUERWACHE_KAFKA_BOOTSTRAP": one.settings.kafka_bootstrap,
        "FEUERWACHE_TOPIC_PREFIX": one.settings.topic_prefix,
        "FEUERWACHE_SHARDS": "1",
        "FEUERWACHE_CONFIG_DIR": str(one.config),
        "FEUERWACHE_LINK_SECRET": SECRET,
        "FEUERWACHE_PERSON": "anna",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, "oncall", *arguments, env=environment, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, out
    return out.decode()


def test_a_take_over_is_seen_by_programs_calendars_and_pages(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            ports_file = tmp_path / "ports.json"
            (tmp_path / "tokens.json").write_text(json.dumps({"status-page": hash_of(TOKEN)}))
            one.environment = {
                "FEUERWACHE_HTTP_PORT": "0",
                "FEUERWACHE_NOTIFIER_URL": "https://wache.example",
                "FEUERWACHE_GRPC_PORT": "0",
                "FEUERWACHE_PORTS_FILE": str(ports_file),
                "FEUERWACHE_API_TOKENS_FILE": str(tmp_path / "tokens.json"),
            }
            await one.start()
            await one.metrics()  # it is ready
            ports = json.loads(ports_file.read_text())
            address = json.loads(await command(one, "address", "jonas", "--json"))["calendars"][0]
            path = httpx.URL(address).path
            async with (
                grpc.aio.insecure_channel(f"127.0.0.1:{ports['grpc']}") as channel,
                httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['http']}", trust_env=False) as client,
            ):
                stub: Any = oncall_pb2_grpc.OnCallServiceStub(channel)
                request = oncall_pb2.WhoIsOnCallRequest(schedule="s", layer="first")
                credentials = (("authorization", f"Bearer {TOKEN}"),)

                async def asked() -> list[str]:
                    answer = await stub.WhoIsOnCall(request, metadata=credentials)
                    return [person.id for person in answer.layers[0].people]

                async def jonas_is() -> bool:
                    return await asked() == ["jonas"]

                assert await asked() == ["anna"]
                assert "VEVENT" not in (await client.get(path)).text
                for name, expected in (("wache.example", 200), ("evil.example", 421)):
                    assert (await client.get(path, headers={"Host": name})).status_code == expected
                await command(one, "take-over", "--person", "jonas", "--until", "2h")
                await until(jonas_is, "the take-over holds", 20)
                assert (await client.get(path)).text.count("BEGIN:VEVENT") == 1
                receipts = await one.settled(await one.page(FIRST), ends("sent"))
                assert {receipt.recipient for receipt in receipts} == {"jonas"}
            assert await one.end(signal.SIGTERM) == 0

    asyncio.run(main())
