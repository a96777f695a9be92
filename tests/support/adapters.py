"""What the tests of all adapters share: their samples, and documents that are nearly what a platform sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import pytest

from feuerwache.ingest.adapters.adapter import AdapterKind, Delivery, Secrets, Webhook
from feuerwache.ingest.adapters.registry import kinds, load, place
from feuerwache.ingest.adapters.sample import Sample, read_sample, samples

#: What may stand where a platform sends something else.
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**30,
    1.5,
    float("inf"),
    "",
    "\x00",
    "nonsense",
    "9" * 400,
    [],
    [None],
    ["x"],
    [[]],
    [{}],
    {},
    {"id": {}},
)


def built() -> list[str]:
    """The adapters whose module is there."""
    return [kind for kind in kinds() if find_spec(place(kind).partition(":")[0]) is not None]


def cases(way: str | None = None) -> list[Any]:
    """Every sample of every adapter, as parameters `kind, path`."""
    return [
        pytest.param(kind, path, id=f"{kind}-{path.stem}")
        for kind in built()
        if way is None or load(kind).profile.way == way
        for path in samples(kind)
    ]


def signed() -> list[Any]:
    """The samples of calls that prove whose they are and are believed."""
    found = []
    for case in cases("webhook"):
        path = cast(Path, case.values[1])
        sample = read_sample(path)
        if proof_of(sample) is not None and sample.expect.refused is None and sample.expect.challenged is None:
            found.append(case)
    return found


def proof_of(sample: Sample) -> str | None:
    """The lower-case name of the header that proves it; None when there is none."""
    headers = sample.request.headers if sample.request is not None else {}
    marks = ("{hmac", "{secret:", "{standard:")
    return next((name.lower() for name, value in headers.items() if any(mark in value for mark in marks)), None)


def webhook(kind: AdapterKind[Any], sample: Sample) -> Webhook:
    """The adapter as the sample sets it."""
    return cast(Webhook, kind.make(kind.settings.model_validate(sample.settings)))


def without(delivery: Delivery, header: str) -> Delivery:
    return replace(delivery, headers={name: value for name, value in delivery.headers.items() if name != header})


def with_header(delivery: Delivery, header: str, value: str) -> Delivery:
    return replace(delivery, headers={**delivery.headers, header: value})


def changed(secrets: Secrets) -> Secrets:
    """Other secrets of the same names."""
    return {name: tuple(another(each) for each in values) for name, values in secrets.items()}


def while_changing(secrets: Secrets) -> Secrets:
    """The same ones, second to new ones."""
    return {name: (another(values[0]), *values) for name, values in secrets.items()}


def another(secret: bytes) -> bytes:
    """A secret of the same kind: `whsec_` is followed by base64."""
    return b"whsec_QUJDREVG" + secret[6:] if secret.startswith(b"whsec_") else b"another-" + secret


def near(document: Any, odd: tuple[Any, ...] = ODD) -> Iterator[bytes]:
    """The document with each of its nodes, in turn, gone or replaced by something odd, as JSON."""
    for path in _paths(document):
        for value in odd:
            yield _dumped(_put(deepcopy(document), path, value))
        if path:
            yield _dumped(_gone(deepcopy(document), path))


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _paths(value, (*path, key))
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from _paths(value, (*path, at))


def _put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    node = document
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    return document


def _gone(document: Any, path: tuple[Any, ...]) -> Any:
    node = document
    for part in path[:-1]:
        node = node[part]
    del node[path[-1]]
    return document


def _dumped(document: Any) -> bytes:
    """`1e400` is JSON, and reads as infinity."""
    return json.dumps(document, ensure_ascii=False).replace("Infinity", "1e400").encode()
