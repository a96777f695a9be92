"""Ingest as a process of its own to be fuzzed, with a hook of every kind, and random messages for its gRPC."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, cast
from urllib.parse import urlencode

import psutil
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.ingest.adapters.sample import Sample, read_sample
from support.adapters import near, signed
from support.ingest import TOPICS, environment_of, make_settings
from support.submissions import COMMUNITY

#: Stands in texts of the random messages, and in no log.
CANARY = "fuzz-canary-7f3a"
WORDS = (
    CANARY,
    "",
    "1",
    "forum",
    "2026-11-14T20:59:00Z",
    "x" * 5_000,
    "\x00",
    "\ud7ff",
    "a\r\nb",
    "../../etc",
    "💥" * 50,
)


@dataclass(frozen=True)
class Target:
    """A process under test. `hooks`: integration → the sample whose settings and secrets it has."""

    http: str
    grpc: str
    pid: int
    log: Path
    hooks: dict[str, Sample]

    def resident(self) -> int:
        return int(psutil.Process(self.pid).memory_info().rss)


def hook_samples() -> dict[str, Sample]:
    """One signed sample of each adapter that is called, by the integration that is set up for it."""
    found: dict[str, Sample] = {}
    for case in signed():
        kind, path = case.values
        found.setdefault(f"hook-{kind}", read_sample(cast(Path, path)))
    return found


@contextmanager
def target(folder: Path, bootstrap: str, redis_url: str, prefix: str) -> Iterator[Target]:
    """The process, listening; told to stop, and checked for an orderly end, afterwards."""
    settings = make_settings(folder, bootstrap, redis_url, prefix)
    hooks, secrets = hook_samples(), dict[str, str]()
    file = folder / "integrations.yaml"
    known = file.read_text()
    for name, sample in hooks.items():
        sources = {}
        for secret, (value, *_) in sample.values.items():
            variable = f"{name}_{secret}".upper().replace("-", "_")
            secrets[variable] = value.decode()
            sources[secret] = [{"env": variable}]
        kind = name.removeprefix("hook-")
        adapter = {"kind": kind, "settings": {**dict(sample.settings), "places": {}}, "secrets": sources}
        one = {"id": name, "platform": kind, "communities": [COMMUNITY], "adapter": adapter}
        known += f"  - {json.dumps(one)}\n"
    file.write_text(known)
    asyncio.run(ensure_topics(settings, TOPICS))
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "feuerwache.ingest"],
            env={**os.environ, **environment_of(settings), **secrets},
            stdout=output,
            stderr=output,
        )
    try:
        assert settings.ports_file is not None
        end = monotonic() + 60
        while not settings.ports_file.exists():
            assert process.poll() is None, log.read_text()[-2000:]
            assert monotonic() < end, "it does not listen"
            with_pause(process)
        ports = json.loads(settings.ports_file.read_text())
        yield Target(f"http://127.0.0.1:{ports['http']}", f"127.0.0.1:{ports['grpc']}", process.pid, log, hooks)
        process.terminate()
        assert process.wait(30) == 0, "it ends in order"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)


def with_pause(process: subprocess.Popen[bytes]) -> None:
    """Waits a moment, or for the end of the process."""
    with suppress(subprocess.TimeoutExpired):  # it lives, which is what it should do
        process.wait(0.05)


@dataclass(frozen=True)
class Call:
    """A call of a platform whose signature is right and whose body is nearly right."""

    path: str
    method: str
    headers: dict[str, str]
    body: bytes


class Calls:
    def __init__(self, hooks: dict[str, Sample], chance: random.Random) -> None:
        self._bodies: dict[str, list[Any]] = {}
        self._hooks = hooks
        self._chance = chance

    def one(self) -> Call:
        name = self._chance.choice(sorted(self._hooks))
        sample = self._hooks[name]
        assert sample.request is not None
        if name not in self._bodies:
            self._bodies[name] = [json.loads(body) for body in near(sample.request.body)]
        body = self._chance.choice(self._bodies[name])
        changed = sample.model_copy(update={"request": sample.request.model_copy(update={"body": body})})
        call = changed.delivery()
        query = f"?{urlencode(call.query)}" if call.query else ""
        return Call(f"/v1/hooks/{name}{query}", call.method, dict(call.headers), call.body)


def message(kind: type[Message], chance: random.Random, depth: int = 0) -> Message:
    """A message with random fields, more of them near the top."""
    found = kind()
    fill(found, found.DESCRIPTOR, chance, depth)
    return found


def fill(found: Message, descriptor: Any, chance: random.Random, depth: int) -> None:
    for field in descriptor.fields:
        if chance.random() < 0.3 + 0.1 * depth:
            continue
        count = chance.choice((0, 1, 1, 2, 5)) if field.is_repeated else 1
        for _ in range(count):
            _set(found, field, chance, depth)


def _set(found: Message, field: Any, chance: random.Random, depth: int) -> None:
    here = getattr(found, field.name)
    if field.message_type is not None:
        if depth < 6:
            inner = here.add() if field.is_repeated else here
            inner.SetInParent()
            fill(inner, field.message_type, chance, depth + 1)
        return
    value = _value(field, chance)
    if field.is_repeated:
        here.append(value)
    else:
        setattr(found, field.name, value)


def _value(field: Any, chance: random.Random) -> Any:
    kinds: dict[int, Sequence[Any]] = {
        FieldDescriptor.CPPTYPE_STRING: WORDS,
        FieldDescriptor.CPPTYPE_BOOL: (True, False),
        FieldDescriptor.CPPTYPE_DOUBLE: (0.0, -1.0, 1e308, float("inf"), float("nan")),
        FieldDescriptor.CPPTYPE_FLOAT: (0.0, -1.0, 1e38, float("inf"), float("nan")),
        FieldDescriptor.CPPTYPE_INT32: (0, 1, -1, 2**31 - 1, -(2**31)),
        FieldDescriptor.CPPTYPE_INT64: (0, 1, -1, 2**63 - 1, -(2**63), 1_794_690_000),
        FieldDescriptor.CPPTYPE_UINT32: (0, 1, 2**32 - 1),
        FieldDescriptor.CPPTYPE_UINT64: (0, 1, 2**64 - 1),
        FieldDescriptor.CPPTYPE_ENUM: (0, 1, 2, 99),
    }
    word = chance.choice(kinds[field.cpp_type])
    return word.encode() if field.type == FieldDescriptor.TYPE_BYTES else word
