"""A replay on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from feuerwache.escalation.rules.replay.change import Change, Example, RuleChange
from feuerwache.escalation.rules.replay.wording import WORDS, Saying

#: Examples of each kind on a terminal; all of them stand on the page and in the JSON.
SHOWN = 3


def show(change: Change, console: Console) -> None:
    for part in parts(change):
        console.print(part)


def parts(change: Change) -> Iterator[RenderableType]:
    say, words = Saying("en", ZoneInfo(change.timezone)), WORDS["en"]
    begin, end = say.moment(change.since), say.moment(change.until)
    yield Text(words["span"].format(begin=begin, end=end, zone=change.timezone, source=change.source))
    against = words["against_recorded"] if change.recorded else words["against"].format(against=change.against)
    yield Text(f"{against}\n{words['candidate'].format(candidate=change.candidate)}")
    yield Text("")
    yield Text(
        f"{say.count(change.posts)} {words['posts']}, {say.count(change.compared)} {words['compared']}; "
        f"{say.count(change.changed)} {words['changed']} ({say.count(change.stricter)} {words['stricter']}, "
        f"{say.count(change.milder)} {words['milder']})",
        style="bold",
    )
    if change.quiet:
        yield Text(words["nothing"], style="green")
    yield _actions(change, say)
    if change.moves:
        yield _moves(change, say)
    yield _rules(change, say)
    for rule in change.rules:
        yield from _rule_examples(rule, say)
    if change.alarms:
        yield _alarms(change, say)
    if change.reports_before or change.reports_after:
        told = f"{say.count(change.reports_before)} → {say.count(change.reports_after)}"
        yield Text(f"{words['reports']}: {told}")
    if change.authors:
        yield _authors(change, say)
    for reason, count in change.refused.items():
        yield Text(f"{words['refused'].lower()}: {say.count(count)} × {reason}", style="yellow")
    yield Text("")
    for assumption in change.assumptions:
        yield Text(f"· {say.assumed(assumption)}", style="dim")


def _actions(change: Change, say: Saying) -> Table:
    words = WORDS["en"]
    table = plain_table(words["action"], *(words[each] for each in ("before", "after", "difference", "more", "fewer")))
    for each in change.actions:
        table.add_row(
            each.action,
            say.count(each.before),
            say.count(each.after),
            Text(say.signed(each.after - each.before), style="bold" if each.after != each.before else "dim"),
            say.count(each.more) if each.more else "",
            say.count(each.fewer) if each.fewer else "",
        )
    return table


def _moves(change: Change, say: Saying) -> Table:
    words = WORDS["en"]
    table = plain_table(words["moves"], words["count"])
    for move in change.moves:
        table.add_row(f"{move.before} → {move.after}", say.count(move.posts))
    return table


def _rules(change: Change, say: Saying) -> Table:
    words = WORDS["en"]
    heads = ("before", "after", "newly_hit", "no_longer_hit", "capped", "failed")
    table = plain_table(words["rule"], *(words[each] for each in heads), text=(words["mode"],))
    for rule in change.rules:
        changed = rule.newly_hit or rule.no_longer_hit or rule.mode_before != rule.mode_after
        table.add_row(
            Text(rule.rule, style="bold" if changed else ""),
            _modes(rule),
            say.count(rule.before),
            say.count(rule.after),
            f"+{say.count(rule.newly_hit)}" if rule.newly_hit else "",
            f"−{say.count(rule.no_longer_hit)}" if rule.no_longer_hit else "",
            _pair(rule.capped_before, rule.capped_after, say),
            _pair(rule.failed_before, rule.failed_after, say),
        )
    return table


def _modes(rule: RuleChange) -> str:
    return rule.mode_after if rule.mode_before == rule.mode_after else f"{rule.mode_before} → {rule.mode_after}"


def _pair(before: int, after: int, say: Saying) -> str:
    return f"{say.count(before)} → {say.count(after)}" if before or after else ""


def _rule_examples(rule: RuleChange, say: Saying) -> Iterator[RenderableType]:
    for key, examples in (("examples_new", rule.new_examples), ("examples_gone", rule.gone_examples)):
        if examples:
            yield Text(WORDS["en"][key].format(rule=rule.rule), style="bold")
            for example in examples[:SHOWN]:
                yield _example(example, say)


def _example(example: Example, say: Saying) -> Text:
    revision = f" (edit {example.revision})" if example.revision else ""
    line = Text(f"  {say.moment(example.at)}  {example.community}  {example.post_id}{revision} by {example.author}: ")
    line.append(f"{'+'.join(example.before)} → {'+'.join(example.after)}", style="bold")
    if example.scores:
        line.append(f"  {say.scores(example.scores)}", style="dim")
    if example.url:
        line.append(f"\n    {example.url}", style="dim")
    if example.text is not None:
        line.append(f"\n    “{' '.join(example.text.split())}”", style="italic")
    return line


def _alarms(change: Change, say: Saying) -> Table:
    words = WORDS["en"]
    table = plain_table(words["alarms"], words["alarm"], words["incidents"], text=(words["rule"], words["severity"]))
    for each in change.alarms:
        table.add_row(
            each.community,
            each.rule,
            each.severity.value if each.severity is not None else "",
            f"{say.count(each.alarms_before)} → {say.count(each.alarms_after)}",
            f"{say.count(each.incidents_before)} → {say.count(each.incidents_after)}",
        )
    return table


def _authors(change: Change, say: Saying) -> Table:
    words = WORDS["en"]
    table = plain_table(
        words["authors"], words["decisions"], words["stricter"], words["milder"], text=(words["where"],)
    )
    for each in change.authors[:10]:
        counts = (say.count(count) if count else "" for count in (each.changed, each.stricter, each.milder))
        table.add_row(each.author, each.community, *counts)
    if (more := change.authors_changed - len(change.authors[:10])) > 0:
        table.add_row(Text(words["authors_more"].format(count=say.count(more)), style="dim"))
    return table


def plain_table(first: str, *numbers: str, text: tuple[str, ...] = ()) -> Table:
    """The first column and `text` to the left, numbers to the right."""
    table = Table(box=None, pad_edge=False, header_style="dim", title_justify="left")
    for head in (first, *text):
        table.add_column(head, overflow="fold")
    for head in numbers:
        table.add_column(head, justify="right")
    return table
