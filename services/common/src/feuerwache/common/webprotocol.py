"""HTTP/1.1 within limits: what a caller may take of memory, connections and time before anybody knows who it is.

uvicorn's own protocol reads as many header bytes as there are, and waits for them, and for a body, as long as a caller
likes. This one counts bytes and fields of the head, gives head and body their time, wants a body to keep coming, closes
on a caller that does not read its answer, and takes only so many connections. What is refused here is answered in a
line and ends the connection; the application hears of a body that broke off as of any other disconnect.

A request that comes in one piece, as nearly all do, costs none of the timers. The field count and the size are those
of llhttp's callbacks; a head that never ends is counted in raw bytes, because there is no callback before it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Of the scope's extensions: the names in the caller's certificate, and how to say that a body may take its time.
CERTIFICATE = "feuerwache.certificate"
ENDLESS = "feuerwache.endless"
RETRY_AFTER_SECONDS = 5
#: What the frame of a chunked body may cost: a constant, and so much for each byte (a chunk of one byte takes six).
FRAME_BYTES = 16 * 1024
FRAME_SHARE = 8

_REASONS = {
    408: "Request Timeout",
    414: "URI Too Long",
    431: "Request Header Fields Too Large",
    400: "Bad Request",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class WebLimits:
    """`header_seconds`: from the first moment of a connection, or of the next request on it, to the end of the head.
    A body has `body_seconds` in all, and has to come at `body_rate` bytes per second once `body_grace_seconds` are
    over. `read_seconds`: how long an answer may wait for its reader."""

    connections: int = 1_000
    header_bytes: int = 32 * 1024
    header_fields: int = 100
    url_bytes: int = 8 * 1024
    header_seconds: float = 10.0
    body_seconds: float = 20.0
    body_grace_seconds: float = 5.0
    body_rate: float = 1_000.0
    read_seconds: float = 30.0


class BoundedProtocol(HttpToolsProtocol):
    """`limits` is set by the subclass that `bounded` makes for a server."""

    limits = WebLimits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._in_head = True
        self._in_body = False
        self._since = self.loop.time()
        self._head_bytes = 0
        self._field_bytes = 0
        self._raw_bytes = 0
        self._body_bytes = 0
        self._carried = False
        self._endless = False
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._names = _names(transport)
        if len(self.connections) > self.limits.connections:
            self._end(503, f"retry-after: {RETRY_AFTER_SECONDS}\r\n".encode())
        else:
            self._wait(self.limits.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop(self._timer)
        self._stop(self._unread)
        self._timer = self._unread = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if not self._in_head and not self._in_body:  # the next request on this connection
            self._in_head, self._since, self._head_bytes = True, self.loop.time(), 0
        self._carried = not self._in_head
        self._head_bytes += len(data)
        self._raw_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            if self._head_bytes > self.limits.header_bytes:
                self._end(431)
            elif self._timer is None:
                self._wait(self.limits.header_seconds)
        elif self._in_body:
            if self._raw_bytes > FRAME_BYTES + self.limits.header_bytes + (1 + FRAME_SHARE) * self._body_bytes:
                self._end(400)  # chunk extensions or trailers, and hardly a body
            elif self._timer is None and not self._endless:
                self._wait(self.limits.body_grace_seconds)
        elif self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._in_body, self._field_bytes, self._endless = True, False, 0, False
        if self._carried:  # what came was mostly the end of another request
            self._head_bytes = 0
        self.scope["extensions"] = cast(Any, {ENDLESS: self._let_last, CERTIFICATE: self._names})

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.url_bytes:
            self._end(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:  # a trailer is no header: it comes after what was decided on the headers
            return
        super().on_header(name, value)
        self._field_bytes += len(name) + len(value) + 4
        if self._field_bytes > self.limits.header_bytes or len(self.headers) > self.limits.header_fields:
            self._end(431)

    def on_headers_complete(self) -> None:
        if self.transport.is_closing():
            return
        self._stop(self._timer)
        self._timer = None
        self._in_head, self._in_body, self._since = False, True, self.loop.time()
        self._raw_bytes = self._body_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self.cycle is None or self.transport.is_closing():
            return
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body = False
        if self.cycle is not None and not self.transport.is_closing():
            super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.limits.read_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop(self._unread)
        self._unread = None
        super().resume_writing()

    def _let_last(self) -> None:
        """The body of this request is a stream: it may take as long as the application waits for it."""
        self._endless = True
        self._stop(self._timer)
        self._timer = None

    def _wait(self, seconds: float) -> None:
        self._stop(self._timer)
        self._timer = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """Looks whether head or body are in time, and when to look again."""
        self._timer = None
        now = self.loop.time()
        if self._in_head:
            if not self._head_bytes and not self._field_bytes:
                self.transport.close()  # nothing was asked, nothing is answered
            else:
                self._end(408)
        elif self._in_body and not self._endless:
            if self.flow.read_paused:  # it is not the caller who is slow
                self._since += 1.0
                self._wait(1.0)
            elif self._late(now - self._since):
                self._end(408)
            else:
                self._wait(min(1.0, self._since + self.limits.body_seconds - now))

    def _late(self, seconds: float) -> bool:
        due = (seconds - self.limits.body_grace_seconds) * self.limits.body_rate
        return seconds >= self.limits.body_seconds or self._body_bytes < due

    def _end(self, status: int, more: bytes = b"") -> None:
        """Says why, unless another answer is due or on its way, and closes."""
        if self.transport.is_closing():
            return
        if not (self._busy() if self._in_head else self.pipeline or self.cycle.response_started):
            head = f"HTTP/1.1 {status} {_REASONS[status]}\r\n".encode()
            self.transport.write(head + more + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
        if self._in_body:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _busy(self) -> bool:
        """Whether an earlier request is not answered yet: the next answer on this connection is that one's."""
        return self.cycle is not None and not self.cycle.response_complete

    @staticmethod
    def _stop(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


def bounded(limits: WebLimits) -> type[BoundedProtocol]:
    """The protocol with these limits."""
    return type("Bounded", (BoundedProtocol,), {"limits": limits})


def certificate_names(scope: Mapping[str, Any]) -> frozenset[str]:
    """The names in the certificate of a request's caller (common name, DNS and URI names), as TLS has proved it."""
    found: frozenset[str] = (scope.get("extensions") or {}).get(CERTIFICATE, frozenset())
    return found


def _names(transport: asyncio.Transport) -> frozenset[str]:
    """Empty without TLS, and without a certificate that an authority of ours has signed."""
    found: Mapping[str, Iterable[Any]] | None = transport.get_extra_info("peercert")
    if not found:
        return frozenset()
    names = {value for kind, value in found.get("subjectAltName", ()) if kind in ("DNS", "URI")}
    names |= {value for part in found.get("subject", ()) for kind, value in part if kind == "commonName"}
    return frozenset(names)
