"""Event by event: what was decided before and what is decided now, into the tally.

Before is what really was decided, where that is on record; else what another set of rules decides. Historic posts and
canaries are judged, because they are part of what people have done, and never compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from feuerwache.common.events.base import Event
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.post import PostCreated, PostEdited, PostReported
from feuerwache.common.shownname import Names
from feuerwache.escalation.rules.author.entry import Position
from feuerwache.escalation.rules.replay.bench import Bench, Made
from feuerwache.escalation.rules.replay.change import Example
from feuerwache.escalation.rules.replay.outcome import Outcome, recorded
from feuerwache.escalation.rules.replay.pairing import Decision, Pairing
from feuerwache.escalation.rules.replay.recalled import Ruling
from feuerwache.escalation.rules.replay.tally import Tally

#: Labels below are not worth a line.
LEAST_SCORE = 0.05


@dataclass(slots=True)
class Hearing:
    """`before` is None where the decisions on record are what is compared with. `texts`: examples carry them. `names`
    says what authors are called: nobody knows who will read it.
    """

    after: Bench
    before: Bench | None
    texts: bool
    names: Names
    tally: Tally = field(default_factory=Tally)

    async def take(self, event: Event[Any], position: Position, pairing: Pairing | None, *, comparing: bool) -> None:
        """`comparing` False: the event only warms the state up. `pairing` knows what was decided then."""
        received = event.data.received if isinstance(event.data, PostClassified) else None
        decision: Decision | None = None
        if isinstance(received, PostCreated | PostEdited):
            if pairing is not None:
                decision = await pairing.of_post(str(event.data.cause_id))
        elif isinstance(received, PostReported) and pairing is not None and comparing:
            pairing.expect_report(str(event.data.cause_id))
        before = self.before.take(event, position, decision, _unheard) if self.before is not None else ()
        refused = self._refused if comparing else _unheard
        after = self.after.take(event, position, decision, refused)
        if not comparing:
            return
        if isinstance(received, PostCreated | PostEdited):
            if received.canary or received.historic:
                self.tally.aside["canary" if received.canary else "historic"] += 1
                return
            now = _ruling(after)
            then = self._then(decision, _ruling(before))
            if now is not None:
                post = _Written(event, received, self.names, self.texts)
                self.tally.take(then, now.outcome, post)
        elif isinstance(received, PostReported):
            self.tally.before.reports += sum(each.cause == "report" for each in before)
            self.tally.after.reports += sum(each.cause == "report" for each in after)

    def _then(self, decision: Decision | None, anew: Ruling | None) -> Outcome | None:
        if self.before is not None:
            return anew.outcome if anew is not None else None
        if decision is None:
            return None
        self.tally.configs[decision["config_hash"]] += 1
        return recorded(decision)

    def _refused(self, reason: str) -> None:
        self.tally.refused[reason] += 1


def _unheard(_reason: str) -> None:
    """Counted once, on the other side; or not yet in the span."""


def _ruling(made: Iterable[Made]) -> Ruling | None:
    """What was decided on the post itself."""
    return next((each for each in made if isinstance(each, Ruling)), None)


@dataclass(frozen=True, slots=True)
class _Written:
    """A written post as the tally asks for it."""

    event: Event[PostClassified]
    received: PostCreated | PostEdited
    names: Names
    texts: bool

    @property
    def community(self) -> str:
        return self.received.ref.community

    @property
    def at(self) -> int:
        return int(self.event.time.timestamp())

    def person(self) -> str:
        """By id, or by the pseudonym that every page has where the community keeps names to one role."""
        author = self.received.author_id
        return self.names.shown(self.community, author, author, None) or author

    def _text(self) -> str:
        author = self.received.post.author
        own = (author.handle, author.display_name)
        return self.names.text(self.community, self.received.post.text, own, None)

    def example(self, before: Outcome, after: Outcome) -> Example:
        ref, post = self.received.ref, self.received.post
        return Example(
            community=ref.community,
            platform=ref.platform,
            post_id=ref.post_id,
            revision=post.revision,
            at=datetime.fromtimestamp(self.at, UTC),
            url=post.url if self.names.open_to(self.community, None) else None,  # the post's own page names its author
            author=self.person(),
            before=before.actions,
            after=after.actions,
            rules_before=tuple(hit.rule for hit in before.hits),
            rules_after=tuple(hit.rule for hit in after.hits),
            scores=_scores(self.event.data.classification.labels if self.event.data.classification else {}),
            text=self._text() if self.texts else None,
        )


def _scores(labels: Mapping[str, float]) -> dict[str, float]:
    told = ((name, round(score, 3)) for name, score in labels.items() if score >= LEAST_SCORE)
    return dict(sorted(told, key=lambda each: (-each[1], each[0])))
