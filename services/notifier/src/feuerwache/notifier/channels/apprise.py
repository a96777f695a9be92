"""Everything else, by Apprise (https://appriseit.com, version 2 of the library): Mattermost, Teams, Signal, Matrix,
Gotify and over a hundred more, each by a URL that holds its secrets.

Apprise sends in a process of its own (`apprise_child`), where it is narrowed: no address that the guard refuses, no
service that only acts on this machine, certificates hold, redirects are not followed. A time-out kills that process, so
a peer that drips for ever holds nothing up. Nothing of what Apprise logs is kept: its lines may hold the URL.

Apprise itself says only yes or no. What the services answer over HTTP is seen beneath it and read as for all channels;
a service that answered well and was refused by Apprise all the same said "no" inside its answer. Of services that do
not speak HTTP (MQTT, XMPP, …) a "no" may be anything, so it is worth another try. "Yes" means that the service took the
message over. There is no id by which a repeat could be told, hence `dedup: none`: the text says that it may be one.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from feuerwache.common.clock import Clock
from feuerwache.common.config.contact import AppriseContact
from feuerwache.common.http.failure import FORBIDDEN, NO_TLS, UNPROVEN
from feuerwache.common.http.guard import AddressGuard
from feuerwache.notifier.channels.apprise_process import Child, Crew
from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome, accepted, permanent, transient
from feuerwache.notifier.channels.http import SecretError, by_status, secret
from feuerwache.notifier.message.machine import severity_of
from feuerwache.notifier.message.message import Message

#: Each is a process of about 100 MB.
AT_ONCE = 2
#: A new process loads all services of Apprise first.
STARTING_SECONDS = 20.0
KINDS = {"critical": "failure", "high": "warning", "low": "info"}
FAILED = {
    "barred": permanent("this service of Apprise acts on our own machine only"),
    "unknown": permanent("Apprise cannot use the address"),
    "forbidden": permanent(FORBIDDEN),
    "certificate": permanent(UNPROVEN),
    "tls": permanent(NO_TLS),
    "time": transient("no answer in time"),
}


class AppriseChannel:
    name = "apprise"
    dedup = Dedup.NONE

    def __init__(
        self,
        guard: AddressGuard,
        clock: Clock,
        *,
        seconds: float = 10.0,
        ca_file: Path | None = None,
        crew: Crew | None = None,
    ) -> None:
        """A `crew` that is handed in is closed by whoever made it. `ca_file`: an authority besides the public ones."""
        self._guard = guard
        self._clock = clock
        self._seconds = seconds
        self._ca_file = ca_file
        self._crew = crew or Crew()
        self._own_crew = crew is None
        self._places = asyncio.Semaphore(AT_ONCE)
        self._threads = ThreadPoolExecutor(AT_ONCE + 1, thread_name_prefix="apprise")

    def prepare(self) -> None:
        """Starts a process in the background, so that the first page need not wait for it."""
        self._threads.submit(self._crew.prepare)

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        contact = delivery.contact
        if not isinstance(contact, AppriseContact):
            return permanent("not an Apprise contact")
        try:
            url = await secret(contact.url, contact.url_file)
        except SecretError as error:
            return permanent(str(error))
        try:
            async with asyncio.timeout(self._seconds + STARTING_SECONDS), self._places:
                seen = await self._ask(self._order(url or "", message))
        except TimeoutError:
            return transient("no answer in time")
        return transient("Apprise's process ended") if seen is None else self._read(seen)

    def _order(self, url: str, message: Message) -> dict[str, Any]:
        return {
            "url": url,
            "title": message.headline,
            "body": f"{message.body}\n\n{message.link}".strip(),
            "type": KINDS.get(severity_of(message.data), "warning"),
            "allow": [str(network) for network in self._guard.allow],
            "ca_file": str(self._ca_file) if self._ca_file else None,
        }

    async def _ask(self, order: dict[str, Any]) -> dict[str, Any] | None:
        child = await self._take()
        try:
            if not child.ready:
                await self._blocking(child.wait_until_ready)
            async with asyncio.timeout(self._seconds):
                seen: dict[str, Any] | None = await self._blocking(child.ask, order)
        except BaseException:  # time-outs and cancellations, too: nobody would read its answer
            child.kill()
            await self._blocking(child.bury)
            raise
        if seen is None:
            await self._blocking(child.bury)
        else:
            self._crew.give_back(child)
        return seen

    async def _take(self) -> Child:
        """One that starts just when nobody wants it any more waits for the next send."""
        taking = asyncio.ensure_future(self._blocking(self._crew.take))
        try:
            child: Child = await asyncio.shield(taking)
        except asyncio.CancelledError:
            taking.add_done_callback(lambda done: self._crew.give_back(done.result()))
            raise
        return child

    async def _blocking(self, function: Any, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    def _read(self, seen: dict[str, Any]) -> Outcome:
        """What was seen on the wire, as an outcome."""
        if seen["done"]:
            return accepted()
        if seen["failed"] is not None or seen["status"] is None:
            return FAILED.get(seen["failed"], transient("the connection failed or the service refused"))
        outcome = by_status(seen["status"], seen["retry_after"], self._clock.real_now())
        return permanent("the service refused, with a good status") if outcome.success else outcome

    async def close(self) -> None:
        if self._own_crew:
            await self._blocking(self._crew.close)
        self._threads.shutdown(wait=False)
