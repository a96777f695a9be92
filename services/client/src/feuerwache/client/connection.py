"""What the synchronous and the asynchronous client share: address, token, certificates, and how an answer is taken."""

from __future__ import annotations

import ssl
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from feuerwache.client.answer import Answer, Refused, read_answer
from feuerwache.client.call import AGAIN, signature


@dataclass(frozen=True, slots=True)
class Connection:
    """`certificate`: files with a certificate and its key, where Feuerwache asks for one; `ca`: a file with the
    authority of Feuerwache's own certificate, where that is none the system knows."""

    url: str
    token: str = field(repr=False)
    timeout: float
    tries: int
    secret: str | None = field(repr=False)
    certificate: tuple[str, str] | None
    ca: str | None

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise ValueError("tries: at least one")

    def tls(self) -> ssl.SSLContext | bool:
        if self.certificate is None and self.ca is None:
            return True
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            context.load_cert_chain(*self.certificate)
        return context

    def headers(self, body: bytes) -> dict[str, str]:
        """For one attempt."""
        signed = signature(self.secret, f"msg_{uuid.uuid4().hex}", int(time.time()), body) if self.secret else {}
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **signed}


def taken(response: httpx.Response) -> Answer | None:
    """The answer; None: try again. Raises `Refused`."""
    if response.status_code in AGAIN:
        return None
    try:
        document: object = response.json()
    except ValueError:
        document = None
    if response.is_redirect:
        raise Refused(response.status_code, "Redirect", "not the address of Feuerwache; nothing is followed")
    return read_answer(response.status_code, document)


def not_taken(tries: int, failure: str, items: Sequence[bytes]) -> str:
    return f"{len(items)} items were not taken in {tries} tries; the last: {failure}"
