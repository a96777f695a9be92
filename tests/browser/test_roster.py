"""The duty roster in a real browser: on a phone, in the dark, by keyboard, on paper, and without a word of script.

Needs a Chromium (`support/chromium.py`).
"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from feuerwache.notifier.roster.page import Links, render
from feuerwache.notifier.roster.week import roster
from support.chromium import chromium
from support.watchroom import BERLIN, berlin, house

NOW = berlin(2026, 10, 21, 12)


def written(folder: Path) -> str:
    schedules = house().schedules.schedules
    start = berlin(2026, 10, 19)
    found = roster(schedules, house().people, start, start + timedelta(days=14), zone=BERLIN, now=NOW)
    page = folder / "roster.html"
    page.write_text(render(found, "de", NOW, links=Links("?since=2026-10-05", "?since=2026-11-02")))
    return page.as_uri()


async def width(page: Page) -> int:
    found: int = await page.evaluate("document.documentElement.scrollWidth")
    return found


def test_it_fits_a_phone_in_the_dark_is_read_aloud_as_a_table_and_prints(tmp_path: Path) -> None:
    async def main() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            try:
                page = await browser.new_page(
                    viewport={"width": 320, "height": 800}, color_scheme="dark", java_script_enabled=True
                )
                await page.goto(written(tmp_path))
                assert await width(page) <= 320, "nobody scrolls sideways (WCAG 2.2, 1.4.10)"
                ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
                assert ground == "rgb(22, 20, 18)"
                await expect(page.get_by_role("table")).to_have_count(2)
                await expect(page.get_by_role("rowheader").first).to_contain_text("wache first")
                await expect(page.get_by_text("(jetzt)").first).to_be_visible()

                await page.keyboard.press("Tab")
                skip = page.get_by_role("link", name="Zu dieser Woche")
                await expect(skip).to_be_focused()
                await page.keyboard.press("Enter")
                await expect(page).to_have_url(re.compile("#week-2026-10-19$"))

                await page.set_viewport_size({"width": 1280, "height": 800})
                await expect(page.get_by_role("columnheader", name="Mi")).to_have_count(2)
                await expect(page.locator("th[aria-current=date]")).to_have_text("Mi 21. Okt. (heute)")
                assert await width(page) <= 1280

                await page.emulate_media(media="print", color_scheme="light")
                await expect(page.get_by_role("navigation")).to_be_hidden()
                assert (await page.pdf(prefer_css_page_size=True)).startswith(b"%PDF")
            finally:
                await browser.close()

    asyncio.run(main())
