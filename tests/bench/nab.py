"""The volume detector and four others on the tweet series of the Numenta Anomaly Benchmark, each left out once.

`python -m bench.nab DIR`: DIR holds the series, `windows.json` and `score.py` (NAB's rules). Each method has one knob;
it is chosen on the other series (the best mean of both profiles, less 60 per false episode and week) and judged on the
one left out. The table is that of docs/adr/0006; lines `always` are the detector with one knob for all series,
nothing chosen.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan, log
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

from feuerwache.escalation.crisis.csvfile import read_series
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.score import Row, score
from feuerwache.escalation.crisis.season import Season
from feuerwache.escalation.crisis.tails import count_surprise
from feuerwache.escalation.crisis.week import Calendar, quarter_of

APART = 72
SHIPPED = Sensitivity().false_alarms_per_week
Method = Callable[[Sequence[Row], float], list[int]]


@dataclass(frozen=True, slots=True)
class Verdict:
    windows: int
    caught: int
    gain: float
    cost: float
    episodes: int
    weeks: float


def expected(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """(usual, dispersion) of each row of five minutes, from the quarters before it: the detector's own season."""
    season, calendar = Season(), Calendar(ZoneInfo("UTC"))
    usual: list[tuple[float, float]] = []
    filled: dict[int, float] = {}
    for row in rows:
        quarter = quarter_of(row.at)
        if quarter not in filled:
            for index in list(filled):
                counted = Quarter(index, round(filled.pop(index)), 0)
                season.learn(counted, calendar.between_hours(row.at), calendar.hour_of_week(row.at))
            filled[quarter] = 0.0
        usual.append((max(0.2, season.mean(*calendar.between_hours(row.at)) / 3), season.dispersion))
        filled[quarter] += row.value
    return usual


def apart(rows: Sequence[bool]) -> list[int]:
    """The first rows of runs with less than six hours between alarms."""
    found: list[int] = []
    last = -APART
    for place, alarm in enumerate(rows):
        if alarm:
            if place - last > APART:
                found.append(place)
            last = place
    return found


def own_peaks(rows: Sequence[Row], false_alarms: float) -> list[int]:
    return [place for place, each in enumerate(score(rows, Sensitivity(false_alarms))) if each.alarm]


def negative_binomial(rows: Sequence[Row], nats: float) -> list[int]:
    pairs = zip(rows, expected(rows), strict=True)
    return apart([count_surprise(round(row.value), mean, spread) >= nats for row, (mean, spread) in pairs])


def ratio(rows: Sequence[Row], times: float) -> list[int]:
    pairs = zip(rows, expected(rows), strict=True)
    return apart([(row.value + 3) / (mean + 3) >= times for row, (mean, _) in pairs])


def cusum(rows: Sequence[Row], limit: float) -> list[int]:
    """Page 1954, on the logarithm of the ratio less ln 1.5."""
    total, alarms = 0.0, []
    for row, (mean, _) in zip(rows, expected(rows), strict=True):
        total = min(2 * limit, max(0.0, total + log((row.value + 3) / (mean + 3)) - log(1.5)))
        alarms.append(total >= limit)
    return apart(alarms)


def gaussian(rows: Sequence[Row], deviations: float) -> list[int]:
    """The last 2,000 logarithms as a normal distribution: NAB's windowed Gaussian."""
    kept = 2000
    alarms: list[bool] = []
    values: list[float] = []
    total = squares = 0.0
    for row in rows:
        value, count = log(row.value + 3), len(values)
        spread = max(1e-3, squares / count - (total / count) ** 2) ** 0.5 if count else 1.0
        alarms.append(count > 100 and value - total / count >= deviations * spread)
        values.append(value)
        total, squares = total + value, squares + value**2
        if len(values) > kept:
            gone = values.pop(0)
            total, squares = total - gone, squares - gone**2
    return apart(alarms)


METHODS: dict[str, tuple[Method, tuple[float, ...]]] = {
    "own peaks at three scales (shipped)": (own_peaks, (0.1, 0.15, 0.2, 0.25, 0.3)),
    "negative binomial tail, seasonal": (negative_binomial, (6, 9, 12, 16, 22, 30, 40)),
    "fixed ratio to seasonal": (ratio, (3, 4, 6, 8, 12, 20, 30)),
    "CUSUM of the log-ratio": (cusum, (1, 2, 4, 6, 9, 14, 20)),
    "windowed Gaussian of logarithms": (gaussian, (3, 3.5, 4, 4.5, 5, 6, 7)),
}


def judged(rules: ModuleType, rows: Sequence[Row], alarms: Sequence[int], spans: list[list[str]]) -> Verdict:
    times: list[datetime] = [rules.instant(row.text) for row in rows]
    on = set(alarms)
    windows = [(rules.instant(start), rules.instant(end)) for start, end in spans]
    learning, best, first, false = rules.judge(times, [place in on for place in range(len(times))], windows)
    episodes, last = 0, -APART - 1
    for place, _ in false:
        episodes += place - last > APART
        last = place
    gain = sum(-1.0 if isnan(each) else each for each in best.values())
    weeks = (times[-1] - times[learning]).total_seconds() / 604_800
    return Verdict(len(spans), len(first), gain, sum(cost for _, cost in false), episodes, weeks)


def together(verdicts: Sequence[Verdict]) -> tuple[float, float, float]:
    """Standard, low false positives, false episodes per series and week."""
    windows, gain = sum(each.windows for each in verdicts), sum(each.gain for each in verdicts)
    cost = sum(each.cost for each in verdicts)
    standard, low = (100 * (gain + price * cost + windows) / (2 * windows) for price in (0.11, 0.22))
    return standard, low, sum(each.episodes for each in verdicts) / sum(each.weeks for each in verdicts)


def worth(verdicts: Sequence[Verdict]) -> float:
    standard, low, episodes = together(verdicts)
    return (standard + low) / 2 - 60 * episodes


def line(name: str, verdicts: Sequence[Verdict]) -> str:
    standard, low, episodes = together(verdicts)
    caught, windows = sum(each.caught for each in verdicts), sum(each.windows for each in verdicts)
    return f"| {name} | {standard:.1f} | {low:.1f} | {episodes:.2f} | {caught}/{windows} |\n"


def main(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("nab_rules", folder / "score.py")
    assert spec is not None and spec.loader is not None
    rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rules)
    labels = json.loads((folder / "windows.json").read_text())
    series = {name: read_series(folder / name) for name in labels}
    sys.stdout.write("| method | standard | low false positives | false episodes per series-week | windows |\n")
    sys.stdout.write("|---|---|---|---|---|\n")
    for method, (alarms, knobs) in METHODS.items():
        by_knob = {
            knob: {name: judged(rules, rows, alarms(rows, knob), labels[name]) for name, rows in series.items()}
            for knob in knobs
        }
        left_out = []
        for name in series:
            others = {knob: [each for other, each in found.items() if other != name] for knob, found in by_knob.items()}
            left_out.append(by_knob[max(others, key=lambda knob: worth(others[knob]))][name])
        sys.stdout.write(line(method, left_out))
        if alarms is own_peaks:
            for knob in knobs:
                shipped = ", as shipped" if knob == SHIPPED else ""
                sys.stdout.write(line(f"the same, always {knob}{shipped}", list(by_knob[knob].values())))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
