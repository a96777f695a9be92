"""What the classifier says about a post: scores per label, language, matched words with their places, model version."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from feuerwache.common.events.base import Model, Payload
from feuerwache.common.events.post import ReceivedPost


class Label(StrEnum):
    """The labels of the house. `offensive` is the union public test sets ask for, `negative` is the mood."""

    INSULT = "insult"
    PROFANITY = "profanity"
    HATE = "hate"
    THREAT = "threat"
    SEXUAL = "sexual"
    SPAM = "spam"
    SELF_HARM = "self_harm"
    PERSONAL_DATA = "personal_data"
    COMPLAINT = "complaint"
    PRAISE = "praise"
    QUESTION = "question"
    SUGGESTION = "suggestion"
    NEGATIVE = "negative"
    OFFENSIVE = "offensive"


class Span(Model):
    """One reason for a score: the words at `text[start:end]` of the post, in characters, and what they speak for.

    `weight` is the share of the score these words account for (logit units of a linear model; 1.0 for a pattern).
    """

    text: str
    start: int
    end: int
    label: str
    weight: float = 1.0


class WatchlistHit(Model):
    """A term of a watchlist (`config/watchlists`) found at `text[start:end]`, in characters."""

    watchlist: str
    term: str
    text: str
    start: int
    end: int


class Classification(Model):
    """Scores in 0..1 by label; `language` is ISO 639-1, or `und` when the text is too short to tell."""

    labels: dict[str, float]
    language: str
    flagged: bool
    why: tuple[Span, ...] = ()
    watchlists: tuple[WatchlistHit, ...] = ()
    model_version: str
    degraded: bool = False


class PostClassified(Payload):
    """A received event with its classification; events without text (deleted, reported …) pass with none.

    `received` is the payload as ingest wrote it, `cause_id` the id of its event.
    """

    TYPE: ClassVar[str] = "feuerwache.post.classified.v1"
    cause_id: UUID
    received: ReceivedPost
    classification: Classification | None = None
