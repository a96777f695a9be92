"""One post, and one report, as the pulse counts them: what was known when they were judged, without the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from feuerwache.common.events.classification import Label
from feuerwache.common.events.decision import Action
from feuerwache.common.events.pulse import Example
from feuerwache.escalation.rules.community.answer import Answer
from feuerwache.escalation.rules.community.memory import Row

#: The labels that make a post count as negative, and those that make an answer hostile.
NEGATIVE = (Label.NEGATIVE.value, Label.INSULT.value, Label.HATE.value, Label.COMPLAINT.value)
HOSTILE = frozenset({Label.INSULT.value, Label.HATE.value, Label.PROFANITY.value, Label.THREAT.value})
#: Whoever has written so many posts here before is a regular.
REGULAR_POSTS = 10
#: What an example is called that is not negative: many saw it, or neither.
SEEN, OTHER = "reach", "other"
REPORTED = "reported"
#: Words an example is told by, at most.
EXAMPLE_TERMS = 5


@dataclass(slots=True)
class Counted:
    """`labels` are those above their threshold, `row` its pseudonyms, `copies` the other posts with nearly its text.

    `earlier_posts` is how many its author wrote here before; `terms` are its content words with their weights.
    """

    community: str
    at: datetime
    platform: str
    post_id: str
    row: Row
    scores: Mapping[str, float]
    labels: tuple[str, ...]
    action: Action
    reach: int
    answer: Answer | None
    copies: tuple[Row, ...]
    earlier_posts: int
    terms: Mapping[str, int]
    late: bool
    historic: bool
    weight: float = 0.0

    def __post_init__(self) -> None:
        """Weighs it: by its strongest negative score, raised by how many saw it (log scale, bounded)."""
        score = max([self.scores.get(label, 0.0) for label in NEGATIVE])
        self.weight = round(score + min(len(str(self.reach)) if self.reach else 0, 7) / 10, 4)

    @property
    def negative(self) -> bool:
        return any(label in NEGATIVE for label in self.labels)

    @property
    def hostile(self) -> bool:
        return not HOSTILE.isdisjoint(self.labels)

    @property
    def complaint(self) -> bool:
        return Label.COMPLAINT.value in self.labels

    @property
    def subject(self) -> str:
        """What a complaint is about: its thread, or itself where it stands alone."""
        return self.answer.touches[0] if self.answer is not None else self.row.post

    def example(self, common: Mapping[str, int]) -> Example:
        """As it is shown. `common` says how many posts have a word: the commonest of its words go along."""
        if self.negative:
            label = max(NEGATIVE, key=lambda each: self.scores.get(each, 0.0))
        else:
            label = SEEN if self.reach else OTHER
        terms = sorted(self.terms, key=lambda term: (-common.get(term, 0) * self.terms[term], term))
        return Example(
            platform=self.platform,
            post_id=self.post_id,
            label=label,
            weight=self.weight,
            at=self.at,
            reach=self.reach,
            terms=tuple(terms[:EXAMPLE_TERMS]),
        )


@dataclass(frozen=True, slots=True)
class Reported:
    """A report. `times` is how often the post has been reported by now, `reporter` a pseudonym.

    `written_at` is when the post was written, if that is remembered.
    """

    platform: str
    post_id: str
    reporter: str
    times: int
    written_at: datetime | None = None

    def example(self) -> Example:
        """The reported post as it is shown; it weighs 0.5 after one report, and more with each, below 1."""
        return Example(
            platform=self.platform,
            post_id=self.post_id,
            label=REPORTED,
            weight=round(1 - 1 / (1 + self.times), 4),
            at=self.written_at,
        )
