"""The live picture of the flow: one screen on a terminal, a line every few seconds everywhere else."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from feuerwache.common.events.actor import Actor
from feuerwache.common.events.incident import Incident
from feuerwache.common.wording.lead import lead
from feuerwache.common.wording.sentence import also_in, sentence, title
from feuerwache.common.wording.tongue import EN
from feuerwache.local.demo.flow import Flow
from feuerwache.local.demo.manager import Mail
from feuerwache.local.demo.player import Sent

BERLIN = ZoneInfo("Europe/Berlin")
WIDTH = 40
STORY_LINES = 16
STATE_COLOURS = {"triggered": "red", "acknowledged": "yellow", "resolved": "green"}


def hour(at: datetime) -> str:
    """Civil time as the people of the demo read it."""
    return f"{at.astimezone(BERLIN):%H:%M:%S}"


def picture(now: datetime, total: int, sent: Sent, flow: Flow, mails: list[Mail]) -> RenderableType:
    """One screen. `total` is the number of posts the script holds."""
    books = flow.books
    stages = Table.grid(padding=(0, 2))
    for name, count in (
        ("accepted", len(books.accepted)),
        ("classified", len(books.classified)),
        ("decided", len(books.decided) + len(books.withdrawn - set(books.decided))),
    ):
        stages.add_row(name, bar(count, max(total, count)), f"{count:,}")
    stages.add_row("dead letters", "", f"{books.dead_letters:,}")
    stages.add_row("pages sent", "", f"{flow.pages_sent():,}")
    decisions = ", ".join(f"{action} {count:,}" for action, count in flow.actions.most_common(6))
    incidents = Table(box=None, pad_edge=False, show_header=False)
    for incident in flow.incidents.values():
        incidents.add_row(*incident_row(incident, flow))
    newest = [Text(f"mail to {mail.to}: {mail.subject}") for mail in mails[-4:]]
    title = f"{now.astimezone(BERLIN):%A %d %B %Y, %H:%M} in the demo, {sent.lines:,} events sent"
    return Panel(Group(stages, Text(decisions), Text(""), incidents, *newest), title=title, title_align="left")


def bar(count: int, whole: int) -> Text:
    filled = round(WIDTH * count / whole) if whole else 0
    return Text("━" * filled, style="green") + Text("─" * (WIDTH - filled), style="dim")


def incident_row(incident: Incident, flow: Flow) -> tuple[RenderableType, ...]:
    reached = ", ".join(receipt.recipient or "?" for receipt in flow.paged(incident.incident_id))
    state = Text(incident.state.value, style=STATE_COLOURS.get(incident.state.value, ""))
    kind = f"{named(incident)} ({incident.severity.value})"
    return hour(incident.opened_at), kind, state, Text(number_of(incident)), reached and f"paged: {reached}"


def named(incident: Incident) -> str:
    return title(incident.kind, incident.about, incident.rule_title, EN)


def number_of(incident: Incident) -> str:
    """The one number that matters; where there is none, the sentence."""
    return lead(incident.kind, incident.about, incident.figures, EN) or said(incident)


def said(incident: Incident) -> str:
    """The alarm in one sentence, as an English mail says it; empty where nothing is known."""
    return sentence(incident.kind, incident.about, incident.figures, EN)


def line(now: datetime, flow: Flow) -> str:
    """The same in one line, for logs and pipes."""
    books = flow.books
    open_incidents = sum(incident.state.value != "resolved" for incident in flow.incidents.values())
    return (
        f"{hour(now)}  accepted {len(books.accepted)}  classified {len(books.classified)}  "
        f"decided {len(books.decided)}  dead letters {books.dead_letters}  "
        f"incidents {len(flow.incidents)} ({open_incidents} open)  pages {flow.pages_sent()}"
    )


def letter(mail: Mail) -> Panel:
    """A mail as its reader sees it; the secret end of its link is left out."""
    text = mail.text.strip().replace(mail.link, f"{mail.link[:48]}…")
    return Panel(Text(text), title=f"mail to {mail.to}: {mail.subject}", title_align="left")


def story(incident: Incident, flow: Flow) -> Table:
    """What happened to an incident, by the clock of the demo."""
    heading = f"{named(incident)}, {incident.community_title} ({incident.severity.value})"
    lines = [heading, said(incident), also_in(places(incident), EN)]
    table = Table(title=Text("\n".join(filter(None, lines))), title_justify="left", box=None)
    table.add_column("when")
    table.add_column("what")
    entries = [(entry.at, entry.what.replace("_", " ") + _by(entry.actor)) for entry in incident.timeline]
    entries += [
        (receipt.at, f"step {receipt.step + 1}: {receipt.recipient} reached by {receipt.channel}")
        for receipt in flow.paged(incident.incident_id)
    ]
    for at, what in sorted(entries, key=lambda entry: entry[0])[:STORY_LINES]:
        table.add_row(hour(at), what)
    return table


def places(incident: Incident) -> tuple[str, ...]:
    """The other communities in which it burnt, each once."""
    others = (part.community_title for part in incident.parts if part.community != incident.community)
    return tuple(dict.fromkeys(others))


def _by(actor: Actor | None) -> str:
    return f" by {actor.person_id}" if actor is not None else ""
