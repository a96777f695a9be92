"""The samples of all platforms, sent over HTTP to a hook: what an adapter does alone, it does behind the door too."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from prometheus_client import CollectorRegistry

from feuerwache.common.clock import ManualClock
from feuerwache.common.http.client import Answer, OutboundClient
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import Partitioning, TopicNames
from feuerwache.ingest.adapters.registry import load
from feuerwache.ingest.adapters.sample import Sample, integration_of, read_sample, sent
from feuerwache.ingest.arrival import Arrivals
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.http.hooks import Hooks
from feuerwache.ingest.integration import AdapterChoice, Integration, Integrations
from feuerwache.ingest.item import Item
from feuerwache.ingest.letter import Letters
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.security.keyring import Keyring
from feuerwache.ingest.verdict import Status, Verdict
from support.adapters import cases

HOOK = "sample"


@dataclass
class Desk:
    """An intake that examines what it is given, and keeps it."""

    sample: Sample
    taken: list[str] = field(default_factory=list)

    async def accept(self, items: Sequence[Item], integration: Integration, way: str) -> list[Verdict]:
        assert way == "hook"
        return [self._one(item, integration) for item in items]

    def _one(self, item: Item, integration: Integration) -> Verdict:
        found = examine(item, integration, self.sample.now)
        if not isinstance(found, Examined):
            return Verdict(Status.REJECTED, item.post_id, problems=found)
        self.taken.append(found.submission.post_id)
        return Verdict(Status.ACCEPTED, item.post_id)


@dataclass
class Post:
    letters: list[Outgoing] = field(default_factory=list)

    async def send_all(self, records: Sequence[Outgoing]) -> None:
        self.letters += records


class Unlimited:
    async def take(self, _: Integration, __: int, ___: str) -> float:
        return 0.0


@dataclass
class Scripted:
    """Answers the sample's fetches in turn, and sees what is asked."""

    answers: deque[Answer]
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        self.asked.append((url, headers))
        return self.answers.popleft()


@pytest.mark.parametrize(("kind", "path"), cases("webhook"))
def test_a_sample_has_the_same_fate_over_http(kind: str, path: Path) -> None:
    sample = read_sample(path)
    if len(sample.expect.fetches) != len(sample.answers):
        return  # what is asked for is not answered in this sample: there is no fate to compare
    expected = sample.expect
    integration = integration_of(sample, load(kind)).model_copy(
        update={"id": HOOK, "adapter": AdapterChoice.model_validate(_choice(kind, sample))}
    )
    known, clock, registry = Integrations(integrations=(integration,)), ManualClock(sample.now), CollectorRegistry()
    metrics, desk, post = Metrics([HOOK], registry), Desk(sample), Post()
    scripted = Scripted(deque(Answer(each.status, each.headers, sent(each.body), cut=False) for each in sample.answers))
    letters = Letters(post, TopicNames(), Partitioning())
    hooks = Hooks(
        lambda: known,
        arrivals=Arrivals(cast(Any, desk), letters, metrics),
        quota=cast(Any, Unlimited()),
        keyring=Keyring({name.upper(): value for name, value in _secrets(kind, sample).items()}),
        letters=letters,
        client=cast(OutboundClient, scripted),
        clock=clock,
        metrics=metrics,
    )
    answer = asyncio.run(_sent(hooks, sample))

    good = [item["post_id"] for at, item in enumerate(expected.items) if at not in expected.problems]
    if expected.refused is not None:
        assert (answer.status_code, desk.taken, post.letters) == (401, [], [])
    elif expected.challenged is not None:
        assert (answer.status_code, answer.text) == (200, expected.challenged)
        assert answer.headers["content-type"].startswith(("text/plain", "application/json"))
    elif expected.unreadable:
        assert 400 <= answer.status_code < 600
    else:
        assert answer.status_code == 200, answer.text
        assert sorted(desk.taken) == sorted(good)
        assert len(post.letters) == len(expected.problems)
    assert [url.partition("&appsecret_proof=")[0] for url, _ in scripted.asked] == list(expected.fetches)
    for url, _ in scripted.asked:
        assert not any(value in url for value in _secrets(kind, sample).values())


async def _sent(app: Any, sample: Sample) -> httpx.Response:
    delivery = sample.delivery()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
        return await client.request(
            delivery.method,
            f"/v1/hooks/{HOOK}",
            params=dict(delivery.query),
            content=delivery.body,
            headers=dict(delivery.headers),
        )


def _choice(kind: str, sample: Sample) -> dict[str, Any]:
    secrets = {name: [{"env": name.upper()}] for name in _secrets(kind, sample)}
    return {"kind": kind, "settings": sample.settings, "secrets": secrets}


def _secrets(kind: str, sample: Sample) -> dict[str, str]:
    """Those of the sample; what it does not speak of is there as well."""
    made_up = {name: f"{name}-nobody-speaks-of" for name in load(kind).profile.secrets}
    return {**made_up, **{name: values[0].decode() for name, values in sample.values.items()}}
