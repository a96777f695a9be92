"""Reads the decisions of a span for `feuerwache rules shadow`, and tells them on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pydantic_core import from_json
from rich.console import RenderableType
from rich.text import Text

from feuerwache.common.kafka.topics import DECISIONS_MADE
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.rules.replay.shadow import ShadowReport, ShadowTally
from feuerwache.escalation.rules.replay.span import Span
from feuerwache.escalation.rules.replay.table import plain_table
from feuerwache.escalation.rules.replay.tape import Tape, consumer, find
from feuerwache.escalation.rules.replay.wording import WORDS, Saying


async def read_shadow(settings: CommonSettings, span: Span, communities: frozenset[str] | None) -> ShadowReport:
    """Raises `NothingPassed`, and `TransientError` where Kafka is away."""
    reel = await find(settings, replace(span, warm_up=span.since - span.since), quotas=False)
    tally = ShadowTally()
    async with consumer(settings) as asked:
        tape = Tape(asked, settings, reel, reel.partitions)
        for partition in reel.partitions:
            async for record in tape.decisions(partition):
                decision = from_json(record.value or b"{}")
                if "actions" in decision and (communities is None or decision["ref"]["community"] in communities):
                    tally.take(decision)
    return tally.report(span.since, span.until or datetime.now(UTC))


def parts(report: ShadowReport) -> Iterator[RenderableType]:
    """What is printed."""
    say, words = Saying("en", ZoneInfo("UTC")), WORDS["en"]
    begin, end = say.moment(report.since), say.moment(report.until)
    yield Text(words["span"].format(begin=begin, end=end, zone="UTC", source=DECISIONS_MADE.name))
    yield Text(f"{say.count(report.decisions)} {words['decisions']}")
    if not report.rules:
        yield Text(words["no_shadow"])
        return
    table = plain_table(
        words["rule"], words["hits"], words["already"], words["authors_hit"], text=(words["would_be"], words["where"])
    )
    for rule in report.rules:
        where = ", ".join(f"{name} {say.count(count)}" for name, count in rule.communities.items())
        counts = (say.count(count) for count in (rule.hits, rule.already, rule.authors))
        table.add_row(rule.rule, "+".join(rule.actions), where, *counts)
    yield table
    for rule in report.rules:
        yield Text(rule.rule, style="bold")
        for example in rule.examples:
            yield Text(
                f"  {say.moment(example.at)}  {example.community}  {example.post_id}: {'+'.join(example.decided)}"
                f"  {say.scores(example.scores)}"
            )
