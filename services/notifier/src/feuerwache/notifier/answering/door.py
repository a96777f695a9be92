"""The doors answers come in by, each with its own proof. A provider without its secret has no door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from feuerwache.common.clock import Clock
from feuerwache.notifier.answering.reference import Reference, issue
from feuerwache.notifier.channels.credential import Credential
from feuerwache.notifier.channels.http import HttpLine
from feuerwache.notifier.channels.telegram import TelegramBot
from feuerwache.notifier.settings import NotifierSettings


@dataclass(frozen=True, slots=True)
class SlackDoor:
    """`hooks`: where Slack's `response_url`s begin; nothing else is ever called."""

    secret: Credential
    hooks: str
    line: HttpLine


@dataclass(frozen=True, slots=True)
class TelegramDoor:
    """`bot`: who may change its own messages; without it they keep their buttons."""

    secret: Credential
    bot: TelegramBot | None
    line: HttpLine


@dataclass(frozen=True, slots=True)
class TwilioDoor:
    """`base`: how Twilio reaches the notifier; the address it signs begins so."""

    account: str
    token: Credential
    base: str


@dataclass(frozen=True, slots=True)
class Doors:
    slack: SlackDoor | None = None
    telegram: TelegramDoor | None = None
    twilio: TwilioDoor | None = None


def doors(settings: NotifierSettings, line: HttpLine) -> Doors:
    """`line`: over which Slack and Telegram are told."""
    open_to = heard(settings)
    sid = settings.twilio_account_sid or ""
    return Doors(
        SlackDoor(settings.credential("slack_signing_secret"), settings.slack_hooks, line)
        if "slack" in open_to
        else None,
        TelegramDoor(settings.credential("telegram_secret"), settings.telegram(), line)
        if "telegram" in open_to
        else None,
        TwilioDoor(sid, settings.credential("twilio_auth_token"), settings.notifier_url.rstrip("/"))
        if "sms" in open_to
        else None,
    )


def heard(settings: NotifierSettings) -> frozenset[str]:
    """Channels of which an answer is heard; none while no port is given."""
    if settings.http_port is None:
        return frozenset()
    names = {"slack"} if settings.credential("slack_signing_secret") else set()
    names |= {"telegram"} if settings.credential("telegram_secret") else set()
    twilio = settings.twilio(settings.callbacks("twilio"))
    names |= {"sms", "voice"} if twilio is not None and twilio.callbacks is not None else set()
    return frozenset(names)


def references(settings: NotifierSettings, clock: Clock) -> Callable[[UUID, str, str], str]:
    """What a button of this channel hands back, valid as long as a link; empty where nobody would hear it."""
    secret = settings.link_secret.get_secret_value().encode()
    open_to = heard(settings)

    def reference(about: UUID, recipient: str, channel: str) -> str:
        if channel not in open_to:
            return ""
        expires = clock.real_now() + timedelta(days=settings.link_days)
        return issue(Reference(about, recipient, expires), secret)

    return reference
