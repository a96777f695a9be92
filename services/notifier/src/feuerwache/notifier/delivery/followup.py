"""What has become of the incidents whose pages may still go out, or have woken somebody.

Where somebody has answered, what has not gone out is withdrawn, and whoever was paged hears, once, that nothing is left
to do. Systems that keep an alarm hear who has it, and that it is over. An incident is asked about again when its
revision is another one; that is remembered here alone, the ledger knows who has been told.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from feuerwache.common.events.base import derived_id
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import PageRequested, ReceiptStatus, Urgency
from feuerwache.notifier.delivery.alarm import words
from feuerwache.notifier.delivery.answer import CALLED_BY, Answer, answer_of, is_answered
from feuerwache.notifier.delivery.directory import Directory, Recipient
from feuerwache.notifier.delivery.entry import Entry
from feuerwache.notifier.delivery.ledger import Ledger
from feuerwache.notifier.delivery.office import Office


class FollowUp:
    """Of the incidents of one partition. All it says goes into the entry it is given."""

    __slots__ = ("_alarms_at", "_ledger", "_looked_at", "_office")

    def __init__(self, ledger: Ledger, office: Office) -> None:
        self._ledger = ledger
        self._office = office
        self._looked_at: dict[UUID, int] = {}
        self._alarms_at: dict[UUID, tuple[int, int]] = {}

    def paged(self, incident_id: UUID) -> None:
        """Another page of it has come in: it may be answered already."""
        self._looked_at.pop(incident_id, None)

    def look_for_answers(self, entry: Entry, directory: Directory) -> None:
        for incident_id in list(self._ledger.unanswered()):
            incident = self._office.incidents(incident_id)
            if incident is None or self._looked_at.get(incident_id) == incident.revision:
                continue
            self._looked_at[incident_id] = incident.revision
            answer = answer_of(incident)
            over = [one for one in self._ledger.calls_of(incident_id) if is_answered(one, incident, answer)]
            if over:
                now = self._office.clock.now()
                said = answer or Answer("taken", None, now)
                readers = self._ledger.answered(entry, over, said, now)
                others = [directory.recipient(one) for one in sorted(readers - {said.by, incident.owner})]
                self._tell(entry, incident, said, over[-1].page, [one for one in others if one is not None])

    def tell_alarms(self, entry: Entry, directory: Directory) -> None:
        """Systems that keep an alarm hear by the same contact who has it, and that it is over; what is still being
        sent is waited for, or it would open the alarm again."""
        for incident_id in list(self._ledger.alarmed()):
            incident, opened = self._office.incidents(incident_id), self._ledger.alarms_of(incident_id)
            if incident is None or self._alarms_at.get(incident_id) == (incident.revision, len(opened)):
                continue
            if any(one.status is ReceiptStatus.CLAIMED for one in opened):
                continue
            self._alarms_at[incident_id] = incident.revision, len(opened)
            for page_id, recipient_id, page in words(incident, opened):
                recipient = directory.recipient(recipient_id)
                if recipient is not None and page.channel in recipient.contacts:
                    self._ledger.enter(entry, page_id, page, [recipient], now=self._office.clock.now())

    def lasts(self, incident_id: UUID) -> bool:
        incident = self._office.incidents(incident_id)
        return incident is not None and incident.state is not IncidentState.RESOLVED

    def forget(self) -> None:
        """What the ledger does not know any more."""
        self._alarms_at = {one: self._alarms_at[one] for one in self._alarms_at if one in self._ledger.alarmed()}
        self._looked_at = {one: self._looked_at[one] for one in self._looked_at if one in self._ledger.unanswered()}

    def _tell(
        self, entry: Entry, incident: Incident, answer: Answer, page: PageRequested, others: Sequence[Recipient]
    ) -> None:
        """Whoever was paged hears, once, quietly and by nothing that rings, that nothing is left to do."""
        if answer.by is None or page.reason in CALLED_BY:
            return
        notice = PageRequested(
            incident_id=incident.incident_id,
            step=page.step,
            round=page.round,
            targets=(),
            urgency=Urgency.QUIET,
            subject=page.subject,
            due_at=self._office.clock.now(),
            reason=answer.what,
            by=answer.by,
            revision=incident.revision,
        )
        notice_id = derived_id("notice", incident.incident_id, answer.what, answer.at.isoformat())
        self._ledger.enter(entry, notice_id, notice, others, now=self._office.clock.now())
