"""The accounts we send from, as settings: Twilio, a Slack app, a Telegram bot.

Each secret is given itself or as a file (`…_file`), one of them. What is not configured is not there: a contact of
such a channel fails at once, and the next one of the person is tried.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from feuerwache.common.config.contact import PhoneNumber
from feuerwache.common.settings import CommonSettings
from feuerwache.notifier.channels import slack, telegram, twilio
from feuerwache.notifier.channels.channel import Channel
from feuerwache.notifier.channels.credential import Credential
from feuerwache.notifier.channels.http import HttpLine
from feuerwache.notifier.channels.slack import SlackChannel
from feuerwache.notifier.channels.sms import SmsChannel
from feuerwache.notifier.channels.telegram import TelegramChannel
from feuerwache.notifier.channels.voice import VoiceChannel

Base = Annotated[str, Field(pattern=r"^https?://[^\s]+[^\s/]$")]
SECRETS = (
    "twilio_auth_token",
    "slack_bot_token",
    "slack_signing_secret",
    "telegram_bot_token",
    "telegram_secret",
)


class AccountSettings(CommonSettings):
    """`twilio_number` is the account's own number, from which it sends and calls. The `…_url`s and `slack_hooks` are
    the providers' own addresses. `slack_signing_secret` proves that an answer comes from Slack; `telegram_secret` is
    what was given as `secret_token` to `setWebhook` (docs/on-call/answering.md).
    """

    twilio_url: Base = twilio.API
    twilio_account_sid: Annotated[str, Field(pattern=r"^AC[0-9a-fA-F]{32}$")] | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_auth_token_file: Path | None = None
    twilio_number: PhoneNumber | None = None
    slack_url: Base = slack.API
    slack_hooks: Base = "https://hooks.slack.com"
    slack_bot_token: SecretStr | None = None
    slack_bot_token_file: Path | None = None
    slack_signing_secret: SecretStr | None = None
    slack_signing_secret_file: Path | None = None
    telegram_url: Base = telegram.API
    telegram_bot_token: SecretStr | None = None
    telegram_bot_token_file: Path | None = None
    telegram_secret: SecretStr | None = None
    telegram_secret_file: Path | None = None

    @model_validator(mode="after")
    def each_secret_once(self) -> AccountSettings:
        for name in SECRETS:
            if getattr(self, name) is not None and getattr(self, f"{name}_file") is not None:
                raise ValueError(f"give FEUERWACHE_{name.upper()} or FEUERWACHE_{name.upper()}_FILE, not both")
        return self

    @model_validator(mode="after")
    def twilio_is_whole(self) -> AccountSettings:
        parts = (self.twilio_account_sid, self.twilio_auth_token or self.twilio_auth_token_file, self.twilio_number)
        if any(parts) and not all(parts):
            raise ValueError(
                "FEUERWACHE_TWILIO_ACCOUNT_SID, FEUERWACHE_TWILIO_AUTH_TOKEN (or …_FILE) and FEUERWACHE_TWILIO_NUMBER "
                "belong together"
            )
        return self

    def credential(self, name: str) -> Credential:
        """One of `SECRETS`."""
        return Credential(getattr(self, name), getattr(self, f"{name}_file"))

    def twilio(self, callbacks: str | None) -> twilio.TwilioAccount | None:
        if self.twilio_account_sid is None or self.twilio_number is None:
            return None
        token = self.credential("twilio_auth_token")
        return twilio.TwilioAccount(self.twilio_account_sid, token, self.twilio_number, self.twilio_url, callbacks)

    def slack(self) -> slack.SlackApp | None:
        token = self.credential("slack_bot_token")
        return slack.SlackApp(token, self.slack_url) if token else None

    def telegram(self) -> telegram.TelegramBot | None:
        token = self.credential("telegram_bot_token")
        return telegram.TelegramBot(token, self.telegram_url) if token else None


def chat_channels(
    settings: AccountSettings, line: Callable[[], HttpLine], callbacks: str | None
) -> tuple[Channel, ...]:
    """Those whose accounts are configured. `callbacks`: where Twilio reports back to."""
    channels: list[Channel] = []
    account, app, bot = settings.twilio(callbacks), settings.slack(), settings.telegram()
    if account is not None:
        channels += [SmsChannel(line(), account), VoiceChannel(line(), account)]
    if app is not None:
        channels.append(SlackChannel(line(), app))
    if bot is not None:
        channels.append(TelegramChannel(line(), bot))
    return tuple(channels)
