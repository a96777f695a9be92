"""What waits until an output is on record: sends that may begin, claims that are settled, and what is counted then."""

from __future__ import annotations

from dataclasses import dataclass, field

from feuerwache.common.events.page import PageReceipt, ReceiptStatus
from feuerwache.notifier import metrics
from feuerwache.notifier.delivery.desk import Claim, Job
from feuerwache.notifier.delivery.directory import channel_of
from feuerwache.notifier.delivery.entry import Entry
from feuerwache.notifier.delivery.office import Office


@dataclass(slots=True)
class Pending:
    """What happens once the last output is on record. `lateness` and `canaries` are ages of pages, in seconds."""

    jobs: list[Job] = field(default_factory=list)
    settled: list[Claim] = field(default_factory=list)
    called_off: list[Claim] = field(default_factory=list)
    receipts: list[PageReceipt] = field(default_factory=list)
    told_along: list[str] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    canaries: list[float] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """What follows from the entry but its claims: these have to be written first."""
        self.receipts += entry.receipts
        along = (one for one in entry.changes.values() if one.carrier and one.status is ReceiptStatus.CLAIMED)
        self.told_along += [channel_of(one.channel) for one in along if not one.answered]
        self.called_off += [(change.delivery_id, change.attempt) for change in entry.called_off]

    def release(self, office: Office) -> None:
        """It is on record: what was sent is settled, what was claimed is sent."""
        for claim in self.settled:
            office.desk.settled(claim)
        for job in self.jobs:
            office.desk.start(job)
        for claim in self.called_off:
            office.desk.call_off(claim)
        for age in self.canaries:
            office.canary_home(age)
        self._count()

    def _count(self) -> None:
        for seconds in self.lateness:
            metrics.LATENESS.observe(max(0.0, seconds))
        repeats = {receipt.delivery_id for receipt in self.receipts if receipt.possible_repeat}
        for channel in self.told_along:
            metrics.TOGETHER.labels(channel).inc()
        for receipt in self.receipts:
            channel = channel_of(receipt.channel or "none")
            if receipt.status in metrics.SETTLED:
                counter = metrics.NOTICES if receipt.kind == "notice" else metrics.DELIVERIES
                counter.labels(channel, receipt.status.value).inc()
            elif receipt.status in metrics.PUT_OFF:
                metrics.PUT_OFF[receipt.status].labels(channel).inc()
            elif receipt.status is ReceiptStatus.OUTCOME_UNKNOWN:
                metrics.OUTCOME_UNKNOWN.labels(channel, "yes" if receipt.delivery_id in repeats else "no").inc()
            elif receipt.status is ReceiptStatus.UNREACHABLE:
                metrics.UNREACHABLE.inc()
            if receipt.exhausted:
                metrics.EXHAUSTED.inc()
