"""The pulse of the communities: what one batch of decisions adds to the counts the crisis detectors look at."""

from __future__ import annotations

from typing import ClassVar

from feuerwache.common.events.base import AwareDatetime, Model, Payload


class Example(Model):
    """A post worth showing to a person: its id, why it was picked, and how strongly (reach or score)."""

    platform: str
    post_id: str
    label: str
    weight: float


class Increment(Model):
    """What one minute of event time (`minute`, UTC, seconds zero) gained in one community. Counts, never text.

    `negative` counts posts that are negative, insulting, hateful or complaining (each post once). `authors` and
    `new_authors` hold short keyed hashes, so that distinct authors can be counted across increments. `terms` are the
    most frequent content words, at most 20. `late` marks events that were older than two hours when judged.
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
    threads: dict[str, int] = {}
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
