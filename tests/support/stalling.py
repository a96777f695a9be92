"""`support.tally` in a process whose recovery of rows stalls: the broker never answers for the changelog."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

from feuerwache.common.faust.recovery import ShardRecovery
from feuerwache.common.process import run
from feuerwache.common.settings import CommonSettings
from support import tally


async def read_nothing(*_: Any) -> None:
    await asyncio.Event().wait()


if __name__ == "__main__":
    setattr(ShardRecovery, "_read", read_nothing)  # noqa: B010 - put in place of a method
    tally.OPTIONS = replace(tally.OPTIONS, recovery_patience=2.0)
    run(f"{tally.STAGE}-{uuid4().hex[:4]}", CommonSettings(), tally.serve)
