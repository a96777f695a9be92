"""A platform on which things are done by its own interface: a `Platform` made of one client's actions.

For each asked action: a token of its rate, a note for the echo, the call, its judgement. What is done stays done: an
action that got through is not asked for again when another one of the same decision has to wait, as far as this
process remembers; after a crash it is asked for again, which a client makes harmless (`action.py`). A call goes only to
addresses that the guard permits, and no redirect is followed. Nothing a platform says is quoted.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from feuerwache.common import chaos
from feuerwache.common.clock import Clock
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.decision import Action
from feuerwache.common.http.client import Answer, OutboundClient
from feuerwache.common.http.failure import UNANSWERED, failure
from feuerwache.common.http.guard import AddressGuard
from feuerwache.ingest.adapters.adapter import Fetched, Secrets
from feuerwache.ingest.adapters.registry import load as load_adapter
from feuerwache.ingest.integration import AdapterChoice, Integration
from feuerwache.ingest.outbound.actions.action import HttpRequest, NoSecret, Order, PlatformAction, Unaskable, refused
from feuerwache.ingest.outbound.actions.bucket import Bucket
from feuerwache.ingest.outbound.actions.echo import Echo
from feuerwache.ingest.outbound.actions.registry import load
from feuerwache.ingest.outbound.document import TYPE
from feuerwache.ingest.outbound.outcome import Kind, Outcome, Word, retry
from feuerwache.ingest.outbound.outlet import Allowance
from feuerwache.ingest.outbound.platform import Handover
from feuerwache.ingest.security.keyring import Keyring, MissingSecret

#: One call, in real seconds, and how much of its answer is read.
CALL_SECONDS = 10.0
ANSWER_BYTES = 64 * 1024
#: A token that comes within this many seconds is waited for; a later one closes the valve until then.
WAITS_SECONDS = 2.0
#: A restriction that has less left is not asked for: platforms take an end that is near or over for none at all
#: (Telegram: less than 30 s away, by its own clock).
SHORTEST = timedelta(seconds=60)
#: Actions whose word is remembered until all of their decision has got through.
REMEMBERED = 10_000

UNCONFIGURED = "no action is configured"
NOT_ASKED = Word("not_supported", "this action is not switched on for this platform")
REHEARSED = Word("not_supported", "dry run: the platform was not asked")
OVER = Word("failed", "its end had come before it got through")
APPEALS = Word("not_supported", "the state of an appeal cannot be told there")


class ActionPlatform:
    """`integration` says how it is configured now. `calls` is what sends; one of its own if none is given."""

    def __init__(
        self,
        integration: Callable[[], Integration],
        guard: AddressGuard,
        clock: Clock,
        echo: Echo,
        tls: ssl.SSLContext | None = None,
        *,
        keyring: Keyring | None = None,
        calls: OutboundClient | None = None,
    ) -> None:
        self._integration = integration
        self._clock = clock
        self._echo = echo
        self._keyring = keyring or Keyring()
        self._calls = calls or OutboundClient(guard, seconds=CALL_SECONDS, limit=ANSWER_BYTES, tls=tls)
        self._made: tuple[AdapterChoice, PlatformAction] | None = None
        self._buckets: dict[Action, Bucket] = {}
        self._done: OrderedDict[tuple[UUID, Action], Word] = OrderedDict()

    async def deliver(self, handover: Handover) -> Outcome:
        integration = self._integration()
        outlet, choice = integration.outbound, integration.adapter
        if outlet is None or not outlet.acts or choice is None:
            return retry(UNCONFIGURED)
        if handover.type != TYPE:
            return Outcome(Kind.TAKEN, APPEALS)
        try:
            secrets = await self._secrets(choice)
        except MissingSecret as error:
            return retry(str(error))
        words: dict[Action, Word] = {}
        waits: Outcome | None = None
        for asked in handover.data["actions"]:
            action = Action(asked["action"])
            known = self._done.get((handover.delivery_id, action))
            if known is not None:
                words[action] = known
                continue
            allowance = outlet.acts.get(action)
            if allowance is None:
                words[action] = NOT_ASKED
                continue
            order = _order(handover, asked, allowance, self._clock.real_now())
            outcome = await self._carry_out(order, allowance, choice, secrets)
            if outcome.kind in (Kind.TAKEN, Kind.REFUSED):
                words[action] = self._remember(handover.delivery_id, action, outcome.of(action))
                continue
            waits = waits or outcome
            if outcome.retry_after is not None:
                waits = outcome
                break  # it wants to be left alone
        if waits is not None:
            return Outcome(Kind.RETRY, waits.word, words, waits.reason, waits.retry_after)
        statuses = {word.status for word in words.values()}
        kind = Kind.REFUSED if statuses == {"refused"} else Kind.TAKEN
        return Outcome(kind, Word("done"), words)

    async def close(self) -> None:
        await self._calls.__aexit__()

    async def _carry_out(self, order: Order, allowance: Allowance, choice: AdapterChoice, secrets: Secrets) -> Outcome:
        if allowance.dry_run:
            return Outcome(Kind.TAKEN, REHEARSED)
        if order.until is not None and order.until <= self._clock.real_now() + SHORTEST:
            return Outcome(Kind.TAKEN, OVER)
        client = self._client(choice)
        try:
            request, look = client.request(order, secrets), client.look(order, secrets)
        except Unaskable as error:
            return refused(str(error))
        except NoSecret as error:
            return retry(str(error))
        wait = await self._token(order.action, allowance)
        if wait:
            return retry(f"no more than {allowance.per_minute} a minute", wait)
        seen = None if look is None else await self._look(client, order, look)
        return seen or await self._act(client, order, request)

    async def _look(self, client: PlatformAction, order: Order, look: HttpRequest) -> Outcome | None:
        """What ends it before it begins: it is done already, or there was no answer."""
        answer = await self._call(look)
        return answer if isinstance(answer, Outcome) else client.seen(order, answer, self._clock.real_now())

    async def _act(self, client: PlatformAction, order: Order, request: HttpRequest) -> Outcome:
        await self._echo.expect(order.platform, order.post_id, order.action)
        answer = await self._call(request)
        chaos.point("outbound.after_action")
        outcome = answer if isinstance(answer, Outcome) else client.judge(order, answer, self._clock.real_now())
        if outcome.kind is Kind.REFUSED:
            await self._echo.forget(order.platform, order.post_id, order.action)
        return outcome

    async def _call(self, request: HttpRequest) -> Fetched | Outcome:
        """The answer; a retry when there was none."""
        try:
            answer: Answer = await self._calls.request(request.method, request.url, request.body, dict(request.headers))
        except UNANSWERED as error:
            return retry(failure(error).reason)
        return Fetched(answer.status, answer.headers, b"" if answer.cut else answer.body)

    async def _token(self, action: Action, allowance: Allowance) -> float:
        """0.0 when the action may be done now, else the seconds until it may."""
        now = self._clock.monotonic()
        bucket = self._buckets.get(action)
        if bucket is None or bucket.per_minute != allowance.per_minute:
            bucket = self._buckets[action] = Bucket(allowance.per_minute, now)
        wait = bucket.take(now)
        if 0 < wait <= WAITS_SECONDS:
            await asyncio.sleep(wait)
            wait = bucket.take(self._clock.monotonic())
        return wait

    async def _secrets(self, choice: AdapterChoice) -> Secrets:
        """Those the client works with; the others are the adapter's, and may be nowhere near this process."""
        wanted = {name: sources for name, sources in choice.secrets.items() if name in load(choice.kind).secrets}
        return await self._keyring.of(choice.model_copy(update={"secrets": wanted}))

    def _client(self, choice: AdapterChoice) -> PlatformAction:
        if self._made is None or self._made[0] != choice:
            settings = load_adapter(choice.kind).settings.model_validate(choice.settings)
            self._made = (choice, load(choice.kind).make(settings))
        return self._made[1]

    def _remember(self, delivery: UUID, action: Action, word: Word) -> Word:
        self._done[delivery, action] = word
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
        return word


def _order(handover: Handover, asked: dict[str, Any], allowance: Allowance, real_now: datetime) -> Order:
    data, action = handover.data, Action(asked["action"])
    until: datetime | None = None
    if action is Action.RESTRICT:
        until = datetime.fromisoformat(asked["until"]) if "until" in asked else real_now + allowance.lasts
    statement = data.get("statement") or {}
    parts: tuple[Literal["facts", "ground", "redress"], ...] = ("facts", "ground", "redress")
    return Order(
        key=derived_id("action", handover.delivery_id, action.value),
        action=action,
        platform=data["platform"],
        community=data["community"],
        post_id=data["post_id"],
        author_id=data["author_id"],
        until=None if until is None else until.astimezone(UTC),
        reason=" ".join(statement[part] for part in parts if statement.get(part)),
    )
