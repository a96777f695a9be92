"""What channels over HTTP share: secrets from files, ids fit for the record, calls that cannot even be written."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.contact import WebhookContact
from feuerwache.common.http.client import Answer
from feuerwache.common.http.guard import LOOPBACK, AddressGuard
from feuerwache.notifier.channels.channel import Outcome, Result
from feuerwache.notifier.channels.http import (
    Call,
    HttpLine,
    SecretError,
    basic,
    bearer,
    identifier,
    said,
    secret,
    unanswered,
)
from support.peers.webhook import WEBHOOK, WHSEC


def test_a_secret_is_read_from_its_file_without_the_blanks_around_it(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("  swordfish\n")
    assert asyncio.run(secret(None, path)) == "swordfish"
    path.write_text("changed\n")
    assert asyncio.run(secret(None, path)) == "changed"
    assert asyncio.run(secret(SecretStr("given"), None)) == "given"
    assert asyncio.run(secret(None, None)) is None


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_secret_that_cannot_be_had_is_said_without_a_word_about_it(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "file-nobody-knows"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SecretError) as caught:
        asyncio.run(secret(None, path))
    assert "file-nobody-knows" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_a_channel_whose_secret_is_in_a_file_sends_and_without_it_gives_up(tmp_path: Path) -> None:
    async def main(path: Path) -> Outcome:
        async with WEBHOOK.case("success", tmp_path) as case:
            assert isinstance(case.contact, WebhookContact)
            case.contact = WebhookContact(url=case.contact.url, secret_file=path)
            return await case.send()

    (tmp_path / "secret").write_text(WHSEC + "\n")
    assert asyncio.run(main(tmp_path / "secret")).success
    assert asyncio.run(main(tmp_path / "missing")).result is Result.PERMANENT
    (tmp_path / "secret").write_text("whsec_this is no base64!")
    assert asyncio.run(main(tmp_path / "secret")).result is Result.PERMANENT


@pytest.mark.parametrize(
    "call",
    [
        Call("http://[broken/", b""),
        Call("gopher://localhost/", b""),
        Call("http://localhost:99999/", b""),
        Call("http://localhost/", b"", {"Authorization": "Bearer schlüssel\u2028"}),
        Call("http://localhost/", b"", {"X-Token": "two\r\nlines"}),
        Call("http://" + "a" * 300 + ".example/", b""),
    ],
    ids=["brackets", "scheme", "port", "not ascii", "two lines", "long label"],
)
def test_a_call_that_cannot_be_written_is_an_outcome_and_repeats_nothing(call: Call) -> None:
    async def main() -> Outcome:
        line = HttpLine(AddressGuard(LOOPBACK), SystemClock(), seconds=10)
        try:
            return await line.call(call)
        finally:
            await line.close()

    outcome = asyncio.run(main())
    assert outcome.result in {Result.PERMANENT, Result.TRANSIENT}
    assert not any(part in repr(outcome) for part in ("schlüssel", "two", "aaa", "broken"))


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (ssl.SSLCertVerificationError("self signed"), Result.PERMANENT),
        (ssl.SSLError("wrong version number"), Result.PERMANENT),
        (ssl.SSLEOFError("unexpected eof"), Result.TRANSIENT),
        (TimeoutError(), Result.TRANSIENT),
        (httpx.ReadTimeout("x"), Result.TRANSIENT),
        (httpx.RemoteProtocolError("x"), Result.TRANSIENT),
        (OSError("no such host"), Result.TRANSIENT),
        (httpx.UnsupportedProtocol("x"), Result.PERMANENT),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_call_without_an_answer(error: Exception, result: Result) -> None:
    wrapped = httpx.ConnectError("outside")
    wrapped.__cause__ = error
    assert unanswered(wrapped if isinstance(error, ssl.SSLError) else error).result is result


def test_an_answer_is_an_object_or_nothing() -> None:
    assert said(Answer(200, {}, b'{"ok": false}', cut=False)) == {"ok": False}
    for nothing in (b"", b"[1]", b"<html>", b'{"ok"', b"\xff"):
        assert said(Answer(200, {}, nothing, cut=False)) == {}


def test_an_id_of_a_provider_goes_on_record_only_if_it_looks_like_one() -> None:
    assert identifier("SM0123456789abcdef") == "SM0123456789abcdef"
    assert identifier(1234567890) == "1234567890"
    for doubtful in ("", "two words", "<b>", "x" * 81, None, 1.5, ["a"], "tóken"):
        assert identifier(doubtful) is None


def test_what_is_sent_along_shows_in_no_repr() -> None:
    call = Call.form("https://api.example/token-in-the-path", {"To": "+4915112345678"}, bearer("tk"))
    assert repr(call) == "Call(method='POST')"
    assert call.body == b"To=%2B4915112345678"
    assert basic("Aladdin", "open sesame") == {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
