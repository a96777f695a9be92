"""Processes in which Apprise sends, kept between sends: loading all its services takes longer than a page may wait.

Everything here blocks and belongs in threads of its own. A process that is asked and does not answer is killed from
outside, which ends the waiting thread, too. When this process dies, its children read the end of their input and go.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

CHILD = "feuerwache.notifier.channels.apprise_child"


class Child:
    """One process. `ask` answers None when it died, of itself or killed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-m", CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": "/nonexistent"},  # no proxies, no .netrc
            cwd="/",
            start_new_session=True,
            text=True,
            encoding="utf-8",
        )
        self.ready = False

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def command(self) -> str:
        """As everybody on this machine can see it."""
        return str(self._process.args)

    def wait_until_ready(self) -> None:
        if self._process.stdout is not None:
            self.ready = bool(self._process.stdout.readline())

    def ask(self, order: dict[str, Any]) -> dict[str, Any] | None:
        if self._process.stdin is None or self._process.stdout is None:
            return None
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except (OSError, ValueError):
            return None
        answer = json.loads(line) if line else None
        return answer if isinstance(answer, dict) else None

    def kill(self) -> None:
        self._process.kill()

    def bury(self) -> None:
        """After the last `ask`; waits for the end of the process, which has been killed or reads its end of input."""
        if self._process.stdin is not None:
            with suppress(OSError):  # it died with something unread
                self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


class Crew:
    """Children that wait for work. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._starting: Child | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"Crew({len(self._idle)} idle)"

    def prepare(self) -> None:
        """Has one ready before the first send, which would wait for it otherwise."""
        with self._lock:
            if self._closed:
                return
            child = self._starting = Child()
        child.wait_until_ready()
        with self._lock:
            self._starting = None
        self.give_back(child)

    def take(self) -> Child:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return Child()

    def give_back(self, child: Child) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(child)
                return
        child.bury()

    def close(self) -> None:
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
            if self._starting is not None:
                self._starting.kill()
        for child in idle:
            child.bury()
