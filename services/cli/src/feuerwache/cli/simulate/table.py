"""The report on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from feuerwache.cli.simulate.compare import Pair, differences, rungs
from feuerwache.cli.simulate.report import REACHED, Burned, Called, Report
from feuerwache.cli.simulate.wording import Saying
from feuerwache.common.events.decision import Severity
from feuerwache.common.wording.sentence import sentence, title
from feuerwache.common.wording.tongue import EN

COLOUR = {Severity.LOW: "yellow", Severity.HIGH: "dark_orange", Severity.CRITICAL: "red"}
#: Bad lines that are told one by one.
LINES = 10
#: Posts without an answer that are told one by one.
POSTS = 20


def show(report: Report, console: Console) -> None:
    """Figures, incidents with everybody who was called, hours that nobody had, and what could not be used."""
    for part in parts(report):
        console.print(part)


def parts(report: Report) -> Iterator[RenderableType]:
    say = Saying("en", ZoneInfo(report.timezone))
    way = "Simulated" if report.by == "simulate" else "Replayed through the services"
    yield Text(f"{way}: {report.file}, {say.moment(report.begin)} to {say.moment(report.end)} ({report.timezone})")
    yield _figures(report, say)
    if not report.incidents:
        yield Text("Nothing burned.")
    for number, incident in enumerate(report.incidents, 1):
        yield _incident(number, incident, say)
    yield from _unanswered(report, say)
    yield from _unmanned(report, say)
    yield from _refused(report)


def _figures(report: Report, say: Saying) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    received = ", ".join(f"{count:,} {kind}" for kind, count in report.received.items() if kind != "created")
    table.add_row("posts", f"{report.posts:,}" + (f" ({received})" if received else ""))
    table.add_row("decisions", ", ".join(f"{name} {count:,}" for name, count in _by_count(report.decisions)) or "none")
    if report.withdrawn:
        table.add_row("withdrawn", f"{report.withdrawn:,}")
    if count := report.forwarded("passed_on"):
        waiting = len(report.unanswered) - report.came_up
        table.add_row("passed on", f"{count:,}: {report.came_up:,} shown up again, {waiting:,} still waited for")
    table.add_row("incidents", str(len(report.incidents)))
    table.add_row("unmanned hours", say.count(report.unmanned_hours))
    if report.repeats:
        table.add_row("repeats", f"{report.repeats:,}")
    if report.bad_lines:
        table.add_row("bad lines", f"{report.bad_lines:,} of {report.lines:,}")
    if report.reordered:
        table.add_row("order", "the lines were put into the order of their time")
    return table


def _by_count(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _incident(number: int, incident: Burned, say: Saying) -> Group:
    where = ", ".join(dict.fromkeys((incident.community_title, *incident.parts)))
    name = title(incident.kind, incident.about, incident.rule_title, EN)
    heading = Text.assemble(
        f"{number}. {name}, {where}: ",
        (incident.severity.value, COLOUR[incident.severity]),
    )
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row(say.hour(incident.onset), "began")
    table.add_row(say.hour(incident.first_alarm), f"first alarm, {say.span(incident.delay_seconds)} later")
    if measure := sentence(incident.kind, incident.about, incident.figures, EN):
        table.add_row("", measure)
    for (lap, step, digest), together in groupby(incident.calls, key=_rung):
        calls = list(together)
        again = f", round {lap}" if lap > 1 else ""
        who = [
            f"{call.name} by {call.channel}{_later(call, calls[0], say)}"
            if call.status in REACHED
            else f"nobody: {call.reason}"
            for call in calls
        ]
        rung = "digest" if digest else f"step {step}{again}"
        table.add_row(say.hour(calls[0].at), f"{rung}: {', '.join(who)}")
    if incident.acknowledged_at is not None:
        table.add_row(say.hour(incident.acknowledged_at), f"taken over by {incident.acknowledged_by}")
    else:
        table.add_row("", Text("nobody took over", style="dim"))
    return Group(heading, table)


def _later(call: Called, first: Called, say: Saying) -> str:
    """A contact with a delay has its turn after the first one of the step."""
    seconds = (call.at - first.at).total_seconds()
    return f" after {say.span(seconds)}" if seconds >= 1 else ""


def _rung(call: Called) -> tuple[int, int, bool]:
    return call.round, call.step, call.digest


def _unanswered(report: Report, say: Saying) -> Iterator[RenderableType]:
    """Who leads a department looks at what is late first."""
    if not report.unanswered:
        return
    title = "Passed on, and not answered"
    table = Table("due", "department", "post", "passed on", "shown up again", title=title, title_justify="left")
    for each in report.unanswered[:POSTS]:
        post = f"{each.platform} {each.post_id}, {each.community_title}"
        came_up = Text("not yet", style="dim") if each.came_up is None else Text(say.moment(each.came_up), style="red")
        table.add_row(say.moment(each.due), each.department_title["en"], post, say.moment(each.passed_on), came_up)
    yield table
    if len(report.unanswered) > POSTS:
        yield Text(f"… and {len(report.unanswered) - POSTS:,} more posts; --json names them")


def _unmanned(report: Report, say: Saying) -> Iterator[RenderableType]:
    if not report.unmanned:
        return
    table = Table("layer", "from", "to", "hours", title="Nobody on call", title_justify="left")
    for gap in report.unmanned:
        length = say.count(round((gap.end - gap.start) / timedelta(hours=1), 2))
        table.add_row(f"{gap.schedule}/{gap.layer}", say.moment(gap.start), say.moment(gap.end), length)
    yield table


def _refused(report: Report) -> Iterator[RenderableType]:
    told: set[int] = set()
    for bad in report.bad:
        if len(told) == LINES and bad.line not in told:
            break
        told.add(bad.line)
        value = f" ({bad.value})" if bad.value is not None else ""
        yield Text(f"line {bad.line}: {bad.field}{value} {bad.reason}".replace(":  ", ": "), style="yellow")
    if report.bad_lines > len(told):
        yield Text(f"… and {report.bad_lines - len(told):,} more lines; --json names them", style="yellow")
    for reason, count in report.dead_letters.items():
        yield Text(f"{count:,} dead letters: {reason}", style="yellow")


def show_pairs(found: Sequence[Pair], one: Report, other: Report, console: Console) -> None:
    """Both ways side by side, incident by incident."""
    say = Saying("en", ZoneInfo(one.timezone))
    table = Table("incident", one.by, other.by, "same?", title="Side by side", title_justify="left")
    for pair in found:
        incident = pair.one or pair.other
        if incident is None:
            continue
        name = f"{title(incident.kind, incident.about, incident.rule_title, EN)}\n{incident.community_title}"
        verdict = Text("no", style="red") if pair.differences else Text("yes", style="green")
        table.add_row(name, _side(pair.one, say), _side(pair.other, say), verdict)
    console.print(table)
    for difference in differences(list(found)):
        console.print(Text(difference, style="red"))


def _side(incident: Burned | None, say: Saying) -> str:
    if incident is None:
        return "–"
    lines = [f"{say.hour(incident.onset)} began", f"{say.hour(incident.first_alarm)} alarm"]
    lines += [f"{lap}.{step} {', '.join(who) or 'nobody'}" for lap, step, who in rungs(incident)]
    if incident.acknowledged_at is not None:
        lines.append(f"{say.hour(incident.acknowledged_at)} {incident.acknowledged_by}")
    return "\n".join(lines)
