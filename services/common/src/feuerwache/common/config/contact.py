"""How a person, a room or a system can be reached: one model per channel, told apart by `channel`.

Addresses and the secrets that belong to one of them stand here and nowhere else; the accounts we send from (SMTP,
Twilio, Slack, Telegram) are settings of the notifier. A secret is given itself or, better, as a `…_file`. A `repr`
shows no address, number or secret: contacts end up in the values of errors.

    contacts:
      - {channel: ntfy, topic: wache-anna-7f3k}
      - {channel: sms, number: "+4915112345678", after: 2m}
      - {channel: voice, number: "+4915112345678", after: 4m}
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from feuerwache.common.config.duration import Duration
from feuerwache.common.config.source import ConfigModel

#: ITU-T E.164: a plus, the country, at most 15 digits.
E164_DIGITS = range(7, 16)


def e164(value: object) -> object:
    """A number as the whole world dials it; blanks, hyphens and brackets are for the reader."""
    if not isinstance(value, str):
        raise ValueError('write the number in quotes: "+49 151 12345678"')
    digits = "".join(character for character in value if character not in " -/()\u00a0")
    if not digits.startswith("+"):
        if digits.startswith("00"):
            raise ValueError(f'write "+{digits[2:]}" instead of "00…": a number begins with a plus and the country')
        national = digits.removeprefix("0")
        raise ValueError(f'a national number: write it with its country, for Germany "+49{national}"')
    bare = digits[1:]
    if not (bare.isascii() and bare.isdigit()) or len(bare) not in E164_DIGITS or bare.startswith("0"):
        raise ValueError('no phone number; write a plus, the country and the number: "+49 151 12345678"')
    return digits


PhoneNumber = Annotated[str, BeforeValidator(e164)]
HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s]+$")]


class BaseContact(ConfigModel):
    """`after`: how long after the page this contact is tried, if nobody has answered until then. The first one that
    has none is tried at once."""

    after: Duration = timedelta(0)


class EmailContact(BaseContact):
    channel: Literal["email"] = "email"
    address: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", repr=False)]


class SmsContact(BaseContact):
    channel: Literal["sms"] = "sms"
    number: PhoneNumber = Field(repr=False)


class VoiceContact(BaseContact):
    channel: Literal["voice"] = "voice"
    number: PhoneNumber = Field(repr=False)


class SlackContact(BaseContact):
    """`to`: a channel's or a member's id, as Slack shows it (C0123ABCD, U0123ABCD)."""

    channel: Literal["slack"] = "slack"
    to: Annotated[str, Field(pattern=r"^[CDGUW][A-Z0-9]{6,}$", repr=False)]


class TelegramContact(BaseContact):
    """`chat`: the id of a chat with the bot; groups have negative ones."""

    channel: Literal["telegram"] = "telegram"
    chat: int = Field(repr=False)


class NtfyContact(BaseContact):
    """`topic` is as good as a password on a public server. `token` where the server wants one."""

    channel: Literal["ntfy"] = "ntfy"
    server: HttpUrl = "https://ntfy.sh"
    topic: Annotated[str, Field(pattern=r"^[-_A-Za-z0-9]{1,64}$", repr=False)]
    token: SecretStr | None = None
    token_file: Path | None = None


class PagerDutyContact(BaseContact):
    """An integration of the kind "Events API v2"; `routing_key` is a secret."""

    channel: Literal["pagerduty"] = "pagerduty"
    routing_key: SecretStr | None = None
    routing_key_file: Path | None = None

    @model_validator(mode="after")
    def one_key(self) -> PagerDutyContact:
        if (self.routing_key is None) == (self.routing_key_file is None):
            raise ValueError("give `routing_key` or `routing_key_file`, one of them")
        return self


class AlertmanagerContact(BaseContact):
    """The base address of an Alertmanager; `labels` go along with ours, for its routes."""

    channel: Literal["alertmanager"] = "alertmanager"
    url: HttpUrl = Field(repr=False)
    labels: dict[Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")], str] = {}


class WebhookContact(BaseContact):
    """A signed webhook (Standard Webhooks). `secret` starts with `whsec_`; better kept in `secret_file`."""

    channel: Literal["webhook"] = "webhook"
    url: HttpUrl = Field(repr=False)
    secret: SecretStr | None = None
    secret_file: Path | None = None

    @model_validator(mode="after")
    def one_secret(self) -> WebhookContact:
        if (self.secret is None) == (self.secret_file is None):
            raise ValueError("give `secret` or `secret_file`, one of them")
        return self


class AppriseContact(BaseContact):
    """Whatever else Apprise can reach, by its URL (`mmosts://…`, `signal://…`), which holds secrets."""

    channel: Literal["apprise"] = "apprise"
    url: SecretStr | None = None
    url_file: Path | None = None

    @model_validator(mode="after")
    def one_url(self) -> AppriseContact:
        if (self.url is None) == (self.url_file is None):
            raise ValueError("give `url` or `url_file`, one of them")
        return self


Contact = Annotated[
    EmailContact
    | SmsContact
    | VoiceContact
    | SlackContact
    | TelegramContact
    | NtfyContact
    | PagerDutyContact
    | AlertmanagerContact
    | WebhookContact
    | AppriseContact,
    Field(discriminator="channel"),
]
