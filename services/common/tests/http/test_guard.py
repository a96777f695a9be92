"""The guard lets only public addresses pass, in whatever notation, and what the operator allows."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address

import pytest

from feuerwache.common.http.guard import LOOPBACK, AddressGuard, ForbiddenAddressError, networks


@pytest.mark.parametrize(
    ("address", "permitted"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("3fff::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("::127.0.0.1", False),
        ("::ffff:0:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::a9fe:a9fe", False),
        ("64:ff9b::5db8:d70e", True),
    ],
)
def test_only_public_addresses_pass(address: str, permitted: bool) -> None:
    assert AddressGuard().permits(ip_address(address)) is permitted


def test_the_operator_can_allow_a_network() -> None:
    guard = AddressGuard(networks(["10.1.0.0/16", ""]))
    assert guard.permits(ip_address("10.1.2.3"))
    assert guard.permits(ip_address("::ffff:10.1.2.3"))
    assert not guard.permits(ip_address("10.2.0.1"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1", "127.1"])
def test_a_host_is_judged_by_where_it_leads_however_it_is_written(host: str) -> None:
    with pytest.raises((ForbiddenAddressError, OSError)):
        asyncio.run(AddressGuard().resolve(host, 443))
    if host == "localhost":
        assert ip_address(asyncio.run(AddressGuard(LOOPBACK).resolve(host, 443))).is_loopback
