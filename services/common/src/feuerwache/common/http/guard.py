"""Which addresses an outgoing call may reach: public ones, and those that the operator allows by name.

A webhook's host is written by a customer. Without a guard it could name the cloud's metadata service, a database in
the same network or this machine. The guard resolves the name itself, refuses it if any of its addresses is not
public, and hands back the address to connect to, so that a second look-up cannot say something else (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from feuerwache.common.errors import FeuerwacheError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: IPv4 written as IPv6 for NAT64 (RFC 6052): the last 32 bits are where the call ends up.
NAT64 = ip_network("64:ff9b::/96")
#: The only IPv6 addresses that lead out (RFC 4291, IANA's registry). What stands outside leads to a translator, to this
#: site or nowhere: IPv4-compatible and -translated ones, local NAT64 prefixes, the old site-local range.
GLOBAL_UNICAST = IPv6Network("2000::/3")
#: For documentation (RFC 9637); Python 3.11 does not know it.
DOCUMENTATION = IPv6Network("3fff::/20")
LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class ForbiddenAddressError(FeuerwacheError):
    """The host leads to an address that this process must not call. The message names neither."""


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """`allow` are networks that may be called although they are not public: loopback in a local stack."""

    allow: tuple[Network, ...] = ()

    def permits(self, address: Address) -> bool:
        real = _embedded(address)
        if any(real.version == network.version and real in network for network in self.allow):
            return True
        if isinstance(real, IPv6Address) and (real not in GLOBAL_UNICAST or real in DOCUMENTATION):
            return False
        return real.is_global and not real.is_multicast

    async def resolve(self, host: str, port: int, threads: Executor | None = None) -> str:
        """One permitted address of `host`. Raises `ForbiddenAddressError`; `OSError` when the name leads nowhere.

        A look-up blocks a thread for as long as a name server likes; with `threads` of one's own it is nobody else's.
        """
        addresses = [_literal(host)] if _literal(host) else await _look_up(host, port, threads)
        if not all(address is not None and self.permits(address) for address in addresses):
            raise ForbiddenAddressError("the address is not public and not allowed")
        return str(addresses[0])


async def _look_up(host: str, port: int, threads: Executor | None) -> list[Address | None]:
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(threads, look_up)
    return [_literal(str(sockaddr[0])) for *_, sockaddr in found]


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def networks(values: Iterable[str]) -> tuple[Network, ...]:
    """Networks as an operator writes them, `127.0.0.0/8`; raises `ValueError`."""
    return tuple(ip_network(value.strip()) for value in values if value.strip())
