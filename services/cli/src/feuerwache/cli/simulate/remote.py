"""A panel in a process of its own (`spawn`), which reads the configuration itself, is asked, and answers.

It classifies ahead while nobody asks, and ends when nobody can ask any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from feuerwache.cli.simulate.judgement import Bench, Judged, Received
from feuerwache.cli.simulate.panel import Panel
from feuerwache.cli.simulate.station import load_bench
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import ForwardOverdue
from feuerwache.escalation.rules.community.fire import Fires
from feuerwache.escalation.rules.judging.judging import Options

#: Seconds that a process is given to end by itself.
ENDING = 5.0


class ConfigChanged(FeuerwacheError):  # noqa: N818 - it names what happened
    """The configuration was changed while it was read."""


class Died(FeuerwacheError):  # noqa: N818 - it names what happened
    """A process ended without an answer."""


class Remote:
    """Has to be ended. One question at a time."""

    def __init__(self, config_dir: Path, options: Options, shards: int) -> None:
        context = get_context("spawn")
        self._line, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, config_dir, options, shards), daemon=True)
        self._process.start()
        other.close()

    def begin(self, events: Sequence[Received], config_hash: str) -> None:
        """Hands its events over when it has read the configuration. Raises `ConfigChanged` if that is another one."""
        if self._said() != config_hash:
            raise ConfigChanged("the configuration was changed while it was read; start again")
        self._line.send(events)

    def judging(self, at: datetime, fires: Fires) -> Callable[[], Judged]:
        """As `Panel.judging`: it works on it until the answer is asked for. Both may raise `Died`."""
        return self._asked("judge", at, fires)

    def hearing(self, command: Event[ForwardOverdue], now: datetime) -> Callable[[], Judged]:
        return self._asked("hear", command, now)

    def end(self) -> None:
        self._line.close()
        self._process.join(ENDING)
        self._process.kill()
        self._process.join()

    def _asked(self, what: str, *about: object) -> Callable[[], Judged]:
        try:
            self._line.send((what, about))
        except OSError as error:
            raise _died() from error
        return self._answer

    def _answer(self) -> Judged:
        judged = self._said()
        assert isinstance(judged, Judged)
        return judged

    def _said(self) -> object:
        try:
            said: object = self._line.recv()
        except (EOFError, OSError) as error:
            raise _died() from error
        return said


def _died() -> Died:
    return Died("a process that judges died; with little memory, try --processes 1")


def _serve(line: Connection[Any, Any], config_dir: Path, options: Options, shards: int) -> None:
    try:
        rules, classifier = load_bench(config_dir)
    except ConfigError:
        line.send(None)  # it could be read a moment ago
        return
    line.send(rules.config_hash)
    try:
        panel = Panel(Bench(rules, options, shards), classifier, line.recv())
        while True:
            while not line.poll() and panel.work_ahead():
                pass
            what, about = line.recv()
            line.send(panel.judge(*about) if what == "judge" else panel.hear(*about))
    except (EOFError, KeyboardInterrupt):
        return  # who asked has ended
