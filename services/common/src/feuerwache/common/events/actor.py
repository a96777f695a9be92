"""Who gave a command. Every command has an authenticated actor; nobody acts anonymously."""

from __future__ import annotations

from enum import StrEnum

from feuerwache.common.events.base import Model


class Via(StrEnum):
    """How the actor proved who they are."""

    LINK = "link"
    TOKEN = "token"
    LOGIN = "login"
    CHANNEL = "channel"
    SYSTEM = "system"


class Actor(Model):
    """`person_id` is an id of `people.yaml`; for `token` and `system` the token's or the service's name."""

    person_id: str
    via: Via
