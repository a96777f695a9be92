"""`feuerwache classify` and `feuerwache classifier`."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from feuerwache.classifier.commands import app

RUN = CliRunner()


def test_one_object_per_line_in_the_same_order() -> None:
    lines = [
        "Was für ein Saftladen, ihr Vollidioten!",
        "",
        '{"id": 7, "text": "Guten Morgen zusammen!"}',
        "{kein JSON}",
    ]
    result = RUN.invoke(app, ["classify", "-"], input="\n".join(lines) + "\n")
    assert result.exit_code == 0, result.output
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(said) == len(lines)
    assert said[0]["flagged"]
    assert said[0]["labels"]["insult"] > 0.8
    assert said[0]["language"] == "de"
    span = said[0]["why"][0]
    assert lines[0][span["start"] : span["end"]] == span["text"]
    assert (said[2]["id"], said[2]["flagged"]) == (7, False)


def test_a_json_line_without_text_is_an_error() -> None:
    result = RUN.invoke(app, ["classify"], input='{"texts": 1}\n')
    assert result.exit_code == 2
    assert "line 1" in result.stderr


def test_watchlists_are_used_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "a.yaml").write_text("{id: a, title: {de: A}, category: c, terms: [rückruf]}", "utf-8")
    result = RUN.invoke(app, ["classify", "--config", str(tmp_path)], input="Rückruf?\n")
    assert json.loads(result.stdout)["watchlists"][0]["watchlist"] == "a"


def test_broken_watchlists_are_told(tmp_path: Path) -> None:
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "a.yaml").write_text("{id: a}", "utf-8")
    result = RUN.invoke(app, ["classify", "--config", str(tmp_path)], input="Rückruf?\n")
    assert result.exit_code == 1
    assert "a.yaml:1" in result.stderr


def test_judged_by_ones_own_posts(tmp_path: Path) -> None:
    posts = tmp_path / "posts.jsonl"
    posts.write_text(
        '{"text": "Du Vollidiot!", "labels": {"insult": true}}\n'
        '{"text": "Guten Morgen", "labels": {"insult": false}}\n',
        "utf-8",
    )
    result = RUN.invoke(app, ["classifier", "evaluate", str(posts), "--json"])
    assert json.loads(result.stdout) == {"insult": {"posts": 2, "precision": 1.0, "recall": 1.0}}


def test_training_without_the_sets_says_which_is_missing(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["classifier", "train", "--data", str(tmp_path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "a set is missing" in result.stderr
    assert not (tmp_path / "out").exists()
