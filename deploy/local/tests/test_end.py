"""Everything ends with whoever started it, however that went."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from feuerwache.local.group import ProcessGroup

#: Starts a group with two children, one of which ignores SIGTERM and has a child itself; prints all process ids.
PARENT = """
import sys, time
from pathlib import Path
from feuerwache.local.group import ProcessGroup

STUBBORN = '''
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
'''
with ProcessGroup() as group:
    log = Path(sys.argv[1])
    stubborn = group.spawn("stubborn", [sys.executable, "-c", STUBBORN], log)
    meek = group.spawn("meek", ["sleep", "600"], log)
    while not log.read_text().endswith("\\n"):
        time.sleep(0.02)
    print(stubborn.pid, meek.pid, group.guardian_pid, log.read_text().strip(), flush=True)
    sys.stdin.read()
"""
SECONDS = 15.0


def wait_for(condition: Callable[[], bool], seconds: float = SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_child_outlives_a_parent_that_was_killed(tmp_path: Path, how: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 4
        assert all(runs(pid) for pid in pids)
        parent.send_signal(how)
        parent.wait(SECONDS)
        assert wait_for(lambda: not any(runs(pid) for pid in pids)), [pid for pid in pids if runs(pid)]


def test_leaving_the_group_ends_what_is_in_it(tmp_path: Path) -> None:
    with ProcessGroup() as group:
        child = group.spawn("sleeper", ["sleep", "600"], tmp_path / "log")
        assert os.getpgid(child.pid) == group.guardian_pid != os.getpgid(0)
    assert wait_for(lambda: child.exit_code() is not None)
    assert child.exit_code() == -signal.SIGTERM
