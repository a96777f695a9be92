"""Pseudonyms: the same person the same word, nobody told by name, and nobody taken without a key."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from feuerwache.common.config.community import Communities, Community, load_communities
from feuerwache.common.config.secretsource import SecretSource
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError, TransientError
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.keys import author_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import POSTS_INDEX, POSTS_ORPHANED, POSTS_RECEIVED, POSTS_SUBMITTED
from feuerwache.ingest.commands import app
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration, Integrations, PseudonymKey, Senders, load_integrations
from feuerwache.ingest.item import Item
from feuerwache.ingest.privacy.disguise import Disguise
from feuerwache.ingest.privacy.pseudonym import disguised, pseudonym
from feuerwache.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from support.ingest import TOKEN, TOPICS, make_settings, post_message, running, until
from support.servers import KafkaServer
from support.submissions import COMMUNITY, NOW, post

KEY, OTHER = b"k" * 32, b"l" * 64
HIDDEN = Integration(id="forum", platform="forum", communities=(COMMUNITY,), privacy="pseudonymous")
AT = "2026-11-14T20:59:30Z"


def examined(data: dict[str, Any], kind: str = "post") -> Examined:
    result = examine(Item(data, kind), HIDDEN, NOW)
    assert isinstance(result, Examined), result
    return result


def shown(data: dict[str, Any], kind: str = "post") -> dict[str, Any]:
    fields: dict[str, Any] = disguised(examined(data, kind), KEY).submission.model_dump(mode="json", exclude_none=True)
    return fields


def test_an_account_is_the_same_pseudonym_under_its_key_and_platform_alone() -> None:
    assert pseudonym(KEY, "forum", "a-1") == pseudonym(KEY, "forum", "a-1") == "p-5b49b07160cabdf09e3d33a42bdb1565"
    others = (pseudonym(OTHER, "forum", "a-1"), pseudonym(KEY, "facebook", "a-1"), pseudonym(KEY, "forum", "a-2"))
    assert len({pseudonym(KEY, "forum", "a-1"), *others}) == 4


def test_a_post_tells_nobody() -> None:
    author = {
        "id": "a-1",
        "handle": "kaffeetante",
        "display_name": "Jördis",
        "created_at": "2024-02-29T13:14:15+01:00",
        "followers": 17,
    }
    hidden = shown(post(author=author, parent_author_id="a-9", url="https://forum.example/u/Kaffeetante/p-1"))
    assert hidden["author"] == {
        "id": pseudonym(KEY, "forum", "a-1"),
        "created_at": "2024-02-01T00:00:00Z",
        "followers": 17,
    }
    assert hidden["parent_author_id"] == pseudonym(KEY, "forum", "a-9")
    assert "url" not in hidden
    assert hidden["text"] == post()["text"], "positions in it are the platform's"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://f.example/p-1", True),
        ("https://f.example/a-1", False),
        ("https://f.example/?by=J%C3%B6rdis", True),
        ("https://f.example/Jördis#x", False),
        ("https://f.example/kaffeetanten", True),
        ("https://f.example/@KAFFEETANTE/1", False),
        ("https://f.example/ba-1", True),
    ],
)
def test_a_link_that_holds_the_name_or_the_id_is_dropped(url: str, *, kept: bool) -> None:
    assert ("url" in shown(post(url=url))) is kept


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("deleted", {"author_id": "a-1", "deleted_at": AT}),
        ("reported", {"author_id": "a-1", "report_id": "r", "reporter_id": "a-2", "reported_at": AT}),
        ("moderated", {"author_id": "a-1", "action": "hide", "moderator_id": "a-3", "moderated_at": AT}),
        ("appeal", {"author_id": "a-1", "appeal_id": "x", "appealed_at": AT}),
    ],
)
def test_events_tell_nobody_either(kind: str, fields: dict[str, Any]) -> None:
    hidden = shown({"post_id": "p-1", **fields}, kind)
    for name in ("author_id", "reporter_id", "moderator_id"):
        assert hidden.get(name) == (pseudonym(KEY, "forum", fields[name]) if name in fields else None)
    bare = {name: value for name, value in fields.items() if not name.endswith("or_id") and name != "reporter_id"}
    assert "author_id" not in shown({"post_id": "p-1", **bare}, kind), "what was not said is still not said"


@given(account=st.text(min_size=5, max_size=30), key=st.binary(min_size=32, max_size=64))
def test_a_pseudonym_holds_nothing_of_the_id(account: str, key: bytes) -> None:
    word = pseudonym(key, "forum", account)
    assert len(word) == 34
    assert account not in word


def senders(*integrations: Integration, **keys: SecretSource) -> Senders:
    community = Community(id=COMMUNITY, title="T", brand="b", rules="r", policy="p")
    known = {brand: PseudonymKey(key=source) for brand, source in keys.items()}
    return Senders(
        Communities(communities=(community,)), Integrations(integrations=tuple(integrations), pseudonyms=known)
    )


def test_only_where_it_is_asked_for(tmp_path: Path) -> None:
    disguise = Disguise(lambda: senders(HIDDEN, b=SecretSource(env="KEY")), {"KEY": KEY.decode()})
    one = examined(post())
    named = HIDDEN.model_copy(update={"privacy": "named"})
    assert disguise(one, named) is one
    assert disguise(one, HIDDEN) == disguised(one, KEY)
    (tmp_path / "key").write_bytes(KEY + b"\n")
    assert Disguise(lambda: senders(HIDDEN, b=SecretSource(file=tmp_path / "key")))(one, HIDDEN) == disguised(one, KEY)


@pytest.mark.parametrize("key", ["", "short", "x" * 65])
def test_without_a_good_key_nothing_starts_and_nothing_is_taken(key: str) -> None:
    current = senders(HIDDEN, b=SecretSource(env="KEY"))
    with pytest.raises(FatalError, match="the variable KEY") as caught:
        Disguise(lambda: current, {"KEY": key})
    assert not key or key not in str(caught.value).replace("KEY", "")
    disguise = Disguise(senders, {"KEY": key})  # nobody was pseudonymous yet
    disguise._senders = lambda: current
    with pytest.raises(TransientError):
        disguise(examined(post()), HIDDEN)


def test_a_missing_key_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "communities.yaml").write_text("communities: [{id: c, title: C, brand: b, rules: r, policy: p}]\n")
    file = tmp_path / "integrations.yaml"
    text = "integrations:\n  - id: x\n    platform: forum\n    communities: [c]\n    privacy: pseudonymous\n"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"integrations\.yaml:5:\d+: .*pseudonyms: \{b: "):
        load_integrations(tmp_path, load_communities(tmp_path))
    file.write_text(text + "pseudonyms: {b: {key: {env: KEY}}}\n")
    assert load_integrations(tmp_path, load_communities(tmp_path)).pseudonyms.keys() == {"b"}


def test_the_command_says_what_to_write_into_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "communities.yaml").write_text("communities: [{id: c, title: C, brand: b, rules: r, policy: p}]\n")
    one = "  - {{id: {0}, platform: {0}, communities: [c], privacy: pseudonymous}}\n"
    file = tmp_path / "integrations.yaml"
    file.write_text("pseudonyms: {b: {key: {env: KEY}}}\nintegrations:\n" + one.format("forum"))
    environment = {"FEUERWACHE_CONFIG_DIR": str(tmp_path), "KEY": KEY.decode()}

    def run(*arguments: str, **more: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, ["ingest", "pseudonym", "a-1", *arguments], env={**environment, **more})
        return result.exit_code, result.stdout.strip(), result.stderr

    assert run("--brand", "b")[:2] == (0, pseudonym(KEY, "forum", "a-1"))
    assert "'x' is pseudonymous" in run("--brand", "x")[2]
    assert "32 to 64" in run("--brand", "b", KEY="short")[2]
    file.write_text(file.read_text() + one.format("facebook"))
    assert "--platform, one of: facebook, forum" in run("--brand", "b")[2]
    assert run("--brand", "b", "--platform", "facebook")[:2] == (0, pseudonym(KEY, "facebook", "a-1"))


def test_no_way_in_lets_a_name_through(tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str) -> None:
    settings = make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)
    (tmp_path / "key").write_bytes(KEY)
    (tmp_path / "integrations.yaml").write_text(
        f"pseudonyms: {{b: {{key: {{file: {tmp_path / 'key'}}}}}}}\nintegrations:\n"
        f"  - {{id: forum, platform: forum, communities: [{COMMUNITY}, canary], privacy: pseudonymous}}\n"
    )
    author = {"id": "author-geheim", "handle": "handle-geheim", "display_name": "Name-Geheim"}
    told = {"author": author, "parent_author_id": "parent-geheim"}
    report = {"post_id": "h", "kind": "reported", "report_id": "r", "reporter_id": "reporter-geheim", "reported_at": AT}
    orphan = {**report, "post_id": "nobody", "community": COMMUNITY, "author_id": None}

    async def scenario() -> None:
        await ensure_topics(settings, TOPICS)
        async with running(settings, topics=False) as ingest:
            assert (await ingest.http.post("/v1/posts", json=post("h", **told))).status_code == 202
            stub = ingest_pb2_grpc.IngestServiceStub(ingest.channel)
            request = ingest_pb2.PublishRequest(posts=[post_message(post("g", **told))])
            await stub.Publish(request, metadata=[("authorization", f"Bearer {TOKEN}")])
            about = [{**report, "community": COMMUNITY}, orphan]
            assert (await ingest.http.post("/v1/events", json={"events": about})).status_code == 202
            topic = settings.topics().of(POSTS_SUBMITTED)
            value = json.dumps(post("k", **told)).encode()
            headers = (("fw-integration", b"forum"),)
            async with EventProducer(settings, 10) as producer:
                await producer.send_all([Outgoing(topic, 0, b"k", value, headers)])

            async def all_there() -> bool:
                return len(await ingest.records(POSTS_RECEIVED)) == 4

            await until(all_there)
            records = [
                record for of in (POSTS_RECEIVED, POSTS_INDEX, POSTS_ORPHANED) for record in await ingest.records(of)
            ]
            assert len(records) == 4 + 3 + 1
            for record in records:
                held = b" ".join(
                    [record.key or b"", record.value or b"", *[value or b"" for _, value in record.headers]]
                )
                assert b"geheim" not in held.lower()
            expected = author_key(COMMUNITY, pseudonym(KEY, "forum", "author-geheim"))
            assert {record.key for record in await ingest.records(POSTS_RECEIVED)} == {expected}, "the report, too"

    asyncio.run(scenario())
