"""Free ports that are kept: chosen at the first start, the same again after a restart, so addresses stay valid.

They lie below the range systems hand out for outgoing connections (32768 and up on Linux, 49152 on macOS), so that a
port does not vanish between being chosen and being used.
"""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Sequence
from pathlib import Path

HOST = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free for a server
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(taken: Sequence[int] = ()) -> int:
    """A port nobody listens on and that is not in `taken`."""
    while True:
        port = random.randint(LOWEST, HIGHEST)
        if port not in taken and is_free(port):
            return port


def kept(path: Path, names: Sequence[str]) -> dict[str, int]:
    """A port per name, remembered in the JSON file `path`. One that somebody else has taken since is replaced."""
    try:
        remembered: dict[str, int] = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        remembered = {}
    ports: dict[str, int] = {}
    for name in names:
        port = remembered.get(name)
        usable = port is not None and port not in ports.values() and is_free(port)
        ports[name] = port if port is not None and usable else free_port([*ports.values(), *remembered.values()])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(remembered | ports), "utf-8")
    return ports
