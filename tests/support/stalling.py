"""`support.tally` in a process whose recovery of rows stalls, as Faust's sometimes does: no changelog is read on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from feuerwache.common.faust.transport import ReadCommittedConsumer
from feuerwache.common.process import run
from feuerwache.common.settings import CommonSettings
from support.tally import STAGE, serve

_resume = ReadCommittedConsumer.resume_partitions


def resume_no_changelogs(consumer: Any, tps: Iterable[Any]) -> None:
    _resume(consumer, [tp for tp in tps if not tp.topic.endswith("-changelog")])


if __name__ == "__main__":
    setattr(ReadCommittedConsumer, "resume_partitions", resume_no_changelogs)  # noqa: B010 - put in place of a method
    run(f"{STAGE}-{uuid4().hex[:4]}", CommonSettings(), serve)
