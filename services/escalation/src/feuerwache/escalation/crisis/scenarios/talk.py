"""What is said in a few seconds or a minute, as the rules would count it: numbers of posts into an `Increment`.

Every post is drawn on its own: who writes, in which thread, in what mood, with which words, whether somebody reports
it. Counts, hashes and ids only, as in the real pulse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import exp, log
from random import Random

from feuerwache.common.events.classification import Label
from feuerwache.common.events.decision import Action
from feuerwache.common.events.pulse import CopyGain, Example, Increment, QuarrelGain, ThreadGain
from feuerwache.escalation.crisis.scenarios.milieu import Milieu, everyday_words
from feuerwache.escalation.crisis.scenarios.noise import poisson
from feuerwache.escalation.crisis.scenarios.wave import Character
from feuerwache.escalation.crisis.week import start_of_minute

MAX_TERMS, MAX_THREADS, MAX_EXAMPLES, MAX_GAINS = 20, 20, 5, 10
WORDS_PER_POST = 3
#: Recent threads that everyday posts go on in, and how often one begins a new one.
THREADS_OPEN, NEW_THREAD = 20, 0.3
#: Of the people of a community, those with ten posts and more; they write most.
REGULARS = 0.3


@dataclass(slots=True)
class _Count:
    posts: int = 0
    negative: int = 0
    reach: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    authors: dict[str, None] = field(default_factory=dict)
    new_authors: dict[str, None] = field(default_factory=dict)
    regular_authors: dict[str, None] = field(default_factory=dict)
    threads: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    hostile: Counter[tuple[str, str]] = field(default_factory=Counter)
    copies: dict[str, list[str]] = field(default_factory=dict)
    quarrels: dict[str, tuple[int, int, str, str]] = field(default_factory=dict)
    complaints: dict[str, None] = field(default_factory=dict)
    integrations: Counter[str] = field(default_factory=Counter)
    terms: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)


class Talk:
    """Remembers who was there and which threads are open. `silent` names integrations that deliver nothing."""

    def __init__(self, random: Random, milieu: Milieu) -> None:
        self._random = random
        self._milieu = milieu
        self._people = [self._hash() for _ in range(milieu.people)]
        self._names, self._weights = list(milieu.integrations), list(milieu.integrations.values())
        self._open: list[tuple[str, str]] = []
        self._depth: dict[tuple[str, str], int] = {}
        self._crowds: dict[str, list[str]] = {}
        self._known: set[str] = set()
        self._number = 0
        self.silent: set[str] = set()

    def said(
        self,
        minute: int,
        posts: Iterable[tuple[int, Character]],
        reports: Iterable[tuple[int, Character]],
        complained: Callable[[str], None],
        answered: Iterable[str],
    ) -> Increment | None:
        """The increment of that minute; None when nothing happened. `complained` is told each new open complaint."""
        count = _Count()
        reporters: list[str] = []
        for number, character in posts:
            for _ in range(number):
                self._post(minute, count, character, reporters)
            count.terms.update(everyday_words(self._random, number * WORDS_PER_POST))
        for number, character in reports:
            reporters += [self._reporter(character) for _ in range(number)]
            count.integrations[self._delivering()] += number
        answers = tuple(answered)
        for thread in count.complaints:
            complained(thread)
        if not (count.posts or reporters or answers):
            return None
        return self._increment(minute, count, reporters, answers)

    def _post(self, minute: int, count: _Count, character: Character, reporters: list[str]) -> None:
        draw = self._random.random
        platform = self._platform()
        if platform in self.silent:
            return
        count.posts += 1
        count.integrations[platform] += 1
        author = self._author(count, character)
        negative = draw() < character.negative
        hostile = negative and draw() < character.insult + character.hate
        thread = self._thread(platform, character)
        count.threads.setdefault(thread, []).append(author)
        count.hostile[thread] += hostile
        count.reach += int(20 * self._random.paretovariate(1.2)) % 1_000_000
        count.actions[(Action.HOLD if hostile and draw() < 0.5 else Action.APPROVE).value] += 1
        if negative:
            self._negative(minute, count, character, hostile, thread)
        elif draw() < character.praise:
            count.labels[Label.PRAISE.value] += 1
        if hostile:
            self._quarrelled(count, character, thread)
        if character.copied and draw() < character.copied:
            count.copies.setdefault(character.cluster, []).append(author)
        if character.term_share and draw() < character.term_share:
            count.terms.update(character.terms)
        for _ in range(poisson(self._random, character.reports_per_post) if character.reports_per_post else 0):
            reporters.append(self._reporter(character))
            count.integrations[platform] += 1

    def _negative(
        self, minute: int, count: _Count, character: Character, hostile: bool, thread: tuple[str, str]
    ) -> None:
        draw = self._random.random
        count.negative += 1
        label = Label.NEGATIVE
        if hostile:
            label = Label.HATE if draw() * (character.insult + character.hate) < character.hate else Label.INSULT
        elif draw() < character.complaint:
            label = Label.COMPLAINT
            count.complaints[thread[1] if character.thread == thread[1] else self._hash()] = None
        count.labels[label.value] += 1
        if len(count.examples) < MAX_EXAMPLES:
            self._number += 1
            shown = character.terms[:3] or (everyday_words(self._random, 1)[0],)
            weight = round(0.5 + draw() / 2, 4)
            at = start_of_minute(minute)
            count.examples.append(
                Example(
                    platform=thread[0],
                    post_id=f"p{self._number}",
                    label=label.value,
                    weight=weight,
                    at=at,
                    reach=int(draw() * 500),
                    terms=shown,
                )
            )

    def _author(self, count: _Count, character: Character) -> str:
        random = self._random
        if character.pair:
            author = character.pair if random.random() < 0.5 else character.pair[::-1]
            count.authors[author] = None
            return author
        if random.random() < character.newcomers:
            author = self._of_crowd(character) if character.crowd else self._hash()
            if author not in self._known:
                count.new_authors[author] = None
            if character.crowd:
                self._known.add(author)
            count.authors[author] = None
            return author
        # Squared, so that few write most; the regulars stand first.
        place = int(random.random() ** 2 * len(self._people))
        author = self._people[place]
        count.authors[author] = None
        if place < REGULARS * len(self._people):
            count.regular_authors[author] = None
        return author

    def _of_crowd(self, character: Character) -> str:
        name = character.cluster or character.thread or character.terms[0]
        if name not in self._crowds:
            self._crowds[name] = [self._hash() for _ in range(character.crowd)]
        return self._random.choice(self._crowds[name])

    def _reporter(self, character: Character) -> str:
        if not character.reporters:
            return self._random.choice(self._people)
        name = f"reporters/{character.cluster}"
        if name not in self._crowds:
            self._crowds[name] = [self._hash() for _ in range(character.reporters)]
        return self._random.choice(self._crowds[name])

    def _thread(self, platform: str, character: Character) -> tuple[str, str]:
        random = self._random
        if character.thread and random.random() < character.thread_share:
            thread = (self._names[0], character.thread)
        elif not self._open or random.random() < NEW_THREAD:
            self._number += 1
            thread = (platform, f"t{self._number}")
            self._open = [*self._open[-THREADS_OPEN + 1 :], thread]
        else:
            thread = random.choice(self._open)
        # Answers go deeper more seldom the deeper they are.
        depth = self._depth.get(thread, 0)
        if random.random() < 1 / (1 + depth):
            self._depth[thread] = depth + 1
            if len(self._depth) > 500:
                self._depth = {each: deep for each, deep in self._depth.items() if each in self._open or deep > 5}
        return thread

    def _quarrelled(self, count: _Count, character: Character, thread: tuple[str, str]) -> None:
        """Who is hostile answers somebody: in a feud the other one, else anyone, half the time nobody."""
        if not character.pair and self._random.random() < 0.5:
            return
        pair = f"{character.pair}!" if character.pair else self._hash()
        forth, back, platform, within = count.quarrels.get(pair, (0, 0, *thread))
        first = not character.pair or self._random.random() < 0.5
        count.quarrels[pair] = (forth + first, back + (not first), platform, within)

    def _platform(self) -> str:
        return self._random.choices(self._names, self._weights)[0]

    def _delivering(self) -> str:
        return next((name for name in self._names if name not in self.silent), self._names[0])

    def _hash(self) -> str:
        return f"{self._random.getrandbits(32):08x}"

    def _increment(self, minute: int, count: _Count, reporters: list[str], answered: tuple[str, ...]) -> Increment:
        threads = sorted(count.threads.items(), key=lambda each: (-len(each[1]), each[0]))
        hot = sorted(threads, key=lambda each: (-count.hostile[each[0]], -len(each[1]), each[0]))
        return Increment(
            community=self._milieu.name,
            minute=start_of_minute(minute),
            posts=count.posts,
            negative=count.negative,
            reports=len(reporters),
            reach=count.reach,
            labels=dict(count.labels),
            actions=dict(count.actions),
            authors=tuple(count.authors),
            new_authors=tuple(count.new_authors),
            regular_authors=tuple(count.regular_authors),
            reporters=tuple(dict.fromkeys(reporters)),
            threads={thread: len(authors) for (_, thread), authors in threads[:MAX_THREADS]},
            hot_threads=tuple(
                ThreadGain(
                    platform=platform,
                    thread=thread,
                    posts=len(authors),
                    hostile=count.hostile[platform, thread],
                    authors=tuple(dict.fromkeys(authors)),
                    depth=self._depth.get((platform, thread), 1),
                )
                for (platform, thread), authors in hot[:MAX_GAINS]
                if len(authors) > 1 or count.hostile[platform, thread]
            ),
            copies=tuple(
                CopyGain(
                    cluster=cluster,
                    posts=len(authors),
                    authors=tuple(dict.fromkeys(authors)),
                    new_authors=tuple(each for each in dict.fromkeys(authors) if each in count.new_authors),
                )
                for cluster, authors in sorted(count.copies.items())
            ),
            quarrels=tuple(
                QuarrelGain(pair=pair, forth=forth, back=back, platform=platform, thread=thread)
                for pair, (forth, back, platform, thread) in sorted(count.quarrels.items())[:MAX_GAINS]
            ),
            complaints=tuple(count.complaints),
            answered=answered,
            integrations=dict(count.integrations),
            terms=dict(sorted(count.terms.items(), key=lambda each: (-each[1], each[0]))[:MAX_TERMS]),
            examples=tuple(count.examples),
        )


def swung(share: float, swing: float) -> float:
    """The share after its logit has swung."""
    odds = log(share / (1 - share)) + swing
    return 1 / (1 + exp(-odds))
