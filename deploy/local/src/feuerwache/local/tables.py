"""What the terminal shows: addresses after a start, processes in `status`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from feuerwache.local.handle import State
from feuerwache.local.ledger import Ledger


def addresses(known: Ledger) -> Table:
    """Where to send posts, where to look."""
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in (
        ("posts over HTTP", f"{known.ingest}/v1/posts"),
        ("posts over gRPC", known.ingest_grpc),
        ("decisions, gRPC", known.decisions_grpc),
        ("calendars and answers", known.notifier),
        ("who is on call, gRPC", known.notifier_grpc),
        ("console", known.console),
        ("mails", str(known.mail)),
        ("tokens", str(known.mail.parent / "secrets" / "integration_tokens.json") if known.mail else ""),
        ("logs", str(known.supervisor.log.parent)),
        ("Kafka", known.kafka),
        ("Redis", known.redis),
    ):
        if value:
            table.add_row(name, value)
    return table


def processes(name: str, known: Ledger, states: Sequence[State]) -> Table:
    """One line per process, the sum of their memory below."""
    total = sum(state.resident_mb or 0.0 for state in states)
    table = Table(title=f"{name}: {known.phase}", title_justify="left")
    for column, justify in (("process", "left"), ("pid", "right"), ("address", "left"), ("MB", "right")):
        table.add_column(column, justify="right" if justify == "right" else "left")
    table.add_column("restarts", justify="right")
    table.add_column("health")
    for state in states:
        resident = f"{state.resident_mb:.0f}" if state.resident_mb is not None else "–"
        health = "; ".join([state.trouble or "well", *(f"{name}: {said}" for name, said in state.notes.items())])
        table.add_row(state.name, str(state.pid), state.address, resident, str(state.restarts), health)
    table.add_section()
    table.add_row("", "", "", f"{total:.0f}", "", "")
    return table
