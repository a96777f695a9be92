"""A push: how loud, what its buttons do, and that opening it takes over nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from feuerwache.common.config.contact import NtfyContact
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import IncidentState
from feuerwache.notifier.channels.channel import Delivery
from feuerwache.notifier.channels.ntfy import cut, notification
from support.desk import counter
from support.incidents import alarm
from support.peers.peer import LINK, message


def delivery(*, urgent: bool = True) -> Delivery:
    return Delivery(UUID(int=7), UUID(int=8), NtfyContact(topic="t"), urgent=urgent)


@pytest.mark.parametrize(
    ("severity", "urgent", "priority", "tag"),
    [
        (Severity.CRITICAL, True, 5, "rotating_light"),
        (Severity.HIGH, True, 4, "warning"),
        (Severity.LOW, True, 4, "information_source"),
        (Severity.CRITICAL, False, 3, "rotating_light"),
        (Severity.LOW, False, 2, "information_source"),
    ],
)
def test_only_what_is_critical_and_urgent_rings_through(
    severity: Severity, urgent: bool, priority: int, tag: str
) -> None:
    pushed = notification(delivery(urgent=urgent), "t", message(severity))
    assert (pushed["priority"], pushed["tags"]) == (priority, [tag])


def test_tapping_opens_and_only_the_button_takes_over_by_a_post() -> None:
    pushed = notification(delivery(), "t", message())
    assert pushed["click"] == LINK
    take, view = pushed["actions"]
    assert (take["action"], take["method"], take["url"]) == ("http", "POST", f"{LINK}/acknowledge?from=push")
    assert (view["action"], view["url"]) == ("view", LINK)
    assert [take["label"], view["label"]] == ["Ich übernehme", "Ansehen"]


def test_a_room_has_no_button_that_acts() -> None:
    pushed = notification(delivery(), "t", message(link="https://wache.example/", language="en"))
    assert [action["action"] for action in pushed["actions"]] == ["view"]


def test_a_message_without_a_link_has_no_buttons() -> None:
    assert not {"click", "actions"} & set(notification(delivery(), "t", message(link="")))


def test_the_title_is_the_first_line_and_the_message_the_rest() -> None:
    pushed = notification(delivery(), "t", message())
    assert f"{pushed['title']}\n{pushed['message']}" == message().short


def test_a_page_of_one_line_says_it_instead_of_what_the_app_would() -> None:
    pushed = notification(delivery(), "t", replace(message(), short="Kritisch: Übung"))
    assert (pushed["title"], pushed["message"]) == ("Kritisch: Übung", "Kritisch: Übung")


def test_the_button_works_on_the_console_and_tapping_does_nothing_there(tmp_path: Path) -> None:
    """The requests as the app sends them, to the console's real page."""

    async def main() -> None:
        async with counter(tmp_path) as console:
            await console.tell(alarm())
            pushed = notification(delivery(), "t", message(link=f"http://console{console.link()}"))
            opened = await console.http.get(pushed["click"])
            assert opened.status_code == 200
            assert console.incident().state is IncidentState.TRIGGERED
            take = pushed["actions"][0]
            pressed = await console.http.request(
                take["method"], take["url"], headers=take["headers"], content=take["body"]
            )
            assert (pressed.status_code, pressed.headers["access-control-allow-origin"]) == (204, "*")
            assert console.incident().state is IncidentState.ACKNOWLEDGED
            assert console.incident().owner == "anna.bergmann"

    asyncio.run(main())


@pytest.mark.parametrize("letter", ["a", "ü", "🚒"])
def test_a_long_message_is_cut_between_letters(letter: str) -> None:
    short = cut(letter * 5000, 4096)
    assert len(short.encode()) <= 4096
    assert short.endswith("…") and set(short[:-1]) == {letter}
    assert cut(letter * 10, 4096) == letter * 10
