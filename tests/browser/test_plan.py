"""The crisis plan in a real browser: a step is ticked with the keyboard, with scripts and without, on a phone's width.

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
from playwright.async_api import Browser, async_playwright, expect

from support.chromium import chromium
from support.desk import Counter, counter
from support.dossiers import ref
from support.incidents import alarm

DEADLINE_MS = 20_000


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[Counter, str]]:
    """The page at an address of this machine."""
    async with counter(folder) as desk:
        await desk.tell(alarm(examples=(ref("p1"), ref("p2"))))
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


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_step_is_ticked_by_keyboard_and_everybody_sees_it(tmp_path: Path, scripts: bool) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (desk, address), browser() as chrome:
            anna = await chrome.new_page(java_script_enabled=scripts, viewport={"width": 360, "height": 740})
            anna.set_default_timeout(DEADLINE_MS)
            await anna.goto(address + desk.link())
            box = anna.get_by_role("checkbox", name="Die Beispiele und den auslösenden Beitrag lesen")
            await expect(box).not_to_be_checked()
            await box.focus()
            await anna.keyboard.press("Space")
            await expect(box).to_be_checked(timeout=DEADLINE_MS)
            await expect(anna.get_by_text("1 von 10 Schritten erledigt")).to_be_visible()
            murat = await chrome.new_page()
            await murat.goto(address + desk.link("murat.oezdemir"))
            await expect(murat.get_by_text("Anna Bergmann ticked off: Read the examples")).to_be_visible()
            assert [tick.step for tick in desk.incident().ticks] == ["read"]

    asyncio.run(scenario())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(tmp_path: Path, scheme: str) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (desk, address), browser() as chrome:
            page = await chrome.new_page(
                color_scheme="dark" if scheme == "dark" else "light", viewport={"width": 320, "height": 700}
            )
            wrong: list[str] = []
            page.on("console", lambda message: wrong.append(message.text))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            await page.goto(address + desk.link())
            assert await page.evaluate("document.documentElement.scrollWidth") == 320
            assert wrong == []

    asyncio.run(scenario())


def test_what_somebody_is_writing_is_not_taken_from_them_when_the_incident_moves_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as (desk, address), browser() as chrome:
            page = await chrome.new_page()
            await page.clock.install()
            await page.goto(address + desk.link())
            await page.get_by_role("textbox", name="Kommentar").fill("Ich rufe gerade")
            other = await desk.http.get(desk.link("murat.oezdemir"))
            await desk.press(other, "tick-facts")
            await page.clock.run_for(11_000)
            await expect(page.get_by_text("Es gibt Neues zu diesem Einsatz.")).to_be_visible(timeout=DEADLINE_MS)
            await expect(page.get_by_role("textbox", name="Kommentar")).to_have_value("Ich rufe gerade")

    asyncio.run(scenario())
