"""A text message by Twilio (https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource).

It is one message of at most 160 septets (`message/gsm.py`). Whoever gets it can answer with "1"; what Twilio says of
its way to the phone comes to `answering/`. Nothing keeps a repeat from being read twice, so it says it may be one.
"""

from __future__ import annotations

from feuerwache.common.config.contact import SmsContact
from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome, permanent
from feuerwache.notifier.channels.http import HttpLine
from feuerwache.notifier.channels.twilio import TwilioAccount, ask, reports_to
from feuerwache.notifier.message.message import Message


class SmsChannel:
    name = "sms"
    dedup = Dedup.NONE

    def __init__(self, line: HttpLine, account: TwilioAccount) -> None:
        self._line = line
        self._account = account

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        contact = delivery.contact
        if not isinstance(contact, SmsContact):
            return permanent("not a contact for text messages")
        fields = {"To": contact.number, "Body": message.sms or message.subject}
        fields |= reports_to(self._account, delivery)
        return await ask(self._line, self._account, "Messages", fields)

    async def close(self) -> None:
        await self._line.close()
