"""`feuerwache oncall …`: who is reached, when; what the schedule could not know; plans from elsewhere."""

from __future__ import annotations

import typer

from feuerwache.notifier import exception_commands, import_commands, looking_commands
from feuerwache.notifier.page_commands import page

HELP = """Who is on call, and everything people may do about it.

Looking: `who`, `calendar`, `fairness`; for calendar programs `export`, `address`. Friday afternoon, somebody is ill:
`absent --as YOU --person THEM --reason illness --until 2026-11-16`; at once: `take-over`. Whole turns: `swap`. What was
said is shown by `exceptions` and taken back with `cancel`. A plan from elsewhere: `import`. More in
docs/on-call/calendars.md.
"""
app = typer.Typer(no_args_is_help=True)
oncall = typer.Typer(no_args_is_help=True, help=HELP)
app.add_typer(oncall, name="oncall")
looking_commands.add_to(oncall)
exception_commands.add_to(oncall)
import_commands.add_to(oncall)
app.add_typer(page, name="page")
