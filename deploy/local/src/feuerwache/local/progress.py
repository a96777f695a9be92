"""Says what takes long, and how far it is: a bar on a terminal, a line now and then everywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

#: Advances a task by so many steps.
Advance = Callable[[int], None]
SECONDS_BETWEEN_LINES = 5.0


class Reporter(Protocol):
    def say(self, text: str) -> None:
        """One line about what happens now."""

    def task(self, title: str, total: int) -> AbstractContextManager[Advance]:
        """A step of `total` parts; call what it yields with the number of parts that are done."""


class Silent:
    """For tests and background use."""

    def say(self, text: str) -> None:
        pass

    @contextmanager
    def task(self, title: str, total: int) -> Iterator[Advance]:  # noqa: ARG002 - the interface
        yield lambda _steps: None


class TerminalReporter:
    """Writes to a rich console; without a terminal, plain lines."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, text: str) -> None:
        self._console.print(text, highlight=False)

    def task(self, title: str, total: int) -> AbstractContextManager[Advance]:
        return self._bar(title, total) if self._console.is_terminal else self._lines(title, total)

    @contextmanager
    def _bar(self, title: str, total: int) -> Iterator[Advance]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(title, total=total)
            yield lambda steps: progress.advance(task, steps)

    @contextmanager
    def _lines(self, title: str, total: int) -> Iterator[Advance]:
        done, said = 0, time.monotonic()
        self.say(f"{title} …")

        def advance(steps: int) -> None:
            nonlocal done, said
            done += steps
            if time.monotonic() - said >= SECONDS_BETWEEN_LINES:
                said = time.monotonic()
                self.say(f"  {done} of {total}")

        yield advance
        self.say(f"  {done} of {total}, done")
