"""The figures a model card gives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


def f1(truth: Bools, said: Bools) -> float:
    """Of the positive class; 0.0 when it occurs in neither."""
    both = int(np.sum(truth & said))
    all_positives = int(np.sum(truth)) + int(np.sum(said))
    return 2 * both / all_positives if all_positives else 0.0


def macro_f1(truth: Bools, said: Bools) -> float:
    """The mean F1 of yes and of no."""
    return (f1(truth, said) + f1(~truth, ~said)) / 2


def share(values: Bools) -> float:
    return float(np.mean(values)) if len(values) else 0.0
