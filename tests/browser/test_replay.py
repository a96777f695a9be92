"""The page of a replay in a real browser: in the light, in the dark, on a phone, by keyboard, read aloud, on paper.

Needs a Chromium (`support/chromium.py`).
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from feuerwache.common.vocabulary import Language
from feuerwache.escalation.rules.replay.change import Change
from feuerwache.escalation.rules.replay.file import written as line
from feuerwache.escalation.rules.replay.page import render
from feuerwache.escalation.rules.replay.wording import ASSUMED, WORDS
from feuerwache.escalation.rules.settings import RulesSettings
from support.chromium import chromium
from support.replays import configuration, past, tried
from support.rules import written


@pytest.fixture(scope="module")
def change(tmp_path_factory: pytest.TempPathFactory) -> Change:
    """A lower threshold for insults, on posts of which one has an author with angry brackets in the name."""
    folder = tmp_path_factory.mktemp("replay")
    rude = written("p<i>0</i>", author="<script>alert(1)</script>", labels={"insult": 0.7}, url="javascript:alert(1)")
    file = folder / "posts.jsonl"
    file.write_text("".join(f"{line(each)}\n" for each in (rude, *past(100))))
    settings = RulesSettings(config_dir=configuration(folder / "present"))
    return tried(settings, configuration(folder / "lower", insult="0.6"), path=file)


def page_of(change: Change, folder: Path, language: Language) -> str:
    path = folder / f"change.{language}.html"
    path.write_text(render(change, language), "utf-8")
    return path.as_uri()


async def width(page: Page) -> int:
    found: int = await page.evaluate("document.documentElement.scrollWidth")
    return found


async def colours(page: Page) -> tuple[str, str]:
    found = await page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    return found[0], found[1]


def test_it_is_read_in_the_light_in_the_dark_and_on_a_phone(change: Change, tmp_path: Path) -> None:
    async def main() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            try:
                page = await browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
                asked: list[str] = []
                page.on("request", lambda request: asked.append(request.url))
                await page.goto(page_of(change, tmp_path, "de"))
                await expect(page.get_by_role("heading", level=1)).to_have_text("Was würden die neuen Regeln ändern?")
                assert await colours(page) == ("rgb(255, 255, 255)", "rgb(28, 32, 36)")
                await page.emulate_media(color_scheme="dark")
                assert await colours(page) == ("rgb(20, 24, 28)", "rgb(230, 233, 236)")
                await page.screenshot(path=tmp_path / "dark.png", full_page=True)
                assert await width(page) <= 1280
                await page.set_viewport_size({"width": 320, "height": 800})
                assert await width(page) <= 320, "nobody scrolls sideways (WCAG 2.2, 1.4.10)"
                assert len(asked) == 1, "nothing is fetched"
            finally:
                await browser.close()

    asyncio.run(main())


def test_tables_are_told_with_their_heads_and_examples_open_by_keyboard(change: Change, tmp_path: Path) -> None:
    async def main() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            try:
                page = await browser.new_page(viewport={"width": 1280, "height": 900})
                await page.goto(page_of(change, tmp_path, "en"))
                actions = page.get_by_role("region", name="Actions").get_by_role("table")
                row = actions.get_by_role("row").filter(has=page.get_by_role("rowheader", name="hidden"))
                hide = next(each for each in change.actions if each.action == "hide")
                for figure in (str(hide.before), str(hide.after), f"+{hide.after - hide.before}"):
                    await expect(row.get_by_role("cell", name=figure, exact=True).first).to_be_visible()
                assert hide.after > hide.before

                summary = page.locator("summary", has_text="insult: newly hit")
                example = page.get_by_role("link", name="p3", exact=True)
                await expect(example).to_have_count(0)
                await summary.focus()
                await page.keyboard.press("Enter")
                opened = page.get_by_role("region", name="insult: newly hit")
                await expect(opened.get_by_role("link", name="p3", exact=True)).to_have_attribute(
                    "href", "https://example.org/posts/3"
                )
                # What comes from outside is text, and only a web address is a link.
                await expect(opened.get_by_text("<script>alert(1)</script>")).to_be_visible()
                await expect(opened.get_by_role("link", name="p<i>0</i>")).to_have_count(0)
                assert await page.locator("script").count() == 0
            finally:
                await browser.close()

    asyncio.run(main())


def test_on_paper_the_examples_are_open(change: Change, tmp_path: Path) -> None:
    async def main() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            try:
                page = await browser.new_page(viewport={"width": 1000, "height": 900}, color_scheme="dark")
                await page.goto(page_of(change, tmp_path, "en"))
                await page.emulate_media(media="print", color_scheme="light")
                assert (await colours(page))[0] == "rgb(255, 255, 255)"
                example = page.locator("details", has_text="insult: newly hit").locator("tbody tr").first
                await expect(example).to_be_visible()
                assert (await page.pdf()).startswith(b"%PDF")
            finally:
                await browser.close()

    asyncio.run(main())


def test_both_languages_have_the_same_words_and_every_assumption_is_worded(change: Change) -> None:
    assert WORDS["de"].keys() == WORDS["en"].keys()
    assert ASSUMED["de"].keys() == ASSUMED["en"].keys()
    assert {each.what for each in change.assumptions} <= ASSUMED["en"].keys()
    assert render(change, "de") == render(change, "de")
    assert 'lang="de"' in render(change, "de") and 'lang="en"' in render(change, "en")
