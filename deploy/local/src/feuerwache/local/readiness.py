"""Waits until a server answers, or says why it does not: within the time limit, with the end of its log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx

from feuerwache.common.errors import FeuerwacheError
from feuerwache.local.group import Child

POLL_SECONDS = 0.1


class NotReady(FeuerwacheError):  # noqa: N818 - reads as what it is
    """A server or service did not come up. The message quotes the end of its log."""


async def wait_until(child: Child, answers: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Returns once `answers()` is true; raises `NotReady` when the process ends first or the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        code = child.exit_code()
        if code is not None:
            raise NotReady(f"{child.name} ended with code {code} while starting; {child.log} ends with:\n{_end(child)}")
        if await answers():
            return
        if time.monotonic() > deadline:
            raise NotReady(f"{child.name} did not answer within {seconds:.0f} s; {child.log} ends with:\n{_end(child)}")
        await asyncio.sleep(POLL_SECONDS)


def _end(child: Child) -> str:
    return child.last_lines()


def answering(answer: httpx.Response) -> int | None:
    """The process id that a health answer names; None when it is none of ours."""
    try:
        pid = answer.json().get("pid")
    except (ValueError, AttributeError):
        return None
    return pid if isinstance(pid, int) else None
