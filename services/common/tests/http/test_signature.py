"""Signatures against vectors that others have published, and what must never pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feuerwache.common.http.signature import base64_hmac, fresh, hex_hmac, same

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_hmacs_are_those_of_rfc_2202_and_4231() -> None:
    text = b"what do ya want for nothing?"
    assert hex_hmac(b"Jefe", text) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hex_hmac(b"Jefe", text, "sha1") == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    assert base64_hmac(b"Jefe", text, "sha1") == "7/zfauXrL6LSdBbV8YTfnCWafHk="


def test_equal_ones_are_the_same_and_a_missing_or_empty_one_never_is() -> None:
    assert same("v0=ab", "v0=ab")
    assert not same("v0=ab", "v0=ac")
    assert not same(None, "v0=ab")
    assert not same("", "")
    assert not same("ä", "a")


@pytest.mark.parametrize(
    ("seconds", "passes"),
    [(0, True), (-299, True), (299, True), (-301, False), (301, False), (-86400, False)],
)
def test_a_call_may_be_five_minutes_off(seconds: int, passes: bool) -> None:
    assert fresh(str(int((NOW + timedelta(seconds=seconds)).timestamp())), NOW) is passes


@pytest.mark.parametrize("nonsense", [None, "", "soon", "-1", "1e9", "9" * 30, "１２３"])
def test_what_is_no_time_is_not_fresh(nonsense: str | None) -> None:
    assert not fresh(nonsense, NOW)
