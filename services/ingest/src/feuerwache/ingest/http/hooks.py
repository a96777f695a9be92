"""`GET` and `POST /v1/hooks/{integration}`: what platforms call, in their own forms.

    known? ─> challenge ─> verify ─> read ─> fetch ─> accept ─> reply

Nothing is parsed before it is proved. An integration that is not there, one without an adapter and a signature that is
wrong get the same answer, so that nobody can find out which integrations there are. What a platform sent is either on
record when it is answered 2xx, or among the dead letters with its problems, or a reason that is counted (`Skipped`);
everything else is 503 with `Retry-After`, and the platform repeats its call, which does no harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.common.http.client import OutboundClient
from feuerwache.common.http.signature import hex_hmac, same
from feuerwache.common.logging import logger
from feuerwache.ingest.adapters.adapter import Delivery, Fetch, Fetched, Reading, Refused, Reply, Secrets, Webhook
from feuerwache.ingest.adapters.registry import load
from feuerwache.ingest.answer import Answer, problem
from feuerwache.ingest.arrival import Arrivals
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.fetching import fetched
from feuerwache.ingest.http.body import IDENTITY, MAX_BODY, read_body
from feuerwache.ingest.http.endpoint import too_much
from feuerwache.ingest.http.response import headers_of, respond, unavailable, write
from feuerwache.ingest.integration import AdapterChoice, Integration, Integrations
from feuerwache.ingest.item import Item
from feuerwache.ingest.letter import Letters
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.security.keyring import Keyring, MissingSecret
from feuerwache.ingest.security.quota import Quota

PREFIX = "/v1/hooks/"
WAY = "hook"
#: Real seconds for everything that has to be fetched before a call is answered.
FETCH_SECONDS = 5.0
#: How many of a delivery's fetches are under way at once.
FETCHES_AT_ONCE = 8
#: What is asked for at most for one delivery; a platform that asks for more repeats what is left.
MOST_FETCHES = 200
#: Field names of a query, and how long one may be.
MOST_FIELDS = 50
#: What a browser would neither run nor show as a page.
_PLAIN = frozenset({"text/plain", "application/json"})

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Hook:
    """An integration whose platform calls."""

    integration: Integration
    choice: AdapterChoice
    adapter: Webhook


@dataclass(slots=True)
class _Taken:
    """What a delivery amounts to so far."""

    items: list[Item] = field(default_factory=list)
    reply: Reply = field(default_factory=Reply)
    trouble: str = ""


class Hooks:
    def __init__(
        self,
        integrations: Callable[[], Integrations],
        *,
        arrivals: Arrivals,
        keyring: Keyring,
        quota: Quota,
        letters: Letters,
        client: OutboundClient,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        """`client` bounds the size of what is fetched, and where it may come from."""
        self._integrations = integrations
        self._arrivals = arrivals
        self._keyring = keyring
        self._quota = quota
        self._letters = letters
        self._client = client
        self._clock = clock
        self._metrics = metrics
        self._made: dict[str, tuple[AdapterChoice, Webhook | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = self._clock.monotonic()
        result = await self._answer(scope, receive)
        self._metrics.request_seconds.labels(WAY).observe(self._clock.monotonic() - started)
        if isinstance(result, Reply):
            media = result.media_type if result.media_type.partition(";")[0] in _PLAIN else Reply().media_type
            await write(send, result.status, result.body, media)
        else:
            await respond(send, result)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer | Reply:
        headers = headers_of(scope)
        name = scope["path"].removeprefix(PREFIX)
        hook = self._hook(name)
        try:
            if headers.get("content-encoding", IDENTITY).lower() != IDENTITY:
                raise Unreadable(415, "Unsupported content encoding", "send the body as it is, it is signed that way")
            body = await read_body(receive, headers, self._longest())
            query = _query(scope["query_string"])
        except Unreadable as error:
            return problem(error.status, error.title, error.detail)
        delivery = Delivery(scope["method"], body, headers, query, self._clock.real_now())
        if hook is None:
            _as_long_as_a_check(delivery)
            return self._refused("unknown", "unknown_integration")
        try:
            return await self._call(hook, delivery)
        except MissingSecret as error:
            log.error("hook without its secret", integration=name, reason=str(error))
            self._metrics.hooks_refused.labels(name, "secret_not_there").inc()
            return unavailable("this hook cannot be checked now")
        except TransientError:
            return unavailable("not everything could be taken; send it again (repeats do no harm)")

    async def _call(self, hook: Hook, delivery: Delivery) -> Answer | Reply:
        name = hook.integration.id
        secrets = await self._keyring.of(hook.choice)
        try:
            met = hook.adapter.challenge(delivery, secrets)
            if met is None:
                met = hook.adapter.verify(delivery, secrets, delivery.received_at)
        except Exception as error:  # noqa: BLE001 - a bug of an adapter, in front of the door: who knocks hears nothing of it
            log.error("adapter failed", integration=name, step="verify", error=type(error).__name__)
            return self._refused(name, "adapter_failed")
        if isinstance(met, Refused):
            return self._refused(name, met.reason.value)
        if isinstance(met, Reply):
            return met
        if delivery.method != "POST":  # nothing to read, and proved by nothing but a secret
            return self._refused(name, "not_a_delivery")
        if len(delivery.body) > hook.integration.limits.body_bytes:
            self._metrics.hooks_refused.labels(name, "too_large").inc()
            return problem(413, "Too large", f"send at most {hook.integration.limits.body_bytes:,} bytes")
        return await self._take(hook, delivery, secrets)

    async def _take(self, hook: Hook, delivery: Delivery, secrets: Secrets) -> Answer | Reply:
        name = hook.integration.id
        now = self._clock.now()
        taken = _Taken()
        try:
            reading = hook.adapter.read(delivery, now)
            self._add(taken, reading, name)
            taken.reply = reading.reply
            await self._complete(hook, reading.fetches, secrets, now, taken)
        except Unreadable as error:
            self._metrics.hooks_refused.labels(name, "unreadable").inc()
            return problem(error.status, error.title, error.detail)
        except TransientError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug of an adapter of ours; the delivery must not be lost by it
            log.error("adapter failed", integration=name, step="read", error=type(error).__name__)
            self._metrics.hooks_refused.labels(name, "adapter_failed").inc()
            await self._letters.failed(hook.integration, delivery.body, type(error).__name__, WAY)
            return Reply()
        wait = await self._quota.take(hook.integration, len(taken.items), WAY) if taken.items else 0.0
        if wait > 0:
            return too_much(wait)
        await self._arrivals.take(taken.items, hook.integration, WAY)
        if taken.trouble:
            log.warning("fetch failed", integration=name, reason=taken.trouble)
            return unavailable("something this call speaks of could not be fetched; send it again")
        return taken.reply

    def _add(self, taken: _Taken, reading: Reading, name: str) -> None:
        taken.items += reading.items
        for skipped in reading.skipped:
            self._metrics.hooks_skipped.labels(name, skipped.reason.value).inc()

    async def _complete(
        self, hook: Hook, fetches: Sequence[Fetch], secrets: Secrets, now: datetime, taken: _Taken
    ) -> None:
        """Fetches what is missing, in order of the items; what cannot be had is `taken.trouble`."""
        if not fetches:
            return
        if len(fetches) > MOST_FETCHES:
            taken.trouble = f"{len(fetches)} fetches for one call"
        free = asyncio.Semaphore(FETCHES_AT_ONCE)

        async def one(fetch: Fetch) -> Fetched | str:
            async with free:
                return await fetched(self._client, fetch, secrets)

        asked = fetches[:MOST_FETCHES]
        tasks = [asyncio.create_task(one(fetch)) for fetch in asked]
        try:
            await asyncio.wait(tasks, timeout=FETCH_SECONDS)
            for fetch, task in zip(asked, tasks, strict=True):
                answer = task.result() if task.done() else "no answer in time"
                self._metrics.hooks_fetches.labels(
                    hook.integration.id, "failed" if isinstance(answer, str) else "answered"
                ).inc()
                if isinstance(answer, str):
                    if not fetch.optional:
                        taken.trouble = answer
                        continue
                    answer = Fetched(0, {}, b"")
                try:
                    self._add(taken, hook.adapter.complete(fetch, answer, now), hook.integration.id)
                except Unreadable as error:
                    if error.status < 500:
                        raise
                    taken.trouble = error.detail
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _refused(self, name: str, reason: str) -> Answer:
        self._metrics.hooks_refused.labels(name, reason).inc()
        return problem(401, "Unauthorized", "this is not known to be a call of a platform that is connected here")

    def _hook(self, name: str) -> Hook | None:
        integration = self._integrations().get(name)
        choice = integration.adapter if integration is not None else None
        if integration is None or choice is None:
            return None
        made = self._made.get(name)
        if made is None or made[0] != choice:
            kind = load(choice.kind)
            adapter = kind.make(kind.settings.model_validate(choice.settings))
            webhook = cast(Webhook, adapter) if kind.profile.way == "webhook" else None
            made = self._made[name] = (choice, webhook)
        return Hook(integration, choice, made[1]) if made[1] is not None else None

    def _longest(self) -> int:
        """The longest body that any of the hooks takes: how long one may be must not tell whether it is there."""
        hooks = (each for each in self._integrations().integrations if each.adapter is not None)
        return max((each.limits.body_bytes for each in hooks), default=MAX_BODY)


def _query(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Unreadable(400, "Not readable", "the query is none") from None
    return dict(pairs)


def _as_long_as_a_check(delivery: Delivery) -> None:
    """What a hook that is there costs: one HMAC over the body."""
    same(hex_hmac(b"nobody", delivery.body), hex_hmac(b"nothing", b""))
