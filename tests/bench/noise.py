"""The noise of ordinary days, measured: the numbers that `crisis/scenarios/noise.py` carries.

    python -m bench.noise DIR [--generated]

DIR holds the tweet series of the Numenta Anomaly Benchmark and `windows.json`.

For each series outside its labelled windows: logarithms of the counts of five minutes against a profile (trimmed mean
by half hour and weekend, smoothed over half an hour). `sd` is robust (1.48 median absolute deviation), correlations are
taken of residuals cut at 3 sd. The parts (day, slow, fast) follow from the correlations at 5, 15, 60 and 360 minutes
and a day as a sum of two exponentials on a constant; what they leave over is the counts' own (Poisson) noise. A spike
is a quarter hour above so many times the median of the two hours before, and four Poisson deviations; `tail` is Hill's
estimate of the exponent of the largest hundredth of the ratios.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log, sqrt
from pathlib import Path
from random import Random
from statistics import fmean, median

from rich.console import Console

from feuerwache.escalation.crisis.scenarios.noise import CALM, RESTLESS, Gusts, poisson

ROW_MINUTES, ROWS_PER_WEEK = 5, 2016
LAGS = {5: 1, 15: 3, 60: 12, 360: 72, 1440: 288}
SPIKES = (1.5, 2.0, 3.0, 5.0)


@dataclass(frozen=True, slots=True)
class Series:
    """Counts of five minutes; `quiet` is False where something is labelled."""

    name: str
    times: Sequence[datetime]
    counts: Sequence[float]
    quiet: Sequence[bool]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.noise", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--generated", action="store_true", help="measure the generator's own ordinary weeks as well")
    arguments = parser.parse_args()
    console = Console(width=200)
    windows = json.loads((arguments.directory / "windows.json").read_text("utf-8"))
    series = [read(arguments.directory / name, spans) for name, spans in windows.items()]
    if arguments.generated:
        series += [generated(share, per_row) for share in (0.0, 0.5, 1.0) for per_row in (13.0, 50.0)]
    for each in series:
        console.print(measured(each), highlight=False)


def read(path: Path, spans: Sequence[Sequence[str]]) -> Series:
    with path.open(encoding="utf-8") as file:
        rows = [(datetime.fromisoformat(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
    labelled = [tuple(datetime.fromisoformat(end) for end in span) for span in spans]
    quiet = [not any(start <= at <= end for start, end in labelled) for at, _ in rows]
    return Series(path.stem, [at for at, _ in rows], [value for _, value in rows], quiet)


def generated(share: float, per_row: float) -> Series:
    """Eight ordinary weeks of the generator, day and night alike."""
    random, begin = Random(1), datetime(2026, 1, 5)  # noqa: DTZ001 - the series have no zone either
    gusts = Gusts(random, CALM.towards(RESTLESS, share), 1.0)
    counts = [float(sum(poisson(random, per_row / 5 * gusts.next()) for _ in range(5))) for _ in range(8 * 2016)]
    times = [begin + timedelta(minutes=ROW_MINUTES * row) for row in range(len(counts))]
    return Series(f"generated {share} {per_row}", times, counts, [True] * len(counts))


def measured(series: Series) -> str:
    usual = profile(series)
    ratios = [(count + 0.5) / (mean + 0.5) for count, mean in zip(series.counts, usual, strict=True)]
    residuals = [log(ratio) if quiet else None for ratio, quiet in zip(ratios, series.quiet, strict=True)]
    known = [each for each in residuals if each is not None]
    middle = median(known)
    sd = 1.4826 * median(abs(each - middle) for each in known)
    text = f"{series.name}: median per 5 min {median(usual):.1f}; sd {sd:.2f}"
    if sd > 0:
        cut = [None if each is None else max(-3 * sd, min(3 * sd, each - middle)) for each in residuals]
        correlation = {minutes: correlated(cut, lag) for minutes, lag in LAGS.items()}
        told = " ".join(f"{minutes}: {value:.2f}" for minutes, value in correlation.items())
        text += f"; correlation {told}; {parts(correlation, sd)}"
    ordinary = sorted((ratio for ratio, quiet in zip(ratios, series.quiet, strict=True) if quiet), reverse=True)
    count = max(20, len(ordinary) // 100)
    hill = 1 / fmean(log(each / ordinary[count]) for each in ordinary[:count])
    return text + f"; tail {hill:.1f}; {spikes(series)}"


def profile(series: Series) -> list[float]:
    places: dict[tuple[bool, int], list[float]] = {}
    keys = [(at.weekday() >= 5, (at.hour * 60 + at.minute) // 30) for at in series.times]
    for key, count, quiet in zip(keys, series.counts, series.quiet, strict=True):
        if quiet:
            places.setdefault(key, []).append(count)
    means = {key: max(0.5, trimmed(counts)) for key, counts in places.items()}
    rough = [means[key] for key in keys]
    return [fmean(rough[max(0, row - 3) : row + 4]) for row in range(len(rough))]


def trimmed(counts: Sequence[float]) -> float:
    tenth = len(counts) // 10
    return fmean(sorted(counts)[tenth : len(counts) - tenth])


def correlated(residuals: Sequence[float | None], lag: int) -> float:
    pairs = [
        (one, two) for one, two in zip(residuals, residuals[lag:], strict=False) if one is not None and two is not None
    ]
    return fmean(one * two for one, two in pairs) / fmean(each**2 for each in residuals if each is not None)


def parts(correlation: dict[int, float], sd: float) -> str:
    """Day, slow and fast standard deviations and times, from the correlations."""
    day = correlation[1440]
    hour, hours = correlation[60] - day, correlation[360] - day
    slow_minutes = 300 / log(hour / hours) if 0 < hours < hour else 80.0
    slow = hour * exp(60 / slow_minutes) if hour > 0 else 0.0
    five, fifteen = (correlation[lag] - day - slow * exp(-lag / slow_minutes) for lag in (5, 15))
    fast_minutes = 10 / log(five / fifteen) if 0 < fifteen < five else 5.0
    fast = five * exp(5 / fast_minutes) if five > 0 else 0.0
    return (
        f"day {sd * sqrt(max(0, day)):.2f}, slow {sd * sqrt(slow):.2f} in {slow_minutes:.0f} min, "
        f"fast {sd * sqrt(fast):.2f} in {fast_minutes:.0f} min"
    )


def spikes(series: Series) -> str:
    """Spikes per week, by their height; those less than an hour apart are one."""
    sums = [sum(series.counts[row : row + 3]) for row in range(len(series.counts) - 2)]
    found: dict[float, int] = {}
    for factor in SPIKES:
        last, found[factor] = -13, 0
        for row in range(36, len(sums)):
            before = max(6.0, median(sums[row - 27 : row - 3]))
            if series.quiet[row] and sums[row] > max(factor * before, before + 4 * sqrt(before)):
                found[factor] += row - last > 12
                last = row
    weeks = sum(series.quiet) / ROWS_PER_WEEK
    return "spikes per week " + " ".join(f"{factor:g}x: {count / weeks:.1f}" for factor, count in found.items())


if __name__ == "__main__":
    main()
