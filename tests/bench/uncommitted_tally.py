"""The tally stage on Faust's own transport, to see what it reads. For measuring only."""

from __future__ import annotations

from typing import Any

from feuerwache.common.faust.transport import ReadCommittedThread
from feuerwache.common.process import run
from feuerwache.common.settings import CommonSettings
from support.tally import STAGE, serve

_committed_only = ReadCommittedThread._create_worker_consumer


def _as_faust_has_it(thread: ReadCommittedThread, transport: Any) -> Any:
    consumer = _committed_only(thread, transport)
    consumer._isolation_level = "read_uncommitted"
    return consumer


if __name__ == "__main__":
    setattr(ReadCommittedThread, "_create_worker_consumer", _as_faust_has_it)  # noqa: B010 - mypy refuses it plainly
    run(STAGE, CommonSettings(), serve)
