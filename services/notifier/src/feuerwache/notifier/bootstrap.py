"""Composes the notifier: configuration, channels, desk, runner. Nowhere else does anything connect or read settings."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import NoReturn
from uuid import UUID

from feuerwache.common.clock import Clock
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.community import load_communities
from feuerwache.common.config.people import People, load_people
from feuerwache.common.config.plan import load_plans
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.http.guard import AddressGuard
from feuerwache.common.kafka.runner import Runner, RunnerOptions
from feuerwache.common.kafka.topics import PAGES_DELIVERIES, PAGES_FAILURES, PAGES_REQUESTED
from feuerwache.common.linktoken import LinkToken, check_secret, issue
from feuerwache.common.process import Process, run, settings_for
from feuerwache.common.watch import together, watch
from feuerwache.notifier import metrics
from feuerwache.notifier.accounts import chat_channels
from feuerwache.notifier.answering.door import references
from feuerwache.notifier.answering.service import answering
from feuerwache.notifier.channels.alertmanager import AlertmanagerChannel
from feuerwache.notifier.channels.apprise import AppriseChannel
from feuerwache.notifier.channels.channel import Channel
from feuerwache.notifier.channels.email import EmailChannel
from feuerwache.notifier.channels.http import HttpLine
from feuerwache.notifier.channels.ntfy import NtfyChannel
from feuerwache.notifier.channels.pagerduty import PagerDutyChannel
from feuerwache.notifier.channels.webhook import WebhookChannel
from feuerwache.notifier.deadman import DeadMan
from feuerwache.notifier.delivery.desk import Desk
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.delivery.handler import DeliveryHandler
from feuerwache.notifier.delivery.office import Office
from feuerwache.notifier.delivery.pace import Pace
from feuerwache.notifier.delivery.sent import Sent
from feuerwache.notifier.house import House
from feuerwache.notifier.ical.web import calendar_router
from feuerwache.notifier.incidents import Incidents
from feuerwache.notifier.overrides import Overrides
from feuerwache.notifier.rpc import Source
from feuerwache.notifier.schedule.model import load_schedules
from feuerwache.notifier.settings import NotifierSettings
from feuerwache.notifier.surfaces import serve_surfaces

STAGE = "notifier"
#: What is being sent at a stop is settled within this time, or its outcome stays unknown to the next process.
FINISH_SECONDS = 8.0
LOOK_EVERY = 0.05
BAD_CONFIGURATION = os.EX_CONFIG


def main() -> NoReturn:
    """`python -m feuerwache.notifier`"""
    settings = settings_for(STAGE, NotifierSettings)

    async def work(process: Process) -> None:
        await serve(process, settings)

    run(STAGE, settings, work)


async def serve(process: Process, settings: NotifierSettings) -> None:
    """Until `process.stop`: pages in, people reached."""
    clock = process.clock
    catalog = _catalog(settings)
    channels = _channels(settings, clock)
    metrics.initialise(channels)
    prepare(channels, catalog.current.directory.people)
    desk = Desk(channels, clock, settings.channel_parallel)
    overrides = Overrides(settings)
    incidents = Incidents(settings)
    pace = Pace(settings.limits())
    sent = Sent(settings, pace)
    deadman = DeadMan(settings.deadman_url, settings.deadman_style, AddressGuard(settings.http_allow), clock)
    office = Office(
        lambda: catalog.current.directory,
        desk,
        clock,
        settings.topics(),
        links(settings, clock),
        overrides.current,
        settings.clock_factor if settings.clock_start else 1.0,
        lambda subject: catalog.current.helplines(subject),  # noqa: PLW0108 - of the configuration that holds then
        deadman.heard,
        incidents.get,
        pace,
        reference=references(settings, clock),
        known=lambda: None if incidents.health() or overrides.health() else incidents.known(),
        shards=settings.shards,
    )
    runner = Runner(
        stage=STAGE,
        inputs=(PAGES_REQUESTED, PAGES_FAILURES),
        state=PAGES_DELIVERIES,
        make_handler=lambda partition: DeliveryHandler(partition, office),
        settings=settings,
        clock=clock,
        options=RunnerOptions(poll_ms=100),
    )
    source = Source(lambda: catalog.current.directory, overrides.current, overrides.health, clock)
    process.health.add("runner", runner.health)
    process.health.add("overrides", overrides.health)
    process.health.add("incidents", incidents.health)
    process.health.add("sent", sent.health)
    stop_runner = asyncio.Event()
    people = lambda: catalog.current.directory.people  # noqa: E731 - those that hold then
    async with (
        overrides.following(),
        incidents.following(),
        sent.following(),
        answering(process, settings, people, incidents) as answers,
    ):
        routers = (calendar_router(source, settings), *answers)
        finishing = asyncio.create_task(_finish_first(process.stop, desk, stop_runner))
        try:
            await together(
                stop_runner,
                runner.run(stop_runner),
                serve_surfaces(process, settings, source, routers, stop_runner),
                watch(catalog, STAGE, settings.config_reload_seconds, stop_runner),
            )
        finally:
            finishing.cancel()
            await deadman.close()
            await desk.close(0.0 if process.stop.is_set() else FINISH_SECONDS)


def prepare(channels: Mapping[str, Channel], people: People) -> None:
    """What takes its time to start does so now, if anybody is reached by it; whoever comes later waits at first."""
    apprise = channels.get(AppriseChannel.name)
    contacts = [contact for person in people.people for contact in person.contacts]
    contacts += [room.contact for room in people.rooms]
    if isinstance(apprise, AppriseChannel) and any(contact.channel == apprise.name for contact in contacts):
        apprise.prepare()


async def _finish_first(told: asyncio.Event, desk: Desk, stop_runner: asyncio.Event) -> None:
    """Told to stop, the runner goes on until what is being sent is settled, for a bounded time."""
    await told.wait()
    try:
        async with asyncio.timeout(FINISH_SECONDS):
            while desk.unsettled:  # noqa: ASYNC110 - settled by committed transactions, which set no event
                await asyncio.sleep(LOOK_EVERY)
    except TimeoutError:
        pass  # the next process says "outcome unknown"
    stop_runner.set()


def links(settings: NotifierSettings, clock: Clock) -> Callable[[UUID, str | None], str]:
    """Personal links to the incident page; a room gets the console's address, which acts for nobody."""
    secret = settings.link_secret.get_secret_value().encode()
    try:
        check_secret(secret)
    except FeuerwacheError as error:
        raise FatalError(str(error), BAD_CONFIGURATION) from error
    base = settings.console_url.rstrip("/")

    def link(incident_id: UUID, person_id: str | None) -> str:
        if person_id is None:
            return f"{base}/"
        expires = clock.real_now() + timedelta(days=settings.link_days)
        return f"{base}/i/{issue(LinkToken(incident_id, person_id, expires), secret)}"

    return link


