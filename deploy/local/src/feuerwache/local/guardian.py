"""Ends a process group when the process that started it is gone, however it went.

Started by `group.ProcessGroup` as the leader of a new process group, with a pipe from its parent as standard input.
Nothing is ever written to that pipe: it ends when the parent ends, also by kill -9. Then everything in the group is
asked to stop, and killed after a grace time. Runs with `python -I -S` on the standard library alone, to stay small.
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 5.0
POLL_SECONDS = 0.05


def main() -> None:
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    while os.read(sys.stdin.fileno(), 1):
        pass
    group = os.getpgrp()
    if os.fork():
        os._exit(0)
    os.setsid()  # out of the group, so that an empty group can be told from one that still runs
    end(group)


def end(group: int) -> None:
    """SIGTERM to the group, SIGKILL to what is left of it after the grace time."""
    deadline = time.monotonic() + GRACE_SECONDS
    try:
        os.killpg(group, signal.SIGTERM)
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(POLL_SECONDS)
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # nobody left (macOS says EPERM when only zombies are)


if __name__ == "__main__":
    main()
