"""Calls that are signed besides their token: whole, in time, and each of them once."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from feuerwache.common.config.secretsource import SecretSource
from feuerwache.common.errors import TransientError
from feuerwache.ingest.integration import Integration, SignedCalls
from feuerwache.ingest.outbound.signing import signed_headers, signing_key
from feuerwache.ingest.security.keyring import Keyring, MissingSecret
from feuerwache.ingest.security.replay import Calls
from feuerwache.ingest.security.signedcall import WORDS, SignedCallCheck
from support.submissions import NOW

BODY = '{"post_id": "p-1", "text": "Schönes Wetter"}'.encode()
OLD, NEW, FOREIGN = ("whsec_" + base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3))
ENVIRONMENT = {"OLD": OLD, "NEW": NEW, "PLAIN": "no-secret-of-the-standard"}


def integration(*names: str, required: bool = True) -> Integration:
    sources = tuple(SecretSource(env=name) for name in names)
    signed = SignedCalls(secrets=sources, required=required)
    return Integration(id="forum", platform="forum", communities=("c",), signed=signed)


SIGNING = integration("NEW", "OLD")


def headers(secret: str = NEW, name: str = "msg-1", at: timedelta = timedelta(0)) -> dict[str, str]:
    return signed_headers(name, BODY, [signing_key(secret)], NOW + at)


def said(
    url: str,
    prefix: str,
    *calls: tuple[Integration, bytes, Mapping[str, str]],
    environment: Mapping[str, str] = ENVIRONMENT,
) -> list[str | None]:
    """What each of the calls, one after the other, is told."""

    async def run() -> list[str | None]:
        redis: Redis = Redis.from_url(url, socket_connect_timeout=1)
        try:
            check = SignedCallCheck(Keyring(environment), Calls(redis, prefix))
            return [await check.refusal(one, body, sent, NOW) for one, body, sent in calls]
        finally:
            await redis.aclose()

    return asyncio.run(run())


def test_a_call_that_is_signed_passes_with_either_secret_while_one_is_changed(
    redis_url: str, topic_prefix: str
) -> None:
    calls = [(SIGNING, BODY, headers(secret, secret)) for secret in (NEW, OLD)]
    assert said(redis_url, topic_prefix, *calls) == [None, None]


def test_the_very_same_call_counts_once_and_an_attempt_signed_anew_counts_again(
    redis_url: str, topic_prefix: str
) -> None:
    other = integration("NEW").model_copy(update={"id": "other"})
    anew = headers(at=timedelta(seconds=1))
    calls = [(SIGNING, BODY, headers()), (SIGNING, BODY, headers()), (SIGNING, BODY, anew), (other, BODY, headers())]
    assert said(redis_url, topic_prefix, *calls) == [None, "replayed", None, None]


def test_a_call_is_remembered_for_as_long_as_its_signature_is_good(redis_url: str, topic_prefix: str) -> None:
    async def scenario() -> None:
        redis: Redis = Redis.from_url(redis_url)
        await Calls(redis, topic_prefix).first("forum", "a", timedelta(minutes=5))
        (key,) = [key async for key in redis.scan_iter(f"fw:{topic_prefix}call:*")]
        assert 600_000 < await redis.pttl(key) <= 601_000
        await redis.aclose()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("body", "sent", "reason"),
    [
        (BODY, {}, "missing_signature"),
        (BODY, {name: value for name, value in headers().items() if name != "webhook-id"}, "missing_signature"),
        (BODY, headers(FOREIGN), "wrong_signature"),
        (BODY + b" ", headers(), "wrong_signature"),
        (BODY, {**headers(), "webhook-id": "msg-2"}, "wrong_signature"),
        (BODY, {**headers(), "webhook-timestamp": str(int(NOW.timestamp()) + 1)}, "wrong_signature"),
        (BODY, {**headers(), "webhook-signature": headers()["webhook-signature"].lower()}, "wrong_signature"),
        (BODY, headers(at=-timedelta(seconds=301)), "stale"),
        (BODY, headers(at=timedelta(seconds=301)), "stale"),
    ],
)
def test_anything_else_is_refused_with_its_reason(
    redis_url: str, topic_prefix: str, body: bytes, sent: dict[str, str], reason: str
) -> None:
    assert said(redis_url, topic_prefix, (SIGNING, body, sent)) == [reason]
    assert reason in WORDS


def test_where_signatures_are_not_required_a_wrong_one_is_still_refused(redis_url: str, topic_prefix: str) -> None:
    free = integration("NEW", required=False)
    calls = [(free, BODY, {}), (free, BODY, headers(FOREIGN)), (free, BODY, headers())]
    assert said(redis_url, topic_prefix, *calls) == [None, "wrong_signature", None]
    unsigned = SIGNING.model_copy(update={"signed": None})
    assert said(redis_url, topic_prefix, (unsigned, BODY, {})) == [None]


def test_a_secret_that_is_none_opens_nothing_and_one_that_is_missing_is_told(redis_url: str, topic_prefix: str) -> None:
    assert said(redis_url, topic_prefix, (integration("PLAIN"), BODY, headers())) == ["no_secret"]
    with pytest.raises(MissingSecret, match="the variable GONE"):
        said(redis_url, topic_prefix, (integration("GONE"), BODY, headers()))


def test_without_redis_nobody_says_that_a_call_is_new(topic_prefix: str) -> None:
    with pytest.raises(TransientError):
        said("redis://127.0.0.1:1/0", topic_prefix, (SIGNING, BODY, headers()))
