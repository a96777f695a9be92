"""`feuerwache decisions page` and `show`: an address for one person, and a post with all that was said about it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from feuerwache.common.config.people import load_people
from feuerwache.common.linktoken import EndedToken
from feuerwache.common.shownname import pseudonym
from feuerwache.console.commands import app
from feuerwache.console.review.token import person_of
from support.desk import SECRET
from support.reviews import THREAT, complaint, post, review_counter
from support.rules import COMMUNITY, CONFIG, PLATFORM

PERSON = "anna.bergmann"


def say(folder: Path, arguments: Sequence[str], config: Path = CONFIG) -> Result:
    environment = {
        "FEUERWACHE_DATA_DIR": str(folder),
        "FEUERWACHE_CONFIG_DIR": str(config),
        "FEUERWACHE_LINK_SECRET": SECRET,
        "FEUERWACHE_CONSOLE_URL": "https://wache.example/",
    }
    return CliRunner(env=environment).invoke(app, ["decisions", *arguments])


def lived(folder: Path) -> None:
    """A threat that an agent has handed on with a note, and whose author has appealed."""

    async def run() -> None:
        async with review_counter(folder) as desk:
            await desk.tell(post("p1", "Ich weiß, wo du wohnst.", THREAT, author="secret-1"))
            await desk.press(await desk.look("emma.agent"), "decide-1", "review", note="Kennt wer Rita77?")
            await desk.tell(complaint(desk.in_force("p1"), "Nur Spaß."))

    asyncio.run(run())


@pytest.mark.parametrize(("lives", "hours"), [(("--for", "12h"), 12), (("--for", "2d"), 48), ((), 7 * 24)])
def test_the_address_is_that_persons_and_ends(tmp_path: Path, lives: tuple[str, ...], hours: int) -> None:
    result = say(tmp_path, ["page", "--as", PERSON, *lives])
    assert result.exit_code == 0, result.output
    address = result.stdout.strip()
    assert address.startswith("https://wache.example/q/")
    token, people, now = address.rsplit("/", 1)[1], load_people(CONFIG), datetime.now(UTC)
    assert person_of(token, people, SECRET.encode(), now + timedelta(hours=hours - 1)).id == PERSON
    with pytest.raises(EndedToken):
        person_of(token, people, SECRET.encode(), now + timedelta(hours=hours + 1))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--as", "nobody"], "people.yaml"),
        (["--as", PERSON, "--for", "91d"], "at most 90d"),
        (["--as", PERSON, "--for", "0d"], "more than nothing"),
        (["--as", PERSON, "--for", "soon"], "12h or 30d"),
        (["--as", PERSON, "--for", "9" * 40 + "d"], "12h or 30d"),
    ],
)
def test_no_address_for_nobody_or_for_ever(tmp_path: Path, arguments: list[str], why: str) -> None:
    result = say(tmp_path, ["page", *arguments])
    assert result.exit_code == 2
    assert why in result.output.replace("\n", " ")


def test_a_post_is_told_with_notes_and_the_words_of_its_appeal(tmp_path: Path) -> None:
    lived(tmp_path)
    result = say(tmp_path, ["show", PLATFORM, "p1", "--as", PERSON])
    assert result.exit_code == 0, result.output
    for line in ("Ich weiß, wo du wohnst.", "Notiz: Kennt wer Rita77?", "Nur Spaß.", "Regel: Drohung  threat"):
        assert line in result.stdout
    told = json.loads(say(tmp_path, ["show", PLATFORM, "p1", "--as", PERSON, "--language", "en", "--json"]).stdout)
    assert (told["text"], told["appeal"], told["waiting"]) == ("Ich weiß, wo du wohnst.", "Nur Spaß.", True)
    assert [one["said"] for one in told["story"] if one["said"]] == ["Note: Kennt wer Rita77?", "Nur Spaß."]
    assert told["kinds"] == ["open complaint", "for review"]


def test_who_may_not_know_names_reads_none(tmp_path: Path) -> None:
    lived(tmp_path)
    config = tmp_path / "config"
    config.mkdir()
    for name in ("people.yaml", "communities.yaml"):
        text = (CONFIG / name).read_text("utf-8")
        marked = text.replace(f"- id: {COMMUNITY}\n", f"- id: {COMMUNITY}\n    authors: pseudonymous\n")
        (config / name).write_text(marked, "utf-8")
    assert "pseudonymous" in (config / "communities.yaml").read_text("utf-8")
    told = say(tmp_path, ["show", PLATFORM, "p1", "--as", PERSON], config).stdout
    assert pseudonym(COMMUNITY, "secret-1", SECRET.encode()) in told
    assert "rita" not in told.casefold() and "secret-1" not in told
    assert "Kennt wer @…?" in told


def test_what_is_unknown_is_said(tmp_path: Path) -> None:
    result = say(tmp_path, ["show", PLATFORM, "p9", "--as", PERSON])
    assert result.exit_code == 1 and "nothing is known" in result.output
