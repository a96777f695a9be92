"""Why a call had no answer, in words that may go on record: the error's own like to hold addresses.

`lasting` says that trying again as it is would fail again: a forbidden address, a certificate that does not hold,
characters that cannot be sent. Everything else may be better in a moment.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import httpx

from feuerwache.common.http.guard import ForbiddenAddressError

FORBIDDEN = "the address is not public and not allowed"
UNPROVEN = "the certificate of the server does not hold"
NO_TLS = "the server does not speak TLS as it should"
#: The line broke within TLS, which says nothing against the server.
HUNG_UP = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
#: Everything `OutboundClient` raises.
UNANSWERED = (ForbiddenAddressError, httpx.TransportError, httpx.InvalidURL, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Failure:
    reason: str
    lasting: bool


def failure(error: Exception) -> Failure:
    """What one of `UNANSWERED` means."""
    if isinstance(error, ForbiddenAddressError):
        return Failure(FORBIDDEN, lasting=True)
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        # First: beneath one there is often an `SSLError` that wanted more bytes.
        return Failure("no answer in time", lasting=False)
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Failure(UNPROVEN, lasting=True)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, HUNG_UP):
            return Failure(NO_TLS, lasting=True)
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, ValueError)):
        return Failure("the address or a secret has characters that cannot be sent", lasting=True)
    return Failure("the connection failed", lasting=False)


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain
