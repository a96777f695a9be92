"""Whatever is sent to ingest: no 5xx, no hang, nothing of it in the log, and it is well afterwards.

A few hundred cases in the usual suite; `make fuzz` runs ten thousand (`FEUERWACHE_FUZZ_CASES`). Half of them are made
by schemathesis from the OpenAPI document, right and wrong ones; the others are calls of platforms with a right
signature and a body that is nearly right, random protobuf messages, and bytes that are none.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, cast

import grpc
import httpx
import pytest
import schemathesis
from grpc_health.v1 import health_pb2, health_pb2_grpc
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from feuerwache.ingest.v1 import ingest_pb2
from support.fuzzing import CANARY, Calls, Target, message, target
from support.ingest import TOKEN
from support.servers import KafkaServer

CASES = int(os.environ.get("FEUERWACHE_FUZZ_CASES", "300"))
SEED = int(os.environ.get("FEUERWACHE_FUZZ_SEED", "7"))
#: No answer within this is a hang. Nothing here takes long, but the machine may be busy.
SECONDS = 10.0
#: More than this while cases are sent is a leak.
GROWTH_BYTES = 150_000_000
SERVICE = "feuerwache.ingest.v1.IngestService"
#: What means that we broke, or did not answer.
BROKEN = {
    *(grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DATA_LOSS),
    *(grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNIMPLEMENTED),
}

#: Of all cases.
SHARES = {"bytes": 0.1, "hooks": 0.15, "messages": 0.25, "documents": 0.5}


def share(what: str) -> int:
    return max(1, round(CASES * SHARES[what]))


@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning:schemathesis", "ignore::DeprecationWarning:jsonschema")
def test_whatever_comes_is_answered_and_breaks_nothing(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    answers: Counter[str] = Counter()
    began = monotonic()
    with target(tmp_path, kafka.bootstrap, redis_url, topic_prefix) as one:
        warm_up(one)
        before = one.resident()
        documents(one, share("documents"), answers)
        hooks(one, share("hooks"), answers)
        messages(one, share("messages"), answers)
        no_messages(one, share("bytes"), answers)
        grown = one.resident() - before
        with grpc.insecure_channel(one.grpc) as channel:
            found = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(service=SERVICE), timeout=SECONDS
            )
        assert found.status == health_pb2.HealthCheckResponse.SERVING
        assert httpx.post(f"{one.http}/v1/posts", headers=HEADERS, json=[], timeout=SECONDS).status_code < 500
        written = one.log.read_text(errors="replace")
    took = monotonic() - began
    figures = f"{sum(answers.values())} cases in {took:.0f} s, {grown / 1e6:.0f} MB more: {sorted(answers.items())}"
    print(f"\n{figures}")  # noqa: T201 - what `make fuzz` is asked for
    assert sum(answers.values()) >= CASES
    assert grown < GROWTH_BYTES
    assert CANARY not in written
    assert TOKEN not in written


HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def warm_up(one: Target) -> None:
    """So that what is loaded once is not taken for a leak."""
    for _ in range(20):
        httpx.post(f"{one.http}/v1/posts", headers=HEADERS, json=[{"text": CANARY}], timeout=SECONDS)


def note(answers: Counter[str], way: str, status: int, case: object) -> None:
    answers[f"{way} {status}"] += 1
    assert status < 500, f"{status}: {case!r:.2000}"


def documents(one: Target, count: int, answers: Counter[str]) -> None:
    """What the OpenAPI document says, and what it does not allow."""
    schema = schemathesis.openapi.from_dict(httpx.get(f"{one.http}/openapi.json", timeout=SECONDS).json())
    operations: list[Any] = [each.ok() for each in cast(Any, schema).get_all_operations()]
    modes = list(GenerationMode)
    each = -(-count // (len(operations) * len(modes)))
    with httpx.Client(base_url=one.http, timeout=SECONDS) as client:
        for operation in operations:
            for mode in modes:
                document(operation, mode, each, client, answers)


def document(operation: Any, mode: GenerationMode, count: int, client: httpx.Client, answers: Counter[str]) -> None:
    sent = 0

    @seed(SEED)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        nonlocal sent
        sent += 1
        wanted = case.as_transport_kwargs(base_url=str(client.base_url).rstrip("/"), headers=HEADERS)
        response = schemathesis_call(wanted, client)
        note(answers, "documents", response.status_code, wanted.get("json", wanted.get("data")))

    with suppress(Unsatisfiable):  # there is nothing wrong that a GET without a body could be made of
        run()
    # Hypothesis also ends when it has seen all there is.
    for number in range(count - sent):
        response = client.request(operation.method.upper(), f"/v1/hooks/{CANARY}-{number}?a={number}")
        note(answers, "documents", response.status_code, number)


def schemathesis_call(wanted: dict[str, Any], client: httpx.Client) -> httpx.Response:
    """As it would be sent by requests; what cannot be written as HTTP at all is sent without that part."""
    data, body = wanted.get("data"), dict[str, Any]()
    if "json" in wanted:
        body["json"] = wanted["json"]
    elif isinstance(data, bytes | str):
        body["content"] = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    elif isinstance(data, dict):
        body["data"] = data
    headers = {
        name: value for name, value in dict(wanted.get("headers") or {}).items() if isinstance(value, str) and value
    }
    cookies = wanted.get("cookies")
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}=x" for name in cookies)
    try:
        return client.request(wanted["method"], wanted["url"], headers=headers, params=wanted.get("params"), **body)
    except (UnicodeEncodeError, httpx.InvalidURL, httpx.LocalProtocolError, ValueError):
        return client.request(wanted["method"], f"{client.base_url}v1/posts", headers=HEADERS, **body)


def hooks(one: Target, count: int, answers: Counter[str]) -> None:
    chance = random.Random(SEED)
    calls = Calls(one.hooks, chance)
    with httpx.Client(base_url=one.http, timeout=SECONDS) as client:
        for _ in range(count):
            call = calls.one()
            response = client.request(call.method, call.path, headers=call.headers, content=call.body)
            note(answers, "hooks", response.status_code, (call.path, call.body))
    assert answers["hooks 200"], "a signature was right"


def messages(one: Target, count: int, answers: Counter[str]) -> None:
    chance = random.Random(SEED)
    methods = ingest_pb2.DESCRIPTOR.services_by_name["IngestService"].methods
    with grpc.insecure_channel(one.grpc) as channel:
        for _ in range(count):
            method = chance.choice(methods)
            kind = getattr(ingest_pb2, method.input_type.name)
            several = [message(kind, chance) for _ in range(chance.choice((1, 1, 3)) if method.client_streaming else 1)]
            status, _ = said(channel, method, [each.SerializeToString() for each in several])
            answers[f"messages {status.name}"] += 1
            assert status not in BROKEN, (method.name, str(several)[:2000])


def no_messages(one: Target, count: int, answers: Counter[str]) -> None:
    chance = random.Random(SEED)
    methods = ingest_pb2.DESCRIPTOR.services_by_name["IngestService"].methods
    with grpc.insecure_channel(one.grpc) as channel:
        for _ in range(count):
            method = chance.choice(methods)
            body = chance.randbytes(chance.choice((0, 1, 8, 100, 4_000)))
            status, details = said(channel, method, [body])
            answers[f"bytes {status.name}"] += 1
            assert status not in BROKEN, (method.name, details, body[:200])


def said(channel: grpc.Channel, method: Any, bodies: list[bytes]) -> tuple[grpc.StatusCode, str]:
    """How the call ended, with its details."""
    path, metadata = f"/{SERVICE}/{method.name}", (("authorization", f"Bearer {TOKEN}"),)
    untyped: Any = channel  # without serializers: what goes over is what is in `bodies`
    try:
        if method.client_streaming:
            for _ in untyped.stream_stream(path)(iter(bodies), metadata=metadata, timeout=SECONDS):
                pass
        else:
            untyped.unary_unary(path)(bodies[0], metadata=metadata, timeout=SECONDS)
    except grpc.RpcError as error:
        call: Any = error
        return call.code(), call.details() or ""
    return grpc.StatusCode.OK, ""
