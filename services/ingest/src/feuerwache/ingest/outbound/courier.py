"""Carries the decisions of one partition to one integration's platform: a handler of the runner.

Delivered, then committed: receipts, what is parked, and the cursor of the integration (its consumer group's offset)
become visible in one transaction, so a crash in between repeats deliveries, with the same id, and loses none. A first
try is made while the batch is held; what does not get through is parked and tried again in the background when it is
due, so that one post that a platform cannot digest holds up no other. Decisions about one post reach the platform one
after the other; a parked one whose successor has come is skipped, never sent after it. Where an appeal stands waits
while a decision about its post is parked, so it comes after the one that was made before it; no decision waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.decision import AppealChanged, DecisionMade, DecisionWithdrawn
from feuerwache.common.kafka.record import NOTHING, DeadLetter, Outgoing, Output, Record
from feuerwache.common.kafka.topics import OUTBOUND_PARKED
from feuerwache.ingest.outbound.attempt import Settled, attempt
from feuerwache.ingest.outbound.office import Office
from feuerwache.ingest.outbound.parcel import Parcel, PostKey, Slot, unparked
from feuerwache.ingest.outbound.selection import Selection

#: Tries in the background at once, per partition; the places of the integration bound them all together.
RETRIES = 8


class Courier:
    """One partition of one integration. `shelf` reads what is parked there once former owners are fenced."""

    def __init__(self, partition: int, office: Office, shelf: Callable[[int], Awaitable[Sequence[Parcel]]]) -> None:
        self._partition = partition
        self._office = office
        self._shelf = shelf
        self._topic = office.names.of(OUTBOUND_PARKED)
        self._parked: dict[Slot, Parcel] = {}
        self._retries: dict[Slot, asyncio.Task[Settled]] = {}

    def holds(self) -> bool:
        """No more decisions are read while the platform takes none: they wait in Kafka, not here."""
        valve, clock = self._office.valve, self._office.clock
        if valve.paused is not None or len(self._parked) >= self._office.limits.parked:
            return True
        if not valve.closed:
            return False
        # Open by a crack: one that has never been tried shows best whether the platform is back.
        untried = any(parcel.tries == 0 and not self._waits(parcel) for parcel in self._parked.values())
        return valve.seconds_left(clock.monotonic()) > 0 or valve.trying or untried

    async def restore(self, record: Record) -> None:
        raise AssertionError(f"a courier reads its own shelf, not {record.topic}")

    async def start(self, committed: dict[str, int | None]) -> None:  # noqa: ARG002 - as the runner calls it
        self._parked = {parcel.slot: parcel for parcel in await self._shelf(self._partition)}
        self._office.note_parked(self._partition, len(self._parked))

    async def handle(self, records: Sequence[Record]) -> Output:
        arrivals: dict[PostKey, list[Parcel | None]] = {}
        letters = []
        integration = self._office.integration()
        assert integration.outbound is not None, "an integration without an outlet has no courier"
        selection = Selection.of(integration.platform, integration.communities, integration.outbound)
        for record in records:
            try:
                event = record.event()
            except InvalidRecord as error:
                letters.append(DeadLetter.of(record, error))
                continue
            match event.data:
                case DecisionMade() as decision if selection.takes(decision):
                    parcel = Parcel(record, event)
                    arrivals.setdefault(parcel.post, []).append(parcel)
                case AppealChanged() as appeal if selection.tells(appeal):
                    parcel = Parcel(record, event)
                    arrivals.setdefault(parcel.post, []).append(parcel)
                case DecisionMade() | AppealChanged():
                    self._office.count("not_meant")
                case DecisionWithdrawn(ref=ref, reason="deleted"):  # one that was outdated leaves the newer one valid
                    arrivals.setdefault((ref.platform, ref.post_id), []).append(None)
        deadline = self._office.clock.monotonic() + self._office.limits.batch_seconds
        carried = await asyncio.gather(*(self._carry(post, these, deadline) for post, these in arrivals.items()))
        self._office.note_parked(self._partition, len(self._parked))
        return Output([one for outgoing in carried for one in outgoing], letters)

    async def tick(self) -> Output:
        outgoing: list[Outgoing] = []
        for slot in [slot for slot, task in self._retries.items() if task.done()]:
            outgoing += await self._collect(slot)
        self._retry_what_is_due()
        self._office.note_parked(self._partition, len(self._parked))
        return Output(outgoing) if outgoing else NOTHING

    async def committed(self) -> None:
        pass

    async def close(self) -> None:
        """What is under way is given up: it is tried again, with the same id, by whoever has the partition next."""
        tasks = list(self._retries.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._office.note_parked(self._partition, 0)

    async def _carry(self, post: PostKey, arrivals: Sequence[Parcel | None], deadline: float) -> list[Outgoing]:
        """What has come about one post, in its order; None is the end of the post, which ends no appeal."""
        slots: list[Slot] = [post, *(arrival.slot for arrival in arrivals if arrival is not None)]
        outgoing: list[Outgoing] = []
        waiting: dict[Slot, Parcel | None] = {}
        for slot in dict.fromkeys(slots):
            outgoing += await self._collect(slot)
            waiting[slot] = self._parked.get(slot)
        for arrival in arrivals:
            if arrival is None:
                if waiting[post] is not None:
                    self._office.count("withdrawn")
                waiting[post] = None
                continue
            parcel, before = arrival, waiting[arrival.slot]
            if before is not None:
                self._office.count("superseded")
                if not arrival.replaces(before):
                    continue
                parcel = arrival.in_place_of(before)
            if parcel.slot != post and waiting[post] is not None:
                waiting[parcel.slot] = parcel.put_off(self._office.now_ms(), "waits for the decision before it")
                continue
            settled = await self._first_try(parcel, deadline)
            outgoing += settled.outgoing
            waiting[parcel.slot] = settled.parked
        return [*outgoing, *(one for slot, parked in waiting.items() for one in self._keep(slot, parked))]

    async def _first_try(self, parcel: Parcel, deadline: float) -> Settled:
        places, left = self._office.places, deadline - self._office.clock.monotonic()
        try:
            async with asyncio.timeout(max(0.0, left)):
                await places.acquire()
        except TimeoutError:
            return Settled(parked=parcel.put_off(self._office.now_ms(), "the platform is slow"))
        try:
            return await attempt(parcel, self._office)
        finally:
            places.release()

    def _retry_what_is_due(self) -> None:
        valve = self._office.valve
        if valve.paused is not None or valve.trying or valve.seconds_left(self._office.clock.monotonic()) > 0:
            return
        room = (1 if valve.closed else RETRIES) - len(self._retries)
        now_ms = self._office.now_ms()
        due = [
            one
            for slot, one in self._parked.items()
            if one.due_ms <= now_ms and slot not in self._retries and not self._waits(one)
        ]
        for parcel in sorted(due, key=lambda one: (one.tries, one.due_ms))[: max(0, room)]:
            self._retries[parcel.slot] = asyncio.create_task(self._retry(parcel))

    def _waits(self, parcel: Parcel) -> bool:
        """Whether it is an appeal's, and a decision about its post has to be taken, refused or given up first."""
        return parcel.slot != parcel.post and parcel.post in self._parked

    async def _retry(self, parcel: Parcel) -> Settled:
        async with self._office.places:
            return await attempt(parcel, self._office)

    async def _collect(self, slot: Slot) -> list[Outgoing]:
        """What came of the try in the background, if there is one; waits for it."""
        task = self._retries.get(slot)
        if task is None:
            return []
        settled = await task
        del self._retries[slot]
        before, after = self._parked[slot], settled.parked
        if after is not None and after.tries == before.tries:
            self._parked[slot] = after  # it was only put off, which need not be on record
            return []
        return [*settled.outgoing, *self._keep(slot, after)]

    def _keep(self, slot: Slot, parcel: Parcel | None) -> list[Outgoing]:
        """The shelf as it is from now on, and what says so."""
        if parcel is not None:
            if parcel is self._parked.get(slot):
                return []
            self._parked[slot] = parcel
            return [parcel.parked(self._topic, self._office.id)]
        if self._parked.pop(slot, None) is not None:
            return [unparked(self._topic, self._office.id, self._partition, slot)]
        return []
