"""What text messages and calls by Twilio share: the account, and what its answers mean.

A good answer is 201 with the message or call as JSON, its `sid` and a `status`; a bad one has the HTTP status and
`{"code": 21211, "message": …, "status": 400}` (https://www.twilio.com/docs/usage/twilios-response). A message that
failed right away comes as a good status with an `error_code` inside
(https://www.twilio.com/docs/messaging/api/message-resource). The code goes on record, the words do not: they repeat
the number. There is no key by which Twilio would drop a repeat.

What becomes of a message or call later is posted to its `StatusCallback`, an address with the delivery in it. A
message ends `delivered`, `undelivered` or `failed`
(https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks). A call ends `completed` (a
voice mail may have picked up), `busy`, `no-answer`, `failed` or `canceled`
(https://support.twilio.com/hc/en-us/articles/223132547-What-are-the-possible-call-statuses-and-what-do-they-mean);
without `StatusCallbackEvent` only its end is told (https://www.twilio.com/docs/voice/api/call-resource).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from feuerwache.common.http.client import Answer
from feuerwache.notifier.channels.channel import Delivery, Outcome, Result, permanent, transient
from feuerwache.notifier.channels.credential import Credential
from feuerwache.notifier.channels.http import Call, HttpLine, SecretError, basic, identifier, said

API = "https://api.twilio.com"
#: Worth another try, whatever the status: too many requests, queue full, rate of a sender exceeded, too many calls
#: at once (https://www.twilio.com/docs/api/errors).
TRANSIENT = frozenset({20429, 14107, 21611, 30001, 30022, 10004})
FAILED = frozenset({"failed", "undelivered", "canceled"})


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """`number`: one of the account's own, from which it sends and calls. `callbacks`: where Twilio reports back to, an
    address of the notifier that is reached from outside; None when nobody listens there."""

    sid: str
    token: Credential = field(repr=False)
    number: str
    url: str = API
    callbacks: str | None = None

    def resource(self, name: str) -> str:
        return f"{self.url.rstrip('/')}/2010-04-01/Accounts/{self.sid}/{name}.json"


def reports_to(account: TwilioAccount, delivery: Delivery) -> dict[str, str]:
    """Where Twilio says what became of it; nothing while nobody listens. The address is part of what Twilio signs."""
    if account.callbacks is None:
        return {}
    about = urlencode({"d": str(delivery.delivery_id), "a": delivery.attempt, "s": delivery.shard})
    return {"StatusCallback": f"{account.callbacks}/status?{about}"}


async def ask(line: HttpLine, account: TwilioAccount, name: str, fields: dict[str, str]) -> Outcome:
    """Makes a message or a call. `fields` without the sender's number."""
    try:
        authorization = basic(account.sid, await account.token.read())
    except SecretError as error:
        return permanent(f"Twilio's auth token cannot be used: {error}")
    call = Call.form(account.resource(name), {"From": account.number, **fields}, authorization)
    return await line.call(call, read)


def read(answer: Answer, outcome: Outcome) -> Outcome:
    value = said(answer)
    code = value.get("code") or value.get("error_code")
    told = f"Twilio {code}" if isinstance(code, int) else ""
    if isinstance(code, int) and code in TRANSIENT:
        return transient(_both(outcome, told), outcome.retry_after)
    if not outcome.success:
        return replace(outcome, reason=_both(outcome, told))
    if told or value.get("status") in FAILED:
        return permanent(told or "Twilio gave it up at once")
    sid = identifier(value.get("sid"))
    if sid is None:
        return permanent("the answer is not Twilio's")
    return Outcome(Result.ACCEPTED, provider_id=sid)


def _both(outcome: Outcome, told: str) -> str:
    return ", ".join(part for part in (outcome.reason, told) if part)
