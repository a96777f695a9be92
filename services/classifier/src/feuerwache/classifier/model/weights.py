"""The learnt part of the model as it lies in a file: one row of weights per head, and what turns scores to chances.

The file is one line of JSON (names, calibration, digest of the arrays) followed by raw little-endian float16: nothing
in it depends on when or where it was written, so the same training gives the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from feuerwache.classifier.model.ngrams import BUCKETS

FORMAT = 1
Halves = NDArray[np.float16]


class BadWeights(ValueError):  # noqa: N818 - says what it is about, as InvalidRecord does
    """The file is no weights file, or has been damaged."""


@dataclass(frozen=True, slots=True)
class Head:
    """One label in one language. chance = sigmoid(slope · (score + bias) + offset), Platt's calibration."""

    language: str
    label: str
    bias: float
    slope: float
    offset: float


@dataclass(frozen=True, slots=True)
class Weights:
    """`table[b]` holds the weight of bucket b for every head and, last, the square of its idf: what it adds to the
    length by which a post's score is divided. `mood` are the coefficients of `mood.py`. `version` names the bytes.
    """

    heads: tuple[Head, ...]
    mood: tuple[float, ...]
    table: Halves
    version: str

    def of(self, language: str, label: str) -> int | None:
        """The number of a head, None when there is none."""
        wanted = (language, label)
        return next((n for n, head in enumerate(self.heads) if (head.language, head.label) == wanted), None)


def pack(heads: tuple[Head, ...], mood: tuple[float, ...], table: Halves) -> bytes:
    """The bytes of a weights file."""
    raw = np.ascontiguousarray(table, dtype="<f2").tobytes()
    head = {
        "format": FORMAT,
        "heads": [[h.language, h.label, round(h.bias, 6), round(h.slope, 6), round(h.offset, 6)] for h in heads],
        "mood": [round(value, 6) for value in mood],
        "sha256": sha256(raw).hexdigest(),
    }
    return json.dumps(head, sort_keys=True).encode() + b"\n" + raw


def unpack(packed: bytes) -> Weights:
    """Raises `BadWeights`."""
    line, newline, raw = packed.partition(b"\n")
    try:
        head = json.loads(line)
        heads = tuple(Head(*each) for each in head["heads"])
        if head["format"] != FORMAT or not newline or sha256(raw).hexdigest() != head["sha256"]:
            raise BadWeights("the weights file is of another format, or damaged")
        table = np.frombuffer(raw, dtype="<f2").reshape(BUCKETS, len(heads) + 1)
        return Weights(heads, tuple(head["mood"]), table, sha256(packed).hexdigest()[:12])
    except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadWeights(f"not a weights file: {error!r}") from error


#: Where the weights that come with the package lie.
SHIPPED = Path(__file__).parent.parent / "weights" / "feuerwache.weights"


def load(path: Path = SHIPPED) -> Weights:
    """Raises `BadWeights`, `OSError`."""
    return unpack(path.read_bytes())
