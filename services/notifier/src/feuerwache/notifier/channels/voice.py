"""A call by Twilio that reads the page out and takes a digit: 1 takes over.

What is said goes along with the call as TwiML (https://www.twilio.com/docs/voice/api/call-resource, parameter
`Twiml`, at most 4,000 characters), so nothing has to be fetched first. `<Gather numDigits="1">` around a `<Say>` that
is repeated hears a digit at any moment (https://www.twilio.com/docs/voice/twiml/gather) and posts it to `answering/`.
A voice mail presses nothing: a call that nobody answers acknowledges nothing. A call that is not picked up at all is
reported (`twilio.reports_to`) and brings the person's next contact forward.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from feuerwache.common.config.contact import VoiceContact
from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome, permanent
from feuerwache.notifier.channels.http import HttpLine
from feuerwache.notifier.channels.twilio import TwilioAccount, ask, reports_to
from feuerwache.notifier.message.message import Message

#: Languages of `<Say>` (https://www.twilio.com/docs/voice/twiml/say/text-speech#available-voices-and-languages).
VOICES = {"de": "de-DE", "en": "en-GB"}
REPEATED = "3"
RING_SECONDS = "40"
#: Seconds of silence after which Twilio stops waiting for a digit.
LISTEN_SECONDS = "8"
#: Nearly a minute, three times; 4,000 characters of TwiML even if each of these has to be escaped.
MOST_SPOKEN = 700


class VoiceChannel:
    name = "voice"
    dedup = Dedup.NONE

    def __init__(self, line: HttpLine, account: TwilioAccount) -> None:
        self._line = line
        self._account = account

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        contact = delivery.contact
        if not isinstance(contact, VoiceContact):
            return permanent("not a contact for calls")
        twiml = call_twiml(message, self._account.callbacks)
        fields = {"To": contact.number, "Twiml": twiml, "Timeout": RING_SECONDS, **reports_to(self._account, delivery)}
        return await ask(self._line, self._account, "Calls", fields)

    async def close(self) -> None:
        await self._line.close()


def call_twiml(message: Message, callbacks: str | None) -> str:
    """What is said and heard. Without anybody who hears a digit none is asked for."""
    response = Element("Response")
    around = response
    if message.reference and callbacks is not None:
        around = gather(response, f"{callbacks}/voice?r={message.reference}")
    say(around, message.spoken or message.subject, message.language, REPEATED)
    return tostring(response, encoding="unicode")


def gather(response: Element, action: str) -> Element:
    asked = {"numDigits": "1", "timeout": LISTEN_SECONDS, "action": action, "method": "POST"}
    return SubElement(response, "Gather", asked)


def say(parent: Element, text: str, language: str, times: str = "1") -> None:
    element = SubElement(parent, "Say", {"language": VOICES.get(language, VOICES["en"]), "loop": times})
    element.text = text[:MOST_SPOKEN]
