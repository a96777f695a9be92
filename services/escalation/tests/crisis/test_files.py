"""The files people bring: what is right is read, what is wrong is named by its line; scoring from outside."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from feuerwache.escalation.commands import app
from feuerwache.escalation.crisis.csvfile import BadFile, read_counts, read_series
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.imports import FIRST_SOURCE, ROWS_PER_PULSE, import_pulses
from feuerwache.escalation.crisis.score import Row, score

HEAD = "community,start,posts,negative\n"
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "counts.csv"
    path.write_text(text, "utf-8")
    return path


def test_counts_are_read_in_utc(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + "forum,2026-10-17T19:30:00+02:00,74,3\nfacebook,2026-10-17T17:45:00Z,0,0\n")
    first, second = read_counts(path)
    assert (first.community, first.start.hour, first.posts, first.negative) == ("forum", 17, 74, 3)
    assert second.start.minute == 45
    assert read_counts(path, "facebook") == [second]


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        HEAD
        + "forum,2026-10-17T19:30:00+02:00,74,3\n"
        + "forum,2026-10-17T19:45:00,74,3\n"
        + "forum,2026-10-17T19:50:00+02:00,74,3\n"
        + "forum,yesterday,74,3\n"
        + "forum,2026-10-17T20:00:00+02:00,many,3\n"
        + "forum,2026-10-17T20:00:00+02:00,3,74\n"
        + "forum,2026-10-17T20:00:00+02:00\n",
    )
    with pytest.raises(BadFile) as caught:
        read_counts(path)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["3", "4", "5", "6", "7", "8"]
    for line, word in zip(lines, ("zone", "quarter", "ISO 8601", "number", "more than", "fields"), strict=True):
        assert word in line


@pytest.mark.parametrize(
    ("text", "said"), [("start,posts\n", "community, negative"), ("\x00", "column missing"), ("", "column missing")]
)
def test_a_file_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        read_counts(written(tmp_path, text))
    with pytest.raises(BadFile, match="cannot be read"):
        read_counts(tmp_path / "missing.csv")


def test_an_import_travels_in_pulses_of_its_own(tmp_path: Path) -> None:
    rows = "".join(
        f"{name},{(BEGIN + timedelta(minutes=15 * n)).isoformat()},5,1\n"
        for n in range(ROWS_PER_PULSE + 1)
        for name in ("morgenrot-forum", "morgenrot-facebook")
    )
    pulses = list(import_pulses(read_counts(written(tmp_path, HEAD + rows)), shards=8))
    assert sum(len(pulse.increments) for pulse in pulses) == 2 * (ROWS_PER_PULSE + 1)
    assert all(pulse.source_partition >= FIRST_SOURCE for pulse in pulses)
    assert all(increment.historic for pulse in pulses for increment in pulse.increments)
    keys = [(pulse.source_partition, pulse.sequence) for pulse in pulses]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("spacing", [timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1)])
def test_a_burst_in_a_series_is_found_at_any_spacing(spacing: timedelta) -> None:
    random = Random(3)
    steps = int(timedelta(days=14) / spacing)
    mean = 40 * (spacing / timedelta(minutes=15))
    values = [max(0, round(random.gauss(mean, mean**0.5))) for _ in range(steps)]
    fire = steps - steps // 10
    length = max(1, int(timedelta(hours=1) / spacing))
    values[fire : fire + length] = [value * 6 for value in values[fire : fire + length]]
    scored = list(score([Row(BEGIN + n * spacing, value) for n, value in enumerate(values)], Sensitivity()))
    raised = [n for n, each in enumerate(scored) if each.alarm]
    assert raised and fire <= raised[0] < fire + length
    assert len(raised) <= 3
    assert max(range(steps), key=lambda n: scored[n].score) in range(fire, fire + length + 2)


def restless(steps: int, spacing: timedelta, seed: int = 4) -> list[Row]:
    """With a burst every other day, so that there are alarms to compare."""
    random = Random(seed)
    values = [
        random.randint(5, 20) * (60 if n * spacing % timedelta(days=2) < timedelta(hours=1) else 1)
        for n in range(steps)
    ]
    return [Row(BEGIN + n * spacing, value) for n, value in enumerate(values)]


@pytest.mark.parametrize("end", [1, 2, 20, 900])
def test_scoring_looks_at_nothing_that_comes_later(end: int) -> None:
    """Nor at the spacing of what comes later: the second half has another one."""
    rows = restless(1500, timedelta(minutes=5))
    later = rows[-1].at
    rows += [Row(later + (n + 1) * timedelta(hours=1), 50) for n in range(2000)]
    whole = [(each.score, each.alarm) for each in score(rows, Sensitivity())]
    assert [(each.score, each.alarm) for each in score(rows[:end], Sensitivity())] == whole[:end]
    assert any(alarm for _, alarm in whole[:900])


def test_rows_that_are_missing_or_come_twice_stop_nothing() -> None:
    random = Random(5)
    rows = [row for row in restless(2000, timedelta(minutes=5)) for _ in range(random.choice((0, 1, 1, 1, 1, 2)))]
    assert len([each for each in score(rows, Sensitivity()) if each.alarm]) <= 6
    assert [each.alarm for each in score([], Sensitivity())] == []


def test_the_score_command_writes_what_its_readers_expect(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("timestamp,value\n2015-02-26 21:42:53,104\n2015-02-26 21:47:53,100\n", "utf-8")
    result = CliRunner().invoke(app, ["crisis", "score", str(path)])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:2] == ["timestamp,value,score,alarm", "2015-02-26 21:42:53,104,0.0,0"]
    as_json = CliRunner().invoke(app, ["crisis", "score", str(path), "--json"])
    assert json.loads(as_json.stdout)[1] == {"timestamp": "2015-02-26 21:47:53", "value": 100, "score": 0.0, "alarm": 0}
    path.write_text("timestamp,value\n2015-02-26 21:42:53,104\n2015-02-26 21:40:00,-1\n", "utf-8")
    failed = CliRunner().invoke(app, ["crisis", "score", str(path)])
    assert failed.exit_code == 1
    assert ":3: timestamp" in failed.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("yesterday,3", "timestamp: 'yesterday' is no ISO 8601 time"),
        ("2015-02-26 21:47:53,many", "value: 'many' is no number"),
        ("2015-02-26 21:47:53,-1", "value: '-1' is not 0 or more"),
        ("2015-02-26 21:47:53,nan", "value: 'nan' is not 0 or more"),
        ("2015-02-26 21:47:53", "has not as many fields"),
        ("2015-02-26 20:00:00,3", "timestamp: '2015-02-26 20:00:00' is before the one above"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_field(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "series.csv"
    path.write_text(f"timestamp,value\n2015-02-26 21:42:53,104\n{line}\n2015-02-26 21:52:53,3\n", "utf-8")
    result = CliRunner().invoke(app, ["crisis", "score", str(path)])
    assert result.exit_code == 1
    assert f"{path}:3: {said}" in result.stderr
    assert result.stdout == ""


def test_a_misspelt_community_is_told_before_anything_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Path(__file__).parents[4] / "config"
    monkeypatch.setenv("FEUERWACHE_CONFIG_DIR", str(config))
    path = written(tmp_path, HEAD + "morgenrot-forun,2026-10-17T19:30:00+02:00,74,3\n")
    result = CliRunner().invoke(app, ["baseline", "import", str(path)])
    assert result.exit_code == 1
    assert "morgenrot-forun" in result.stderr


def test_timestamps_keep_the_way_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("timestamp,value\n2026-01-01T00:00:00+01:00,1.5\n", "utf-8")
    (row,) = read_series(path)
    assert (row.text, row.value) == ("2026-01-01T00:00:00+01:00", 1.5)
