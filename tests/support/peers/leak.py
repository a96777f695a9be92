"""Looks for secrets in everything a send leaves behind: logs of every library, errors, reprs, metrics, the outcome."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from prometheus_client import REGISTRY, generate_latest

from feuerwache.notifier.channels.channel import Channel

#: The mail server of the tests logs every line it reads; it is the other side.
OTHER_SIDE = frozenset({"mail.log"})


def everything_is_logged() -> None:
    """Also by libraries that were quietened: an operator may turn any of them up."""
    for name in ("apprise", "aiosmtplib", "httpx", "httpcore", "urllib3", "requests", "asyncio", "feuerwache"):
        logging.getLogger(name).setLevel(logging.DEBUG)


def traces(channel: Channel, records: Iterable[logging.LogRecord], *others: object) -> str:
    """All of it as one text."""
    parts = [repr(channel), *inside(channel, 3), generate_latest(REGISTRY).decode()]
    for record in records:
        if record.name not in OTHER_SIDE:
            parts += [record.getMessage(), str(record.exc_text), repr(record.exc_info)]
    return "\n".join([*parts, *(repr(other) for other in others), *(str(other) for other in others)])


def inside(thing: object, depth: int) -> Iterator[str]:
    """What a careless `log.error(repr(self.__dict__))` would show."""
    for value in getattr(thing, "__dict__", {}).values():
        yield repr(value)
        if depth and type(value).__module__.startswith("feuerwache"):
            yield from inside(value, depth - 1)


def leaked(text: str, secrets: Iterable[str]) -> list[str]:
    return [secret for secret in secrets if secret in text]
