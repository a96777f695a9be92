"""Answering as a part of the notifier: its doors, its desk and what they follow, from settings; nothing where no
provider has a secret, or no port is given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import APIRouter

from feuerwache.common.config.people import People
from feuerwache.common.http.guard import AddressGuard
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.process import Process
from feuerwache.notifier import metrics
from feuerwache.notifier.answering.desk import AnswerDesk
from feuerwache.notifier.answering.door import doors, heard
from feuerwache.notifier.answering.failures import Failures
from feuerwache.notifier.answering.given import Given
from feuerwache.notifier.answering.paged import Paged
from feuerwache.notifier.answering.web import answering_router
from feuerwache.notifier.channels.http import HttpLine
from feuerwache.notifier.incidents import Incidents
from feuerwache.notifier.settings import NotifierSettings

#: Whoever pressed is told after this time that it is not sure to be on record. Slack gives an answer three seconds.
RECORD_SECONDS = 2.5
#: So long an answer waits for the incidents task, then it is "noted and under way". A caller on the phone is listening.
OBEY_SECONDS = 2.0
#: What is being told at a stop may be told for so long.
TELL_SECONDS = 3.0


@asynccontextmanager
async def answering(
    process: Process, settings: NotifierSettings, people: Callable[[], People], incidents: Incidents
) -> AsyncIterator[tuple[APIRouter, ...]]:
    """The router of the doors, while inside; none where nobody would hear an answer."""
    if not heard(settings):
        yield ()
        return
    metrics.initialise_answers(heard(settings))
    async with AsyncExitStack() as stack:
        line = HttpLine(AddressGuard(settings.http_allow), process.clock, seconds=settings.http_seconds)
        stack.push_async_callback(line.close)
        # Not entered: it connects with the first answer, so a broker that is away keeps nobody from being paged.
        producer = EventProducer(settings, RECORD_SECONDS)
        stack.push_async_exit(producer)
        paged = Paged(settings)
        await stack.enter_async_context(paged.following())
        process.health.add("deliveries", paged.health)
        given = Given(settings)
        await stack.enter_async_context(given.following())
        process.health.add("answers", given.health)
        desk = AnswerDesk(
            people=people,
            incidents=incidents,
            paged=paged,
            given=given,
            producer=producer,
            secret=settings.link_secret,
            names=settings.topics(),
            clock=process.clock,
            wait_seconds=OBEY_SECONDS,
        )
        stack.push_async_callback(desk.close, TELL_SECONDS)
        failures = Failures(producer, settings.topics(), process.clock, settings.shards)
        yield (answering_router(desk, doors(settings, line), failures),)
