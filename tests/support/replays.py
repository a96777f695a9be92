"""A past for replays of rules: posts with scores that are known, the stage that really decides them, changed rules."""

from __future__ import annotations

import random
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from feuerwache.common.events.base import Event, Payload
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.topics import DECISIONS_MADE
from feuerwache.escalation.rules.replay.change import Change
from feuerwache.escalation.rules.replay.replaying import Wish, replay
from feuerwache.escalation.rules.settings import RulesSettings
from support.kafka import until
from support.rules import CONFIG, NOW, written

#: A rule set in which every figure is easy to work out by hand. `{insult}` is the threshold that is changed.
RULES = """\
- id: threat
  title: {de: Drohung, en: Threat}
  when: labels.threat >= 0.8
  then: [hold, escalate]
  severity: critical
- id: insult
  title: {de: Beleidigung, en: Insult}
  when: labels.insult >= INSULT
  then: [hide, warn]
- id: repeated
  title: {de: Wiederholt, en: Repeated}
  when: labels.insult >= 0.3 && author.violations_90d >= 2
  then: [remove]
- id: copies
  title: {de: Kopien, en: Copies}
  when: matched.near_duplicate_authors >= 3
  then: [review]
- id: links
  title: {de: Links, en: Links}
  when: post.link_count >= 1
  then: [hold]
  quota: 10/day
- id: hello
  title: {de: Begrüßung, en: Welcome}
  when: author.first_post
  then: [welcome]
- id: tone
  title: {de: Ton, en: Tone}
  when: labels.negative >= 0.5
  then: [review]
  mode: shadow
"""
WORDS = (
    "Mahlwerk",
    "Tasse",
    "Dichtung",
    "Lampe",
    "Hafermilch",
    "Filter",
    "Wasser",
    "Rechnung",
    "Bohnen",
    "Schaum",
    "Pumpe",
    "Deckel",
    "Griff",
    "Sieb",
    "Kanne",
    "Löffel",
    "Zucker",
    "Anleitung",
    "Ersatzteil",
    "Lieferung",
    "Paket",
    "Farbe",
    "Werkstatt",
    "Garantie",
    "Knopf",
    "Anzeige",
    "Schlauch",
    "Kabel",
    "Sonntag",
    "Büro",
    "Küche",
    "Nachbar",
    "Rezept",
    "Mühle",
    "Geruch",
    "Temperatur",
    "Druck",
    "Entkalker",
    "Becher",
    "Untertasse",
)


#: Of a community: what goes on where its rules have asked for something.
AFTERWARDS = ("ladder:", "author_memory:")


def text(number: int) -> str:
    """Unlike every other one: words drawn by the number."""
    draw = random.Random(number)
    return " ".join(draw.choice(WORDS) for _ in range(14))


def configuration(folder: Path, insult: str = "0.8", rules: str = RULES) -> Path:
    """A whole configuration directory with these rules for everybody, and nothing that changes their figures."""
    shutil.copytree(CONFIG, folder)
    shutil.rmtree(folder / "rules" / "brand-de")
    (folder / "rules" / "brand-de").mkdir()
    (folder / "rules" / "brand-de" / "10-rules.yaml").write_text(rules.replace("INSULT", insult))
    communities = folder / "communities.yaml"
    plain = [each for each in communities.read_text().splitlines() if not each.strip().startswith(AFTERWARDS)]
    communities.write_text("\n".join(plain) + "\n")
    return folder


def past(count: int, *, begin: int = 0, authors: int = 20, **post: Any) -> list[Event[Payload]]:
    """Posts number `begin` and following, a minute apart. Of ten: number 3 insults with 0.7, number 6 with 0.85,
    number 9 threatens with 0.9; every fifth has a link; number 8 is negative.
    """
    scores = {3: {"insult": 0.7}, 8: {"negative": 0.6}, 6: {"insult": 0.85}, 9: {"threat": 0.9}}
    return [
        written(
            f"p{number}",
            author=f"a{number % authors}",
            text=text(number),
            labels=scores.get(number % 10, {}),
            at=NOW + timedelta(minutes=number),
            url=f"https://example.org/posts/{number}",
            links=("https://example.org/x",) if number % 5 == 0 else (),
            **post,
        )
        for number in range(begin, begin + count)
    ]


async def decided(settings: RulesSettings, count: int) -> None:
    """Waits until so many decisions are on record."""

    async def there() -> bool:
        return len(await read_topic(settings, settings.topics().of(DECISIONS_MADE))) >= count

    await until(there, f"{count} decisions")


def tried(settings: RulesSettings, candidate: Path, **wish: Any) -> Change:
    """A replay without a bar."""
    quiet = Console(quiet=True)
    return replay(Wish(candidate=candidate, config=settings.config_dir, **wish), settings, quiet)
