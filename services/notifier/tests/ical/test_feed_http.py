"""Calendar feeds over real HTTP: whose they are, what they say, and that nobody else's token opens them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from icalendar import Calendar
from pydantic import SecretStr

from feuerwache.common.clock import ManualClock
from feuerwache.common.config.people import Person
from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.web import listening, serve_http
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.ical.token import person_of, token_of
from feuerwache.notifier.ical.web import addresses, calendar_router
from feuerwache.notifier.rpc import Source
from feuerwache.notifier.settings import NotifierSettings
from feuerwache.notifier.web import make_app
from support.watchroom import PEOPLE, SCHEDULES, SECRET, berlin, house, take_over

NOW = berlin(2026, 10, 20, 12)


@dataclass
class World:
    """What the served feed reads, to be changed while it runs."""

    directory: Directory = field(default_factory=house)
    overrides: tuple[OnCallOverridden, ...] = ()
    stale: str | None = None

    def person(self, person_id: str) -> Person:
        found = self.directory.people.person(person_id)
        assert found is not None
        return found

    def token(self, person_id: str) -> str:
        return token_of(self.person(person_id), SECRET)


@asynccontextmanager
async def served(world: World) -> AsyncIterator[httpx.AsyncClient]:
    source = Source(lambda: world.directory, lambda: world.overrides, lambda: world.stale, ManualClock(NOW))
    settings = NotifierSettings(link_secret=SecretStr(SECRET.decode()))
    stop = asyncio.Event()
    with listening("127.0.0.1", 0) as bound:
        app = make_app(calendar_router(source, settings))
        serving = asyncio.create_task(serve_http(app, bound, stop, 1.0))
        try:
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{bound.getsockname()[1]}", trust_env=False
            ) as client:
                yield client
        finally:
            stop.set()
            await serving


def titles(body: bytes) -> set[str]:
    return {str(event["summary"]) for event in Calendar.from_ical(body).walk("VEVENT")}


def test_each_reads_their_own_duties_their_teams_and_the_schedules_in_their_language() -> None:
    async def main() -> None:
        world = World()
        async with served(world) as client:
            root = f"/calendar/{world.token('bo')}"
            mine = await client.get(f"{root}/me.ics")
            assert mine.status_code == 200
            assert mine.headers["content-type"] == "text/calendar; charset=utf-8"
            assert mine.headers["referrer-policy"] == "no-referrer"
            assert titles(mine.content) == {"On call: wache/first"}
            assert b"X-WR-TIMEZONE:Europe/London" in mine.content
            team = await client.get(f"{root}/team/night.ics")
            assert titles(team.content) == {"Ada Özil: wache/first", "Bo Lind: wache/first"}
            every = await client.get(f"{root}/schedule/wache.ics")
            assert "Cy Roth: wache/deputy" in titles(every.content)
            german = await client.get(f"/calendar/{world.token('ada')}/me.ics")
            assert titles(german.content) == {"Bereitschaft: wache/first"}
            head = await client.head(f"{root}/me.ics")
            assert (head.status_code, head.content) == (200, b"")
            given = addresses("https://wache.example/", world.person("bo"), SECRET, ["night"], ["wache"])
            for address in given:
                assert address.startswith("https://wache.example/calendar/")
                assert (await client.get(address.removeprefix("https://wache.example"))).status_code == 200

    asyncio.run(main())


def test_a_feed_that_has_not_changed_is_answered_with_304_and_a_swap_is_news() -> None:
    async def main() -> None:
        world = World()
        async with served(world) as client:
            path = f"/calendar/{world.token('ada')}/me.ics"
            first = await client.get(path)
            tag = first.headers["etag"]
            again = await client.get(path, headers={"If-None-Match": f'"x", {tag}'})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            world.overrides = (take_over(berlin(2026, 10, 24, 18), berlin(2026, 10, 27, 18), "cy"),)
            news = await client.get(path, headers={"If-None-Match": tag})
            assert news.status_code == 200
            assert news.headers["etag"] != tag
            schedule = f"/calendar/{world.token('ada')}/schedule/wache.ics"
            before = (await client.get(schedule)).headers["etag"]
            renamed = [{**person, "name": "B. Lind"} if person["id"] == "bo" else person for person in PEOPLE["people"]]
            world.directory = house(people={**PEOPLE, "people": renamed})
            after = await client.get(schedule, headers={"If-None-Match": before})
            assert after.status_code == 200
            assert "B. Lind: wache/first" in titles(after.content)

    asyncio.run(main())


def test_nobody_elses_token_opens_anything_and_a_lost_one_is_revoked() -> None:
    async def main() -> None:
        world = World()
        async with served(world) as client:
            token = world.token("ada")
            wrong = ["x", token[:-1], token + "A", token.swapcase(), token_of(world.person("ada"), b"y" * 32)]
            for each in (f"/calendar/{one}/me.ics" for one in wrong):
                answer = await client.get(each)
                assert (answer.status_code, "Özil" in answer.text) == (404, False), each
            for path in ("team/none.ics", "schedule/none.ics", "team/..%2Fme.ics", "nothing"):
                assert (await client.get(f"/calendar/{token}/{path}")).status_code == 404
            assert (await client.post(f"/calendar/{token}/me.ics")).status_code == 405
            people = {**PEOPLE, "people": [{**PEOPLE["people"][0], "feed": 2}, *PEOPLE["people"][1:]]}
            world.directory = house(people=people)
            assert (await client.get(f"/calendar/{token}/me.ics")).status_code == 404
            assert (await client.get(f"/calendar/{world.token('ada')}/me.ics")).status_code == 200

    asyncio.run(main())


def test_the_page_shows_the_weeks_in_the_readers_zone_and_says_when_it_is_not_up_to_date() -> None:
    async def main() -> None:
        world = World()
        async with served(world) as client:
            root = f"/calendar/{world.token('bo')}/"
            page = await client.get(root)
            assert page.status_code == 200
            assert "Week 43" in page.text and "Europe/London" in page.text
            assert "from 17:00" in page.text, "18:00 in Berlin is 17:00 in London"
            assert 'role="alert"' not in page.text
            later = await client.get(f"{root}?since=2026-12-28")
            assert "Week 53" in later.text and "?since=2027-01-25" in later.text
            nonsense = await client.get(f"{root}?since=9999-99-99")
            assert nonsense.status_code == 200 and "Week 43" in nonsense.text
            world.stale = "Kafka is away"
            assert 'role="alert"' in (await client.get(root)).text
            assert "Kafka is away" not in (await client.get(root)).text
            assert (await client.get("/calendar/x/")).status_code == 404
            assert "script" not in page.text.lower()

    asyncio.run(main())


def test_ids_with_letters_of_the_world_have_an_address_too() -> None:
    async def main() -> None:
        name = "Köln №1"
        schedules = {"schedules": [{**SCHEDULES["schedules"][0], "id": name}]}
        world = World(house(schedules))
        async with served(world) as client:
            given = addresses("", world.person("ada"), SECRET, [], [name])
            answer = await client.get(given[1])
            assert answer.status_code == 200
            assert answer.headers["content-disposition"].endswith("K%C3%B6ln%20%E2%84%961.ics")
            page = await client.get(f"/calendar/{world.token('ada')}/")
            assert f">schedule/{name}.ics</a>" in page.text

    asyncio.run(main())


def test_a_token_is_of_one_person_and_never_made_with_a_short_secret() -> None:
    people = house().people
    tokens = {person.id: token_of(person, SECRET) for person in people.people}
    assert len(set(tokens.values())) == 3
    for person_id, token in tokens.items():
        found = person_of(token, people, SECRET)
        assert found is not None and found.id == person_id
    with pytest.raises(FeuerwacheError, match="32 characters"):
        token_of(people.people[0], b"short")
