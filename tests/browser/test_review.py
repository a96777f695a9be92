"""The review queue in a real browser: by keyboard alone, in both schemes, on a phone's width, with scripts and without.

Needs a Chromium (`support/chromium.py`).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect

from feuerwache.common.events.decision import Action
from support.chromium import chromium
from support.reviews import THREAT, ReviewCounter, complaint, post, review_counter

DEADLINE_MS = 20_000
FIRST, SECOND = "Ich weiß, wo du wohnst, Nummer eins.", "Ich weiß, wo du wohnst, Nummer zwei."


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[ReviewCounter, str]]:
    """The page at an address of this machine, with two threats waiting."""
    async with review_counter(folder) as desk:
        for number, text in enumerate((FIRST, SECOND), 1):
            await desk.tell(post(f"p{number}", text, THREAT, author=f"a{number}", why=("wo du wohnst",)))
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(desk.app, log_level="warning", lifespan="off", ws="none"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield desk, f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield found
        finally:
            await found.close()


async def opened(chrome: Browser, address: str, **more: object) -> Page:
    page = await chrome.new_page(**more)  # type: ignore[arg-type]  # options of a page, as they are called there
    page.set_default_timeout(DEADLINE_MS)
    await page.goto(address)
    return page


def test_two_posts_are_decided_with_one_key_each(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (desk, address), browser() as chrome:
            page = await opened(chrome, address + desk.address())
            cases = page.locator("[data-case]")
            await cases.first.focus()
            await page.keyboard.press("j")
            await expect(cases.nth(1)).to_be_focused()
            await page.keyboard.press("n")
            await page.keyboard.type("6 Mal gesehen, j k")
            await page.keyboard.press("Enter")
            assert desk.producer.commands == [], "nothing that is typed into the note decides"
            await page.keyboard.press("Escape")
            await expect(cases.nth(1)).to_be_focused()
            await page.keyboard.press("6")
            await expect(page.get_by_text("Eingetragen: entfernt.")).to_be_visible()
            await expect(page.get_by_text(SECOND)).to_have_count(0)
            await expect(cases.first).to_be_focused()
            await page.keyboard.press("1")
            await expect(page.get_by_text("Gerade wartet nichts auf Sie.")).to_be_visible()
            assert [(one.data.ref.post_id, one.data.action) for one in desk.producer.commands] == [
                ("p2", Action.REMOVE),
                ("p1", Action.APPROVE),
            ]
            assert desk.producer.commands[0].data.note == "6 Mal gesehen, j k"

    asyncio.run(scenario())


def test_a_key_that_is_held_down_decides_nothing_and_without_the_focus_keys_are_keys(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (desk, address), browser() as chrome:
            page = await opened(chrome, address + desk.address())
            await page.keyboard.press("6")
            await page.evaluate(
                "document.querySelector('[data-case]').dispatchEvent("
                "new KeyboardEvent('keydown', {key: '6', repeat: true, bubbles: true}))"
            )
            await page.keyboard.press("Tab")
            await expect(page.get_by_text(FIRST)).to_be_visible()
            assert desk.producer.commands == []

    asyncio.run(scenario())


def test_without_scripts_a_click_decides_and_return_in_the_note_does_not(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (desk, address), browser() as chrome:
            page = await opened(chrome, address + desk.address(), java_script_enabled=False)
            case = page.get_by_role("article").first
            await case.get_by_role("textbox", name="Notiz").fill("kurz")
            await page.keyboard.press("Enter")
            await case.get_by_role("button", name="Ausblenden").click()
            await expect(page.get_by_text("Eingetragen: ausgeblendet.")).to_be_visible()
            assert [one.data.action for one in desk.producer.commands] == [Action.HIDE]

    asyncio.run(scenario())


def test_the_page_tells_by_itself_when_a_click_is_carried_out_and_moves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (desk, address), browser() as chrome:
            desk.producer.obeys = False
            page = await opened(chrome, address + desk.address())
            await page.get_by_role("article").first.get_by_role("button", name="Ausblenden").click()
            await expect(page.get_by_text("Wird eingetragen: ausgeblendet …")).to_be_visible()
            here = page.url
            note = page.get_by_role("textbox", name="Notiz")
            await note.fill("schon bei der nächsten")
            await desk.tell(*desk.producer.commands)
            await expect(page.get_by_text("Eingetragen: ausgeblendet.")).to_be_visible(timeout=DEADLINE_MS)
            await expect(note).to_have_value("schon bei der nächsten")
            assert page.url == here

    asyncio.run(scenario())


def test_what_has_changed_meanwhile_is_said_and_who_is_too_late_learns_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (desk, address), browser() as chrome:
            page = await chrome.new_page()
            await page.clock.install()
            await page.goto(address + desk.address())
            await desk.press(await desk.look("murat.oezdemir"), "decide-1", "remove")
            await page.clock.run_for(11_000)
            await expect(page.get_by_text("Die Liste hat sich geändert.")).to_be_visible(timeout=DEADLINE_MS)
            await page.get_by_role("article").first.get_by_role("button", name="Freigeben").click()
            await expect(page.get_by_text("Murat Özdemir war schneller: entfernt.")).to_be_visible()
            assert len(desk.producer.commands) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone_and_every_text_can_be_read(tmp_path: Path, scheme: str) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (desk, address), browser() as chrome:
            await desk.tell(complaint(desk.in_force("p2"), "Warum? " + "Wirklichsehrlangeswort" * 20))
            page = await chrome.new_page(
                color_scheme="dark" if scheme == "dark" else "light", viewport={"width": 320, "height": 700}
            )
            wrong: list[str] = []
            page.on("console", lambda message: wrong.append(message.text))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            await page.goto(address + desk.address())
            for summary in await page.locator("summary").all():
                await summary.click()
            assert await page.evaluate("document.documentElement.scrollWidth") == 320
            for button in await page.locator(".buttons button").all():
                box = await button.bounding_box()
                assert box is not None and box["height"] >= 44
            colours = await page.evaluate(CONTRAST)
            assert colours and min(colours) >= 4.5, sorted(colours)[:3]
            await page.get_by_role("link", name="Ganz ansehen").first.click()
            await expect(page.get_by_role("link", name="Zurück zur Liste")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") == 320
            assert wrong == []

    asyncio.run(scenario())


#: The contrast of every piece of text with what is painted behind it (WCAG 2.2, 1.4.3).
CONTRAST = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3).map((one) => one / 255)
    .map((one) => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const found = parts(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] > 0) return getComputedStyle(one).backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("main *")]
    .filter((one) => [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
    .filter((one) => one.checkVisibility())
    .map((one) => [light(getComputedStyle(one).color), light(behind(one))])
    .map(([one, other]) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05));
}"""