def load_directory(config_dir: Path) -> Directory:
    """Reads people and schedules; raises `ConfigError`."""
    people = load_people(config_dir)
    return Directory(people, load_schedules(config_dir, people))


def load_house(config_dir: Path) -> House:
    """What the notifier reads of the configuration; raises `ConfigError`. Without plans, no communities are needed."""
    directory = load_directory(config_dir)
    if not (config_dir / "plans").is_dir():
        return House(directory)
    communities = load_communities(config_dir)
    return House(directory, communities, load_plans(config_dir, communities))


def _catalog(settings: NotifierSettings) -> Catalog[House]:
    try:
        return Catalog(load_house, settings.config_dir)
    except ConfigError as error:
        raise FatalError(f"the configuration cannot be used:\n{error}", BAD_CONFIGURATION) from error


def _channels(settings: NotifierSettings, clock: Clock) -> dict[str, Channel]:
    tls = ssl.create_default_context(cafile=settings.smtp_ca_file)
    guard = AddressGuard(settings.http_allow)
    public = ssl.create_default_context()
    if settings.http_ca_file is not None:
        public.load_verify_locations(settings.http_ca_file)

    def line() -> HttpLine:
        return HttpLine(guard, clock, seconds=settings.http_seconds, tls=public)

    channels: tuple[Channel, ...] = (
        EmailChannel(settings.smtp(), clock, seconds=settings.smtp_seconds, tls=tls),
        NtfyChannel(line()),
        PagerDutyChannel(line(), settings.pagerduty_address),
        AlertmanagerChannel(line()),
        WebhookChannel(line()),
        AppriseChannel(guard, clock, seconds=settings.http_seconds, ca_file=settings.http_ca_file),
        *chat_channels(settings, line, settings.callbacks("twilio")),
    )
    return {channel.name: channel for channel in channels}
