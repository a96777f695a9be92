"""The program of the process in which Apprise sends: `python -I -B -m feuerwache.notifier.channels.apprise_child`.

Apprise does its own input and output, synchronously, says only "yes" or "no" and logs what it likes. So it gets a
process of its own: what hangs can be killed, what it prints goes nowhere, and what it may do is narrowed for good:

- it connects to permitted addresses only, asked at the moment of connecting, so no second look-up can say otherwise;
- it starts no process, writes no file and opens no socket of this machine (an audit hook, which cannot be removed);
- certificates must hold and redirects are not followed, whatever the URL says; no more than a bounded part of an
  answer is read.

Orders come as JSON lines on stdin, and so do answers on stdout: not what was sent, but what was seen on the wire.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import Any

import apprise
import requests
from urllib3.util.ssl_ import create_urllib3_context

from feuerwache.common.http.guard import AddressGuard, networks

#: No more of an answer is read.
LIMIT = 64 * 1024
READY = "ready"
#: These reach nobody but the machine we run on.
BARRED = frozenset({"dbus", "kde", "qt", "glib", "gio", "gnome", "macosx", "windows", "syslog", "blink1"})
PROCESSES = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.")
CHANGES = (
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
    "shutil.",
)


class ForbiddenError(PermissionError):
    """What Apprise must not do here."""


@dataclass(slots=True)
class Seen:
    """What happened on the wire; of several exchanges the last one counts. No words of the other side.

    `failed`: barred, unknown, forbidden, certificate, tls, time or connection.
    """

    done: bool = False
    status: int | None = None
    retry_after: str | None = None
    failed: str | None = None


@dataclass(slots=True)
class Work:
    """The order that is being carried out."""

    guard: AddressGuard
    ca_file: str | None
    seen: Seen


work = Work(AddressGuard(), None, Seen())


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a library prints
    narrow()
    sys.addaudithook(deny)
    print(READY, file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(asdict(deliver(json.loads(line)))), file=answers, flush=True)


def deliver(order: dict[str, Any]) -> Seen:
    """`order`: url, title, body, type, allow (networks), ca_file."""
    work.seen, work.ca_file = Seen(), order["ca_file"]
    work.guard = AddressGuard(networks(order["allow"]))
    asset = apprise.AppriseAsset(
        app_id="Feuerwache", async_mode=False, http_redirects=False, storage_mode="memory", service_timeout=0
    )
    schema = str(order["url"]).partition("://")[0].lower()
    if schema in BARRED:
        return Seen(failed="barred")
    service = apprise.Apprise.instantiate(order["url"], asset=asset)
    if service is None:
        return Seen(failed="unknown")
    line = apprise.Apprise(asset=asset)
    line.add(service)
    kind = apprise.NotifyType(order["type"])
    text: apprise.NotifyFormat | None = apprise.NotifyFormat.TEXT
    if service.notify_format == apprise.NotifyFormat.MARKDOWN:
        text = None  # as it is: escaping plain text for Markdown would put backslashes into the link
    sent = line.notify(order["body"], title=order["title"], notify_type=kind, body_format=text)
    work.seen.done = bool(sent)
    return work.seen


def deny(event: str, args: tuple[Any, ...]) -> None:
    """The audit hook."""
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        if not reachable(args[1]):
            work.seen.failed = "forbidden"
            raise ForbiddenError("the address is not public and not allowed")
    elif event == "open":
        mode, flags = args[1], args[2]
        if (isinstance(mode, str) and set(mode) & set("wax+")) or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise ForbiddenError("no file is written here")
    elif event.startswith((*PROCESSES, *CHANGES)):
        raise ForbiddenError("nothing is started or changed here")


def reachable(address: object) -> bool:
    """Only an address that is a number: a name would be looked up after this. None: a datagram on a connection."""
    if address is None:
        return True
    if not isinstance(address, tuple) or not address:
        return False
    try:
        return work.guard.permits(ip_address(str(address[0]).partition("%")[0]))
    except ValueError:
        return False


def narrow() -> None:
    """Bounds every HTTP exchange of the library underneath, and remembers what came of it."""
    apprise.Apprise.instantiate("json://localhost", asset=apprise.AppriseAsset())  # loads all services
    setattr(requests.Session, "get_redirect_target", lambda *_: None)  # noqa: B010 - a method of the library's class
    exchange = requests.adapters.HTTPAdapter.send

    def send(
        self: requests.adapters.HTTPAdapter, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        try:
            response = exchange(self, request, **{**options, "stream": True, "verify": True, "proxies": None})
            body = response.raw.read(LIMIT, decode_content=True)
        except Exception as error:
            work.seen.status, work.seen.failed = None, failure(error)
            raise
        response.raw.close()
        vars(response).update(_content=body, _content_consumed=True)  # as if all had been read
        work.seen.status, work.seen.failed = response.status_code, None
        work.seen.retry_after = response.headers.get("Retry-After")
        return response

    keys = requests.adapters.HTTPAdapter.build_connection_pool_key_attributes

    def with_our_authority(self: requests.adapters.HTTPAdapter, *args: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        host, pool = keys(self, *args)
        if work.ca_file:  # the public ones are loaded besides
            pool["ssl_context"] = create_urllib3_context()
            pool["ssl_context"].load_verify_locations(work.ca_file)
        return dict(host), dict(pool)

    setattr(requests.adapters.HTTPAdapter, "send", send)  # noqa: B010 - a method of the library's class
    setattr(  # noqa: B010 - a method of the library's class
        requests.adapters.HTTPAdapter, "build_connection_pool_key_attributes", with_our_authority
    )


def failure(error: BaseException) -> str:
    """As `Seen.failed` says it."""
    cause: BaseException | None = error
    chain: list[BaseException] = []
    while cause is not None and cause not in chain:
        chain.append(cause)
        reason = getattr(cause, "reason", None)
        wrapped = next((arg for arg in cause.args if isinstance(arg, BaseException)), None)
        cause = reason if isinstance(reason, BaseException) else wrapped or cause.__cause__ or cause.__context__
    if any(isinstance(one, ForbiddenError) for one in chain):
        return "forbidden"
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in chain):
        return "certificate"
    if any(isinstance(one, (requests.Timeout, TimeoutError)) for one in chain):
        return "time"
    if any(isinstance(one, ssl.SSLError) and not isinstance(one, ssl.SSLEOFError) for one in chain):
        return "tls"
    return "connection"


if __name__ == "__main__":
    main()
