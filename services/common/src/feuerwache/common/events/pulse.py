"""The pulse of the communities: what one batch of decisions adds to the counts the crisis detectors look at."""

from __future__ import annotations

from typing import ClassVar

from feuerwache.common.events.base import AwareDatetime, Model, Payload


class Example(Model):
    """A post worth showing to a person: its id, why it was picked, and how strongly (reach or score).

    `reach` is how many saw it, `terms` its content words (at most five): what is typical is found by them.
    """

    platform: str
    post_id: str
    label: str
    weight: float
    at: AwareDatetime | None = None
    reach: int = 0
    terms: tuple[str, ...] = ()


class ThreadGain(Model):
    """What one thread gained in a minute. `thread` is the platform's own id, `depth` the longest chain of answers.

    `hostile` counts answers that are insulting, hateful, profane or threatening; `authors` are short keyed hashes.
    """

    platform: str
    thread: str
    posts: int
    hostile: int
    authors: tuple[str, ...] = ()
    depth: int = 0


class CopyGain(Model):
    """Posts of nearly the same text. `cluster` is the same for all copies of a text within a day.

    `authors` and `new_authors` are short keyed hashes; `example` is one of the copies.
    """

    cluster: str
    posts: int
    authors: tuple[str, ...]
    new_authors: tuple[str, ...] = ()
    example: Example | None = None


class QuarrelGain(Model):
    """Hostile answers between two people. `pair` is a keyed hash of both, `forth` and `back` the two directions."""

    pair: str
    forth: int
    back: int
    platform: str
    thread: str = ""
    example: Example | None = None


class Increment(Model):
    """What one minute of event time (`minute`, UTC, seconds zero) gained in one community. Counts, never text.

    `negative` counts posts that are negative, insulting, hateful or complaining (each post once). `authors`,
    `new_authors` (first post here), `regular_authors` (ten posts here before, or more) and `reporters` hold short keyed
    hashes, so that distinct people can be counted across increments. `terms` are the most frequent content words, at
    most 20. `integrations` says how many events of any kind each integration delivered. `complaints` and `answered` are
    keyed hashes of threads (of the post itself where it stands alone): in which somebody complained, in which the
    community's own team answered. `late` marks events that were older than two hours when judged.
    """

    community: str
    minute: AwareDatetime
    posts: int = 0
    negative: int = 0
    reports: int = 0
    reach: int = 0
    labels: dict[str, int] = {}
    actions: dict[str, int] = {}
    authors: tuple[str, ...] = ()
    new_authors: tuple[str, ...] = ()
    regular_authors: tuple[str, ...] = ()
    reporters: tuple[str, ...] = ()
    threads: dict[str, int] = {}
    hot_threads: tuple[ThreadGain, ...] = ()
    copies: tuple[CopyGain, ...] = ()
    quarrels: tuple[QuarrelGain, ...] = ()
    complaints: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    integrations: dict[str, int] = {}
    terms: dict[str, int] = {}
    examples: tuple[Example, ...] = ()
    late: bool = False
    historic: bool = False


class CommunitiesPulsed(Payload):
    """The increments of one batch for the communities of one shard, written in the batch's own transaction.

    `sequence` rises by one per (`source_partition`, `shard`): a gap is a lost pulse, a repeat is an old number.
    """

    TYPE: ClassVar[str] = "feuerwache.communities.pulsed.v1"
    shard: int
    source_partition: int
    sequence: int
    increments: tuple[Increment, ...]
