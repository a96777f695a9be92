"""The written Saturday night, 14 November 2026: ordinary talk, then a product problem that goes viral.

19:30  people talk about coffee, in two communities, at the rate of an ordinary Saturday
20:40  a video: the Aurora spits boiling water. From here on posts about it double every seven minutes
21:00  trolls: accounts made today spread one link, regulars get insulted
21:20  one of them threatens to burn a person's house down; somebody posts a private address
22:20  the brand answers; the tone turns, the numbers fall
23:30  the night is over

Deterministic: the same seed gives the same night, post by post.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from random import Random

from feuerwache.local.night.cast import TEAM, Writer, newcomers, regulars, team_account
from feuerwache.local.night.phrasebook import Phrasebook
from feuerwache.local.night.weeks import BERLIN, BUSIEST, ordinary_rate

BEGIN = datetime(2026, 11, 14, 19, 30, tzinfo=BERLIN)
SPARK = BEGIN.replace(hour=20, minute=40)
TROLLS = BEGIN.replace(hour=21, minute=0)
THREAT = BEGIN.replace(hour=21, minute=20)
ANSWER = BEGIN.replace(hour=22, minute=20)
END = BEGIN.replace(hour=23, minute=30)

BURNING = "morgenrot-facebook"
DOUBLING = timedelta(minutes=7)
#: Posts per minute about the video: at first, and at most.
FIRST_RATE, PEAK_RATE = 1.5, 22.0
#: No rate of this night is above this one.
MOST_RATE = 30.0
SPARK_POST = "spark-1"
#: Every so many posts about the video get an answer of their own while the brand's people catch up (forty in an hour
#: would be a flood).
ANSWERED_ONE_BY_ONE = 50

#: What is written about the video before and after the brand has answered; the rest are friendly posts.
WHILE_IT_BURNS = {"complaints": 0.62, "sarcasm": 0.10, "insults": 0.06}
AFTER_THE_ANSWER = {"complaints": 0.22, "sarcasm": 0.04, "insults": 0.02, "aftermath": 0.42}


class Kind(StrEnum):
    """What happens to a post, as ingest calls it."""

    CREATED = "created"
    EDITED = "edited"
    DELETED = "deleted"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class NightPost:
    """One thing that happens on the platform at `at`: a post, its edit, its deletion, or a user's report of it.

    `writer` is the post's author; reports name who reported in `reporter_id`. `text` is empty where none belongs.
    """

    at: datetime
    kind: Kind
    community: str
    post_id: str
    writer: Writer
    text: str = ""
    revision: int = 0
    parent_id: str | None = None
    thread_id: str | None = None
    reach: int | None = None
    reporter_id: str | None = None
    reason: str = ""


def saturday_night(seed: int = 14) -> list[NightPost]:
    """Everything that happens, in time order: about 2,500 posts of ordinary talk and 2,500 about the video."""
    random = Random(seed)
    people = {community: regulars(community, 420, BEGIN, random) for community in BUSIEST}
    events = [
        *ordinary_talk(people, random),
        *the_video(people[BURNING], random),
        *the_trolls(newcomers(BURNING, 24, BEGIN, random), random),
        *what_cannot_wait(newcomers(BURNING, 2, SPARK, random), random),
    ]
    events += second_thoughts(events, people[BURNING], random)
    events += the_answers(events, Random(seed))
    return sorted(events, key=lambda event: (event.at, event.post_id, event.revision))


def ordinary_talk(people: dict[str, tuple[Writer, ...]], random: Random) -> Iterator[NightPost]:
    """Talk at the usual rate, a third of it replies to one of the last twenty posts."""
    book = Phrasebook.load("ordinary")
    for community, writers in people.items():
        recent: list[NightPost] = []
        for number, at in enumerate(arrivals(BEGIN, END, partial(ordinary_rate, community), random)):
            post = NightPost(
                at, Kind.CREATED, community, f"{community}-{number}", random.choice(writers), book.chat(random)
            )
            if recent and random.random() < 0.33:
                parent = random.choice(recent)
                text = book.reply(random)
                post = replace(post, text=text, parent_id=parent.post_id, thread_id=parent.thread_id or parent.post_id)
            recent = [*recent[-19:], post]
            yield replace(post, reach=post.writer.followers)


def the_video(writers: tuple[Writer, ...], random: Random) -> Iterator[NightPost]:
    """The first two posts and everything that answers them."""
    book = Phrasebook.load("crisis")
    for number in (0, 1):
        at = SPARK + timedelta(minutes=4 * number)
        text = book.fill(book.sections["spark"][number], random)
        yield NightPost(at, Kind.CREATED, BURNING, f"spark-{number}", writers[number], text, reach=48_000)
    for number, at in enumerate(arrivals(SPARK + timedelta(minutes=5), END, viral_rate, random)):
        shares = WHILE_IT_BURNS if at < ANSWER else AFTER_THE_ANSWER
        section = random.choices([*shares, "friendly"], [*shares.values(), 1 - sum(shares.values())])[0]
        writer = random.choice(writers)
        thread = SPARK_POST if random.random() < 0.7 else "spark-0"
        yield NightPost(
            at,
            Kind.CREATED,
            BURNING,
            f"video-{number}",
            writer,
            book.outcry(section, random),
            parent_id=thread,
            thread_id=thread,
            reach=writer.followers,
        )


def the_trolls(accounts: tuple[Writer, ...], random: Random) -> Iterator[NightPost]:
    """Two dozen new accounts spread nearly the same words and one link, three times each."""
    book = Phrasebook.load("crisis")
    for number in range(3 * len(accounts)):
        at = TROLLS + timedelta(seconds=random.uniform(0, 75 * 60))
        text = book.say("trolls", random, id=str(number % 5))
        yield NightPost(at, Kind.CREATED, BURNING, f"troll-{number}", accounts[number % len(accounts)], text)


def what_cannot_wait(accounts: tuple[Writer, ...], random: Random) -> Iterator[NightPost]:
    """The threat, and a private address, each posted once."""
    book = Phrasebook.load("crisis")
    yield NightPost(THREAT, Kind.CREATED, BURNING, "threat-0", accounts[0], book.say("statement_threat", random))
    address = book.say("personal_data", random)
    yield NightPost(THREAT + timedelta(minutes=6), Kind.CREATED, BURNING, "address-0", accounts[1], address)


def the_answers(posts: list[NightPost], random: Random) -> list[NightPost]:
    """What the brand's own people write from 22:20 on: to both first posts, then to some of the others, one by one."""
    book = Phrasebook.load("crisis")
    account = team_account(BEGIN)
    asked = sorted((post for post in posts if post.kind is Kind.CREATED and post.thread_id), key=lambda post: post.at)
    about = [post for post in asked if post.post_id.startswith("video-") and post.at < ANSWER][::-ANSWERED_ONE_BY_ONE]
    answered = [("spark-0", "spark-0"), (SPARK_POST, SPARK_POST), *((each.post_id, each.thread_id) for each in about)]
    answers: list[NightPost] = []
    for number, (parent, thread) in enumerate(answered):
        at = ANSWER + timedelta(seconds=100 * number)
        text = book.say("brand_statement" if number < 2 else "brand_answers", random)
        answers.append(
            NightPost(
                *(at, Kind.CREATED, BURNING, f"{TEAM}-{number}", account, text),
                parent_id=parent,
                thread_id=thread,
                reach=account.followers,
            )
        )
    return answers


