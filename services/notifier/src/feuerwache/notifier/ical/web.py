"""Calendars over HTTP: `/calendar/<token>/me.ics`, `…/team/<id>.ics`, `…/schedule/<id>.ics`; `/calendar/<token>/`
itself is the roster as a page.

The token is the person who reads (`token.py`); whoever is of the house may read everybody's duties, and nothing else.
An unknown token and an unknown calendar are the same 404. A feed that has not changed is answered with 304.
"""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from feuerwache.common.calendar.wallclock import instant_of
from feuerwache.common.config.people import Person
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.ical.feed import write
from feuerwache.notifier.ical.subject import AHEAD, PAST, Subject, UnknownSubject, feed_of
from feuerwache.notifier.ical.token import person_of, token_of
from feuerwache.notifier.roster.page import Links, render
from feuerwache.notifier.roster.week import roster
from feuerwache.notifier.rpc import Source
from feuerwache.notifier.settings import NotifierSettings

MEDIA = "text/calendar; charset=utf-8"
#: A program may keep it for this long; a swap is seen after at most as much.
CACHE = "private, max-age=300"
#: Weeks on the page at a time, and how far one may leaf.
WEEKS = 4
FURTHEST = timedelta(days=730)
NOWHERE = "Diesen Kalender gibt es nicht (mehr). / There is no such calendar (any more).\n"


def calendar_router(source: Source, settings: NotifierSettings) -> APIRouter:
    router = APIRouter(prefix="/calendar")
    secret = settings.link_secret.get_secret_value().encode()

    async def answer(request: Request, token: str, kind: str, subject_id: str | None) -> Response:
        directory = source.directory()
        reader = person_of(token, directory.people, secret)
        if reader is None:
            return _nowhere()
        subject = Subject(kind, subject_id or reader.id)  # type: ignore[arg-type]  # one of the routes below
        now = source.clock.now()
        known = request.headers.get("If-None-Match", "")

        def made() -> tuple[str, bytes | None]:
            """The tag, and the calendar unless it is the one that is known there."""
            feed = feed_of(
                subject,
                directory,
                source.overrides(),
                now - PAST,
                now + AHEAD,
                language=reader.language,
                timezone=reader.timezone,
            )
            tag = f'"{feed.tag(directory.people)}"'
            return tag, None if tag in known else write(feed, directory.people, now)

        try:
            tag, body = await asyncio.to_thread(made)
        except UnknownSubject:
            return _nowhere()
        headers = {"ETag": tag, "Cache-Control": CACHE}
        if body is None:
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(subject.id, safe='')}.ics"
        return Response(body, media_type=MEDIA, headers=headers)

    @router.api_route("/{token}/", methods=["GET", "HEAD"])
    async def page(token: str, since: str = "") -> Response:
        """The roster as a page, `WEEKS` weeks from the Monday of `since` (a date) on."""
        directory = source.directory()
        reader = person_of(token, directory.people, secret)
        if reader is None:
            return _nowhere()
        now, zone = source.clock.now(), ZoneInfo(reader.timezone)
        monday = _monday(since, now, zone)
        start, end = (instant_of(monday + n * timedelta(weeks=WEEKS), time(0), zone) for n in (0, 1))
        schedules = directory.schedules.schedules
        feeds = addresses("", reader, secret, _teams(directory, reader), [one.id for one in schedules])
        links = Links(
            f"?since={monday - timedelta(weeks=WEEKS)}",
            f"?since={monday + timedelta(weeks=WEEKS)}",
            tuple((unquote(feed), feed) for feed in (each.rpartition(f"{token}/")[2] for each in feeds)),
        )

        def made() -> str:
            found = roster(schedules, directory.people, start, end, zone=zone, now=now, overrides=source.overrides())
            return render(found, reader.language, now, links=links, stale=source.stale() is not None)

        return HTMLResponse(await asyncio.to_thread(made))

    @router.api_route("/{token}/me.ics", methods=["GET", "HEAD"])
    async def mine(request: Request, token: str) -> Response:
        return await answer(request, token, "person", None)

    @router.api_route("/{token}/team/{subject_id}.ics", methods=["GET", "HEAD"])
    async def team(request: Request, token: str, subject_id: str) -> Response:
        return await answer(request, token, "team", subject_id)

    @router.api_route("/{token}/schedule/{subject_id}.ics", methods=["GET", "HEAD"])
    async def schedule(request: Request, token: str, subject_id: str) -> Response:
        return await answer(request, token, "schedule", subject_id)

    return router


def addresses(base: str, person: Person, secret: bytes, teams: list[str], schedules: list[str]) -> list[str]:
    """Every calendar this person may subscribe to, their own first."""
    root = f"{base.rstrip('/')}/calendar/{token_of(person, secret)}"
    return [
        f"{root}/me.ics",
        *(f"{root}/team/{quote(team, safe='')}.ics" for team in teams),
        *(f"{root}/schedule/{quote(schedule, safe='')}.ics" for schedule in schedules),
    ]


def _teams(directory: Directory, reader: Person) -> list[str]:
    return [team.id for team in directory.people.teams if reader.id in team.members]


def _monday(since: str, now: datetime, zone: ZoneInfo) -> date:
    """Of the week in which `since` lies; of this week when it is no date, or one far away."""
    today = now.astimezone(zone).date()
    try:
        day = date.fromisoformat(since)
    except ValueError:
        day = today
    day = day if abs(day - today) < FURTHEST else today
    return day - timedelta(days=day.weekday())


def _nowhere() -> Response:
    return Response(NOWHERE, 404, media_type="text/plain; charset=utf-8")
