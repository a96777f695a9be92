"""docs/outbound.md is right: its code proves and follows, its configuration loads, its tables are those of the code."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from feuerwache.common.config.community import load_communities
from feuerwache.common.events.decision import Action, AppealState
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration, load_integrations
from feuerwache.ingest.item import Item
from feuerwache.ingest.outbound.capability import FALLBACKS, translate
from feuerwache.ingest.outbound.document import appeal_document, document
from feuerwache.ingest.outbound.outcome import DOOR
from feuerwache.ingest.outbound.signing import signed_headers
from support.decisions import appealed, decision, event
from support.outbound import TOKEN, configure, make_settings, read, running, stream
from support.servers import KafkaServer

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "outbound.md").read_text("utf-8")


def code(language: str, containing: str) -> str:
    """The block of the page that holds these words, without its indentation."""
    blocks = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
    [(indent, found)] = [block for block in blocks if containing in block[1]]
    return "".join(line.removeprefix(indent) for line in found.splitlines(keepends=True))


def defined(containing: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(code("python", containing), names)
    return names


def test_ten_lines_prove_a_call() -> None:
    lines = code("python", "def proven").split('"""\n')[1].strip().splitlines()
    assert len(lines) <= 10
    proven = defined("def proven")["proven"]
    key = b"k" * 32
    secret = "whsec_" + base64.b64encode(key).decode()
    other = "whsec_" + base64.b64encode(b"o" * 32).decode()
    now, body = datetime.now(UTC), '{"ä": 1}'.encode()
    headers = signed_headers("id", body, [b"n" * 32, key], now)
    assert proven(headers, body, secret)
    assert not proven(headers, body + b" ", secret)
    assert not proven(headers, body, other)
    assert not proven(signed_headers("id", body, [key], now - timedelta(minutes=10)), body, secret)


def test_its_configuration_loads(tmp_path: Path) -> None:
    (tmp_path / "integrations.yaml").write_text(code("yaml", "integrations:"))
    communities = load_communities(ROOT / "config")
    [integration] = load_integrations(tmp_path, communities).integrations
    assert integration.outbound is not None
    assert integration.outbound.webhook is not None


def test_its_tables_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", PAGE.split("asked instead")[1], re.MULTILINE)
    told = {Action(name): tuple(map(Action, re.findall(r"`(\w+)`", cell))) for name, cell in rows[: len(FALLBACKS)]}
    assert told == FALLBACKS
    [door] = re.findall(r"^\| ([\d, ]+) \| the door", PAGE, re.MULTILINE)
    assert {int(status) for status in door.split(", ")} == DOOR


def test_it_names_every_field_there_is() -> None:
    made = decision(
        Action.REMOVE, Action.WARN, supersedes=event(decision(Action.HOLD)).id, ruleset="r", ruleset_version="v"
    )
    data = document(event(made).id, made, translate(made.actions, (Action.HIDE,)))
    block = code("json", "decision.made")
    assert not [name for name in data if f'"{name}":' not in block]


def test_it_names_every_field_of_an_appeal_and_every_state() -> None:
    block = code("json", "appeal.changed")
    told = appeal_document(uuid4(), appealed(AppealState.UPHELD, uuid4()))
    assert [name for name in told if f'"{name}":' not in block] == []
    [states] = [line for line in PAGE.splitlines() if line.startswith("- `state`:")]
    assert re.findall(r"`(\w+)`", states.split("(")[0])[1:] == [state.value for state in AppealState]


def test_its_caller_says_what_was_done(tmp_path: Path, kafka: KafkaServer, topic_prefix: str) -> None:
    report = defined("def report")["report"]

    async def scenario() -> None:
        configure(tmp_path, {"forum": ""})
        async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
            made = event(decision(Action.HOLD))
            async with stream(one.grpc_port()) as call:
                await call.read()
                await one.decide(made)
                [told], _ = await read(call, 1)
            address = f"127.0.0.1:{one.grpc_port()}"
            wrong = await asyncio.to_thread(report, address, TOKEN, [(told, "done"), (told, "perhaps")])
            assert [result.problem.partition(":")[0] for result in wrong] == ["status"]
            assert [receipt.status for receipt in await one.receipts()] == ["done"]

    asyncio.run(scenario())


def test_the_appeal_it_shows_is_taken() -> None:
    data = json.loads(re.findall(r"-d '(.*?)'", code("sh", "/v1/appeals"), re.DOTALL)[0])
    forum = Integration(id="forum", platform="forum", communities=("morgenrot-forum",))
    assert isinstance(examine(Item(data, "appeal"), forum, datetime(2026, 11, 14, 21, tzinfo=UTC)), Examined)


def test_its_reader_follows_the_stream(tmp_path: Path, kafka: KafkaServer, topic_prefix: str) -> None:
    follow = defined("def follow")["follow"]

    class Enough(Exception):  # noqa: N818 - leaves the endless reader
        pass

    async def scenario() -> None:
        configure(tmp_path, {"forum": ""})
        async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
            found: list[str] = []
            cursors: list[str] = []

            def deal_with(message: Any) -> None:
                found.append(message.id)

            def keep(cursor: str) -> None:
                cursors.append(cursor)
                if found:
                    raise Enough

            made = event(decision(Action.HOLD))

            def read() -> None:
                with suppress(Enough):
                    follow(f"127.0.0.1:{one.grpc_port()}", TOKEN, "", deal_with, keep)

            reading = asyncio.create_task(asyncio.to_thread(read))
            while not cursors:  # noqa: ASYNC110 - set in a thread; the test's own time limit ends it
                await asyncio.sleep(0.05)
            await one.decide(made)
            await asyncio.wait_for(reading, 30)
            assert found == [str(made.id)]

    asyncio.run(scenario())
