"""What every adapter has to do, held against all of them: one suite, filled by the samples that lie beside each one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from feuerwache.ingest.adapters.adapter import Delivery, Fetched, Polled, Reading, Refusal, Refused
from feuerwache.ingest.adapters.profile import Feature
from feuerwache.ingest.adapters.registry import load
from feuerwache.ingest.adapters.sample import differences, read_sample, run, samples, sent
from feuerwache.ingest.envelope import Unreadable
from support.adapters import (
    ODD,
    built,
    cases,
    changed,
    near,
    proof_of,
    signed,
    webhook,
    while_changing,
    with_header,
    without,
)

#: A mutation costs some 50 µs; the samples of a platform are much alike, so a few of each are enough.
MUTATED_NODES = 60


@pytest.mark.parametrize(("kind", "path"), cases())
def test_a_sample_gives_what_its_platform_means(kind: str, path: Path) -> None:
    sample = read_sample(path)
    assert differences(sample.expect, run(sample, load(kind))) == []


@pytest.mark.parametrize("kind", built())
def test_every_feature_of_an_adapter_is_shown_by_a_sample_and_no_other(kind: str) -> None:
    profile = load(kind).profile
    found = [read_sample(path) for path in samples(kind)]
    shown = {feature for sample in found for feature in sample.features}
    shown |= {Feature.SIGNATURE for sample in found if proof_of(sample) is not None}
    assert shown == set(profile.features)


@pytest.mark.parametrize("kind", built())
def test_an_adapter_names_the_pages_it_was_checked_against(kind: str) -> None:
    profile = load(kind).profile
    assert profile.name == kind
    assert profile.docs and all(page.startswith("https://") for page in profile.docs)
    assert all(why for why in profile.missing.values())


@pytest.mark.parametrize(("kind", "path"), signed())
def test_the_call_of_a_sample_is_believed_for_its_proof_alone(kind: str, path: Path) -> None:
    sample = read_sample(path)
    adapter, delivery, header = webhook(load(kind), sample), sample.delivery(), str(proof_of(sample))

    def judged(call: Delivery, secrets: object = sample.values) -> Refusal | None:
        found = adapter.verify(call, secrets, sample.now)  # type: ignore[arg-type]  # Secrets, by its default
        return found.reason if isinstance(found, Refused) else None

    value = delivery.headers[header]
    assert judged(delivery) is None
    assert judged(delivery, while_changing(sample.values)) is None
    assert judged(delivery, changed(sample.values)) is Refusal.WRONG
    assert judged(without(delivery, header)) is Refusal.MISSING
    assert judged(with_header(delivery, header, "")) is Refusal.MISSING
    for wrong in (value[:-1], value + "0", value[1:], "sha1=" + value, value.swapcase(), "ä" + value):
        assert judged(with_header(delivery, header, wrong)) is not None
    assert judged(delivery, {}) is Refusal.NO_SECRET
    assert judged(delivery, dict.fromkeys(sample.values, ())) is Refusal.NO_SECRET
    assert judged(delivery, dict.fromkeys(sample.values, (b"",))) is not None
    request = sample.request
    written = {name.lower(): value for name, value in request.headers.items()}[header] if request is not None else ""
    if "{secret:" not in written:
        body = delivery.body
        assert judged(replace(delivery, body=bytes([body[0] ^ 1]) + body[1:])) is Refusal.WRONG
        assert judged(replace(delivery, body=body + b" ")) is Refusal.WRONG
        assert judged(replace(delivery, body=b"")) is Refusal.WRONG


@pytest.mark.parametrize("kind", built())
def test_every_webhook_has_a_sample_with_a_proof(kind: str) -> None:
    profile = load(kind).profile
    assert (Feature.SIGNATURE in profile.features) == any(case.values[0] == kind for case in signed())


BODIES = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b"0",
    b'"x"',
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"{" * 10_000,
    b"[" * 100_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"id":' + b"9" * 5_000 + b"}",
    b'{"a":1e400}',
    b"a=b&c=d",
)


@pytest.mark.parametrize(("kind", "path"), cases("webhook"))
def test_no_body_breaks_an_adapter(kind: str, path: Path) -> None:
    sample = read_sample(path)
    adapter, delivery = webhook(load(kind), sample), sample.delivery()
    for body in BODIES:
        _read_or_refuse(lambda body=body: adapter.read(replace(delivery, body=body), sample.now))


@pytest.mark.parametrize(("kind", "path"), cases("webhook"))
def test_no_field_of_another_kind_breaks_an_adapter(kind: str, path: Path) -> None:
    sample = read_sample(path)
    adapter, delivery = webhook(load(kind), sample), sample.delivery()
    document = sample.request.body if sample.request is not None else ""
    try:
        document = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        document = {}
    for at, body in enumerate(near(document)):
        if at > MUTATED_NODES * len(ODD):
            break
        _read_or_refuse(lambda body=body: adapter.read(replace(delivery, body=body), sample.now))
    for answer in sample.answers:
        reading = adapter.read(delivery, sample.now)
        for at, body in enumerate(near(answer.body)):
            if at > MUTATED_NODES * len(ODD):
                break
            fetched = Fetched(200, {}, body)
            for fetch in reading.fetches[:1]:
                _read_or_refuse(lambda fetch=fetch, fetched=fetched: adapter.complete(fetch, fetched, sample.now))


@pytest.mark.parametrize(("kind", "path"), cases("polling"))
def test_no_answer_of_another_kind_breaks_a_poller(kind: str, path: Path) -> None:
    sample = read_sample(path)
    adapter = cast(Polled, load(kind).make(load(kind).settings.model_validate(sample.settings)))
    cursor = adapter.begin(sample.now) if sample.cursor is None else sample.cursor
    asks = adapter.ask(cursor, sample.now)
    for answer in sample.answers[:1]:
        for at, body in enumerate((*BODIES, *near(answer.body), sent(answer.body))):
            if at > MUTATED_NODES * len(ODD):
                break
            try:
                adapter.page(cursor, asks[0], Fetched(200, {}, body), sample.now)
            except Unreadable:
                continue


def _read_or_refuse(read: object) -> None:
    """An adapter reads, or says that this is not what the platform sends; any other exception is a bug."""
    try:
        reading = read()  # type: ignore[operator]  # a closure over what is read
    except Unreadable:
        return
    assert isinstance(reading, Reading)
    assert all(isinstance(item.data, dict) for item in reading.items)
