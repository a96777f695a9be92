"""A short written evening as a recording: calm talk, then a product that burns fingers, and one threat."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

#: A Saturday; at 20:30 in Berlin the weekend's people are on call.
BEGIN = datetime(2026, 11, 14, 19, 30, tzinfo=UTC)
FIRE, THREAT, END = BEGIN + timedelta(minutes=40), BEGIN + timedelta(minutes=52), BEGIN + timedelta(minutes=60)
FACEBOOK, FORUM = "morgenrot-facebook", "morgenrot-forum"

Items = list[dict[str, Any]]

CALM = (
    "Der Kaffee heute früh war wieder wunderbar, danke an alle für die Tipps.",
    "Weiß jemand, welche Bohnen gut zur Aurora passen?",
    "Wir haben gestern die neue Mühle ausprobiert, läuft leise und gleichmäßig.",
    "Schönes Wochenende euch allen, bei uns gibt es gleich Kuchen.",
    "Hat jemand das Rezept für den Eiskaffee noch einmal?",
    "Bei uns steht die Maschine neben dem Fenster, das sieht gut aus.",
)
#: One of each makes an angry post, so that nobody takes them for copies.
ANGRY = (
    (
        "Die Aurora hat mich verbrüht,",
        "Niemand geht an die Hotline,",
        "Seit Wochen keine Antwort,",
        "Der Deckel springt auf,",
        "Schon die zweite Maschine kaputt,",
        "Meine Frau war in der Notaufnahme,",
        "Wasser läuft aus dem Boden,",
    ),
    (
        "das ist eine Frechheit.",
        "eine Unverschämtheit.",
        "was für ein Schrott.",
        "einfach unmöglich.",
        "wie kann das sein.",
        "das ist gefährlich.",
        "so etwas gehört verboten.",
        "und ihr tut nichts.",
        "peinlich für euch.",
    ),
    (
        "Ich will mein Geld zurück!",
        "Nie wieder kaufe ich bei euch.",
        "Schämt euch!",
        "Wann kommt der Rückruf?",
        "Ihr seid unfähig.",
        "Das melde ich der Verbraucherzentrale.",
        "Mir reicht es.",
        "Antwortet endlich!",
    ),
)
THREATENING = "Ich weiß, wo euer Werksleiter wohnt. Heute Nacht komme ich vorbei, der wird brennen."


def post(number: int, at: datetime, text: str, community: str = FACEBOOK, **more: Any) -> dict[str, Any]:
    """A post by one of forty people who have been there for years."""
    return {
        "platform": "facebook" if community == FACEBOOK else "forum",
        "community": community,
        "post_id": f"post-{number}",
        "author": {"id": f"reader-{number % 40}", "created_at": "2024-05-01T08:00:00Z", "followers": 30},
        "text": text,
        "created_at": at.isoformat(),
        **more,
    }


def angry(number: int) -> str:
    return " ".join(part[number // (place + 1) % len(part)] for place, part in enumerate(ANGRY))


def evening(begin: datetime = BEGIN, fire: datetime = FIRE, threat: datetime = THREAT, end: datetime = END) -> Items:
    """In time order: one post a minute and community, from `fire` on 22 angry ones a minute, and the threat."""
    items: Items = []

    def add(at: datetime, text: str, community: str = FACEBOOK) -> None:
        items.append(post(len(items), at, f"{text} ({len(items)})", community))

    for minute in range((end - begin) // timedelta(minutes=1)):
        at = begin + timedelta(minutes=minute)
        for community in (FACEBOOK, FORUM):
            add(at + timedelta(seconds=7), CALM[minute % len(CALM)], community)
        if at >= fire:
            for number in range(22):
                add(at + timedelta(seconds=2 * number + 10), angry(22 * minute + number))
        if at == threat:
            add(at + timedelta(seconds=57), THREATENING)
    return items


def write(path: Path, lines: Iterable[Mapping[str, Any] | str]) -> Path:
    """JSON lines; a string is written as it is."""
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n".join(texts) + "\n", "utf-8")
    return path


def weeks() -> str:
    """Four weeks in which both communities wrote one post a minute, as `baseline import` reads them."""
    rows = ["community,start,posts,negative"]
    start = BEGIN.replace(minute=0) - timedelta(weeks=4)
    for quarter in range(4 * 7 * 24 * 4):
        at = (start + quarter * timedelta(minutes=15)).isoformat()
        rows += [f"{community},{at},{13 + quarter % 5},{quarter % 2}" for community in (FACEBOOK, FORUM)]
    return "\n".join(rows) + "\n"