def second_thoughts(posts: list[NightPost], readers: tuple[Writer, ...], random: Random) -> list[NightPost]:
    """Edits and deletions by the authors, and reports by readers, some minutes later."""
    book = Phrasebook.load("crisis")
    events: list[NightPost] = []
    for post in posts:
        dice = random.random()
        later = post.at + timedelta(minutes=random.uniform(2, 15))
        if later >= END:
            continue
        if post.post_id.startswith("video-") and dice < 0.01:
            events.append(replace(post, at=later, kind=Kind.EDITED, revision=1, text=book.say("edited_to", random)))
        elif post.post_id.startswith(("video-", "troll-")) and dice < 0.04:
            events.append(replace(post, at=later, kind=Kind.DELETED, text=""))
        elif post.post_id.startswith(("troll-", "threat-", "address-")):
            reader = random.choice(readers).id
            events.append(replace(post, at=later, kind=Kind.REPORTED, text="", reporter_id=reader, reason="Hetze"))
    return events


def viral_rate(at: datetime) -> float:
    """Posts per minute about the video: doubling up to the peak, halving every quarter of an hour after the answer."""
    growing: float = FIRST_RATE * 2 ** ((at - SPARK) / DOUBLING)
    if at < ANSWER:
        return min(growing, PEAK_RATE)
    fading: float = PEAK_RATE * 0.5 ** ((at - ANSWER) / timedelta(minutes=15))
    return fading


def arrivals(begin: datetime, end: datetime, rate: Callable[[datetime], float], random: Random) -> Iterator[datetime]:
    """Instants of a Poisson process with `rate(at)` per minute, by thinning one of `MOST_RATE`."""
    at = begin
    while (at := at + timedelta(minutes=random.expovariate(MOST_RATE))) < end:
        if random.random() < rate(at) / MOST_RATE:
            yield at
