"""Takes what a platform reports it did with decisions of its stream: receipts on `actions.receipts.v1`.

The same record that a webhook's answer makes. A report counts when it names the decision and the place where the stream
said it stands, and the decision is one of the integration's own: nobody writes receipts for decisions of others, or of
ones that were never made. Either every report that is right is acknowledged by Kafka, or none counts; said again, it
is the same receipt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from feuerwache.common import chaos
from feuerwache.common.clock import Clock
from feuerwache.common.errors import InvalidRecord, TransientError
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Action, DecisionMade
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.settings import CommonSettings
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.outbound.capability import translate
from feuerwache.ingest.outbound.cursor import BadCursor, decode_place
from feuerwache.ingest.outbound.lookup import Place, look_up
from feuerwache.ingest.outbound.outcome import STATUSES, Kind, Outcome, Word, one_line
from feuerwache.ingest.outbound.receipt import Receipts
from feuerwache.ingest.outbound.selection import Selection

MOST = 100
SHORT = 40


@dataclass(frozen=True, slots=True)
class Report:
    """As it was sent: `word` (status and reason) for every asked action that `words` does not name. An empty status is
    `done`."""

    place: str
    decision_id: str
    word: tuple[str, str] = ("", "")
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A report that can be read."""

    place: Place
    decision_id: UUID
    outcome: Outcome


class Reports:
    def __init__(self, settings: CommonSettings, producer: EventProducer, clock: Clock) -> None:
        self._settings = settings
        self._producer = producer
        self._clock = clock

    async def take(self, reports: Sequence[Report], integration: Integration) -> list[str | None]:
        """For each report, in order, None when it is on record, else what is wrong with it.

        Raises `TransientError` or `FatalError`: nothing counts, all of it is to be sent again.
        """
        read = [_read(report) for report in reports]
        records = await look_up(self._settings, [said.place for said in read if isinstance(said, Said)])
        answers: list[str | None] = []
        outgoing: list[Outgoing] = []
        for said in read:
            found = self._receipts(said, records.get(said.place), integration) if isinstance(said, Said) else said
            if isinstance(found, str):
                answers.append(found)
            else:
                answers.append(None)
                outgoing += found
        try:
            await self._producer.send_all(outgoing)
        except InvalidRecord as error:  # the topic is not as it should be; the reports are
            raise TransientError(f"Kafka refused: {error}") from error
        chaos.point("outbound.after_report")
        return answers

    def _receipts(self, said: Said, record: Record | None, integration: Integration) -> list[Outgoing] | str:
        event = _decision(record)
        if event is None or event.id != said.decision_id or not _own(event.data, integration):
            return "no decision of yours with this id stands at this place (any more)"
        outlet = integration.outbound
        assert outlet is not None, "it was admitted"
        translation = translate(event.data.actions or (event.data.action,), outlet.can, outlet.instead)
        asked = [one.action for one in translation.asked]
        stranger = next((action for action in said.outcome.words if action not in asked), None)
        if stranger is not None:
            return f"actions: {stranger.value} was not asked; it was: {', '.join(asked) or 'nothing'}"
        names, now = self._settings.topics(), self._clock.now()
        receipts = Receipts(event, said.place[0], integration.id, names, now, reported=True)
        return list(receipts.of(translation, said.outcome))


def _read(report: Report) -> Said | str:
    """What the report says, or what is wrong with it before anything is looked up."""
    try:
        place = decode_place(report.place)
    except BadCursor:
        return "place: send it as it came with the decision"
    try:
        decision_id = UUID(report.decision_id)
    except ValueError:
        return "decision_id: send `id` of the decision"
    for status, _ in (report.word, *report.words.values()):
        if status and status not in STATUSES:
            return f"status: {status[:SHORT]!r} is unknown; there is: {', '.join(sorted(map(str, STATUSES)))}"
    unknown = next((name for name in report.words if name not in set(Action)), None)
    if unknown is not None:
        return f"actions: {unknown[:SHORT]!r} is unknown"
    words = {Action(name): _word(*word) for name, word in report.words.items()}
    return Said(place, decision_id, Outcome(Kind.TAKEN, _word(*report.word), words))


def _word(status: str, reason: str) -> Word:
    return Word(status or "done", one_line(reason))  # type: ignore[arg-type]  # it is one of STATUSES


def _decision(record: Record | None) -> Event[DecisionMade] | None:
    if record is None:
        return None
    try:
        event = record.event()
    except InvalidRecord:
        return None
    return event if isinstance(event.data, DecisionMade) else None


def _own(decision: DecisionMade, integration: Integration) -> bool:
    """Whether the integration may have been told of it; its filters may have been others then."""
    assert integration.outbound is not None, "it was admitted"
    selection = Selection.of(integration.platform, integration.communities, integration.outbound)
    own = decision.ref.platform == selection.platform and decision.ref.community in selection.communities
    return own and not (decision.historic or decision.dry_run or decision.canary)
