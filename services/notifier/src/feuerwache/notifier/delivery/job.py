"""A claimed delivery becomes a message in the reader's words, with the time for which it may be tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

from feuerwache.common.events.page import DeliveryChanged, PageRequested, Urgency
from feuerwache.notifier.channels.channel import Delivery
from feuerwache.notifier.delivery.alarm import key_of
from feuerwache.notifier.delivery.desk import Job
from feuerwache.notifier.delivery.directory import Directory, Recipient, channel_of
from feuerwache.notifier.delivery.office import Office
from feuerwache.notifier.message.render import Reader, render

#: Retrying a page that names no deadline, and the least and most that any page is retried for, in real seconds.
WITHOUT_DEADLINE = timedelta(minutes=5)
LEAST_SECONDS = 1.0
MOST_SECONDS = 600.0


def written(
    change: DeliveryChanged,
    page: PageRequested,
    recipient: Recipient,
    partition: int,
    *,
    office: Office,
    directory: Directory,
) -> Job:
    """The job that sends `page`, as it is told in the message of `change`, to a contact that the recipient has."""
    drill = page.channel is not None  # it has no incident that anybody could act on
    person = recipient.id if recipient.personal and not drill else None
    reader = Reader(
        recipient.name,
        recipient.language,
        recipient.timezone,
        office.link(page.incident_id, person),
        person is not None,
        {entry.incident_id: office.link(entry.incident_id, person) for entry in page.digest},
        preview=recipient.preview,
        reference="" if drill else _reference(page, change, office),
    )

    def name(person_id: str | None) -> str:
        known = directory.recipient(person_id) if person_id else None
        return known.name if known is not None else person_id or ""

    return Job(
        claim=(change.delivery_id, change.attempt),
        channel=channel_of(change.channel),
        delivery=Delivery(
            change.delivery_id,
            page.incident_id,
            recipient.contacts[change.channel],
            urgent=page.urgency is Urgency.URGENT,
            attempt=change.attempt,
            shard=partition,
            alarm=key_of(page, office.incidents(page.incident_id)),
        ),
        message=render(
            change.page_id,
            page,
            reader,
            possible_repeat=change.possible_repeat,
            helplines=office.helplines(page.subject),
            by=name(page.by),
            names=name,
        ),
        seconds=patience(page, office.clock.now(), office.clock_factor, recipient.left(change.channel)),
    )


def patience(page: PageRequested, now: datetime, clock_factor: float, contacts_left: int) -> float:
    """Real seconds for which transient failures of one contact are retried: a fair share of the step's time."""
    until = page.deadline if page.deadline is not None else now + WITHOUT_DEADLINE
    seconds = (until - now).total_seconds() / clock_factor / contacts_left
    return min(max(seconds, LEAST_SECONDS), MOST_SECONDS)


def _reference(page: PageRequested, change: DeliveryChanged, office: Office) -> str:
    about = change.delivery_id if page.digest else page.incident_id
    return office.reference(about, change.recipient, channel_of(change.channel))
