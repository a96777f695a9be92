"""Without a broker: exported posts judged anew, by rules from a directory or a folder; what cannot be used is told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from feuerwache.common.config.source import ConfigError
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import DecisionMade
from feuerwache.escalation.rules.commands import app
from feuerwache.escalation.rules.replay.change import Change
from feuerwache.escalation.rules.replay.file import BadFile
from feuerwache.escalation.rules.replay.file import written as line
from feuerwache.escalation.rules.replay.replaying import UnknownCommunity
from feuerwache.escalation.rules.replay.span import Span
from feuerwache.escalation.rules.replay.tape import NothingPassed
from feuerwache.escalation.rules.settings import RulesSettings
from support.replays import configuration, past, tried
from support.rules import NOW, deleted, reported, written


def exported(path: Path, events: Iterable[Event[Any]], *more: str) -> Path:
    path.write_text("".join(f"{each}\n" for each in (*map(line, events), *more)))
    return path


def figures(change: Change) -> dict[str, Any]:
    """Everything but how long it took and by how many."""
    return change.model_dump(exclude={"seconds", "processes", "assumptions"})


@pytest.fixture
def settings(tmp_path: Path) -> RulesSettings:
    return RulesSettings(config_dir=configuration(tmp_path / "present"))


def test_a_changed_threshold_and_the_same_rules(settings: RulesSettings, tmp_path: Path) -> None:
    file = exported(tmp_path / "posts.jsonl", past(100))
    change = tried(settings, configuration(tmp_path / "lower", insult="0.6"), path=file)
    assert (change.posts, change.changed, change.stricter) == (100, 10, 10)
    assert {rule.rule: rule.newly_hit for rule in change.rules if rule.newly_hit} == {"insult": 10, "repeated": 6}
    assert tried(settings, settings.config_dir, path=file).quiet


def test_a_folder_of_rules_takes_the_place_of_the_set(settings: RulesSettings, tmp_path: Path) -> None:
    file = exported(tmp_path / "posts.jsonl", past(50))
    whole = configuration(tmp_path / "lower", insult="0.6")
    by_directory = tried(settings, whole, path=file)
    by_set = tried(settings, whole / "rules" / "brand-de", path=file)
    by_folder_of_sets = tried(settings, whole / "rules", path=file)
    (whole / "rules" / "brand-de").rename(whole / "rules" / "another-name")
    by_another_name = tried(settings, whole / "rules" / "another-name", path=file)
    assert figures(by_directory)["changed"] == 5
    for change in (by_set, by_folder_of_sets, by_another_name):
        assert figures(change) | {"candidate": ""} == figures(by_directory) | {"candidate": ""}


def test_how_many_processes_there_are_changes_no_figure(settings: RulesSettings, tmp_path: Path) -> None:
    communities = settings.config_dir / "communities.yaml"
    before, _, after = communities.read_text().partition("brand: morgenrot\n")
    text = f"{before}brand: abendrot\n{after}"
    communities.write_text(text)
    lower = configuration(tmp_path / "lower", insult="0.6")
    (lower / "communities.yaml").write_text(text)
    forum = past(100, begin=100, community="morgenrot-forum")
    file = exported(tmp_path / "posts.jsonl", [event for pair in zip(past(100), forum, strict=True) for event in pair])
    one, two = (tried(settings, lower, path=file, processes=processes) for processes in (1, 2))
    assert (one.processes, two.processes) == (1, 2)
    assert one.changed == 20
    assert figures(one) == figures(two)


def test_what_comes_before_the_span_only_warms_up(settings: RulesSettings, tmp_path: Path) -> None:
    file = exported(tmp_path / "posts.jsonl", past(100))
    since = NOW + timedelta(minutes=50)
    lower = configuration(tmp_path / "lower", insult="0.6")
    warm = tried(settings, lower, path=file, span=Span(since))
    (hello,) = [rule for rule in warm.rules if rule.rule == "hello"]
    assert (warm.posts, hello.after) == (50, 0)
    assert next(each for each in warm.assumptions if each.what == "warmed").detail["posts"] == 50
    cold = tried(settings, lower, path=file, span=Span(since, warm_up=timedelta(0)))
    (hello,) = [rule for rule in cold.rules if rule.rule == "hello"]
    assert (cold.posts, hello.after) == (50, 20)
    assert "cold" in {each.what for each in cold.assumptions}


def test_decisions_in_the_file_are_what_is_compared_with(settings: RulesSettings, tmp_path: Path) -> None:
    """What was really decided counts, not what the present rules would say."""
    events = past(20)
    decisions = [decision_on(event, "approve") for event in events]
    file = exported(tmp_path / "posts.jsonl", [*events, *decisions])
    change = tried(settings, settings.config_dir, path=file)
    assert change.recorded
    assert (change.posts, change.compared) == (20, 20)
    approve = next(each for each in change.actions if each.action == "approve")
    assert (approve.before, approve.after) == (20, 0)  # everybody writes for the first time and is welcomed, or worse
    undecided = tried(settings, settings.config_dir, path=exported(tmp_path / "u.jsonl", [*events, *decisions[:15]]))
    assert (undecided.compared, undecided.undecided) == (15, 5)


def decision_on(event: Event[Any], action: str) -> Event[Payload]:
    received = event.data.received
    made = DecisionMade.model_validate(
        {
            "ref": received.ref,
            "author_id": received.author_id,
            "revision": 0,
            "cause": "post",
            "cause_id": event.data.cause_id,
            "action": action,
            "actions": [action],
            "decided_at": event.time,
            "model_version": "test",
            "config_hash": "then",
        }
    )
    return Event(event.id, "/test", event.time, made)


def test_historic_posts_and_canaries_are_judged_and_not_compared(settings: RulesSettings, tmp_path: Path) -> None:
    old = [written(f"h{n}", author="a3", labels={"insult": 0.7}, historic=True) for n in range(3)]
    drill = written("canary", author="c", labels={"insult": 0.7}, canary=True)
    file = exported(tmp_path / "posts.jsonl", [*old, drill, *past(4)])
    change = tried(settings, configuration(tmp_path / "lower", insult="0.6"), path=file)
    assert (change.posts, change.changed) == (4, 1)
    assert {
        each.what: each.detail.get("count") for each in change.assumptions if each.what in ("historic", "canary")
    } == {
        "historic": 3,
        "canary": 1,
    }


def test_reports_lead_to_reviews_on_both_sides(settings: RulesSettings, tmp_path: Path) -> None:
    """Under the lower threshold the post is hidden before anybody reports it: then no report asks for a review."""
    reports = [
        reported("p3", f"r{n}", author="a3", reporter=f"u{n}", reason="threat", at=NOW + timedelta(hours=n + 1))
        for n in range(4)
    ]
    file = exported(tmp_path / "posts.jsonl", [*past(5), *reports, deleted("p4", author="a4")])
    change = tried(settings, configuration(tmp_path / "lower", insult="0.6"), path=file)
    assert (change.reports_before, change.reports_after) == (1, 0)


def test_bad_lines_and_unknown_communities_are_counted_with_their_reason(
    settings: RulesSettings, tmp_path: Path
) -> None:
    stranger = written("x1", community="unheard-of")
    file = exported(tmp_path / "posts.jsonl", [*past(3), stranger], "{no json", '{"a": 1}')
    change = tried(settings, settings.config_dir, path=file)
    assert change.posts == 3
    assert sum(change.refused.values()) == 3
    assert any("communities.yaml" in reason for reason in change.refused)
    assert any("is no JSON" in reason for reason in change.refused)


def test_a_broken_candidate_is_told_with_file_and_line(settings: RulesSettings, tmp_path: Path) -> None:
    file = exported(tmp_path / "posts.jsonl", past(3))
    broken = configuration(tmp_path / "broken")
    (broken / "rules" / "brand-de" / "10-rules.yaml").write_text(
        "- id: one\n  title: {de: A, en: A}\n  when: labels.thread >= 0.5\n  then: [hold]\n"
        "- id: two\n  title: {de: B, en: B}\n  when: labels.threat >= (0.5\n  then: [hold]\n"
    )
    with pytest.raises(ConfigError) as caught:
        tried(settings, broken, path=file)
    lines = {(Path(each.file).name, each.line) for each in caught.value.problems}
    assert lines == {("10-rules.yaml", 3), ("10-rules.yaml", 7)}
    ran = CliRunner().invoke(app, ["replay", "--from", str(file), "--with", str(broken), "--json"])
    assert ran.exit_code == 1
    assert len(json.loads(ran.stdout)["problems"]) == 2


def test_what_cannot_be_replayed_is_said(settings: RulesSettings, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        tried(settings, settings.config_dir, path=tmp_path / "missing.jsonl")
    with pytest.raises(BadFile, match="holds no classified posts"):
        tried(settings, settings.config_dir, path=exported(tmp_path / "empty.jsonl", []))
    file = exported(tmp_path / "posts.jsonl", past(3))
    with pytest.raises(UnknownCommunity, match="did you mean 'morgenrot-forum'"):
        tried(settings, settings.config_dir, path=file, communities=("morgenrot-forun",))
    with pytest.raises(NothingPassed, match="no post of morgenrot-forum"):
        tried(settings, settings.config_dir, path=file, communities=("morgenrot-forum",))
    with pytest.raises(ConfigError, match="there is no such folder"):
        tried(settings, tmp_path / "nowhere", path=file)
    with pytest.raises(ConfigError, match=r"neither communities\.yaml nor rules"):
        (tmp_path / "bare").mkdir()
        tried(settings, tmp_path / "bare", path=file)


def test_pseudonymous_authors_are_hashes_the_others_are_named(settings: RulesSettings, tmp_path: Path) -> None:
    file = exported(tmp_path / "posts.jsonl", past(10))
    lower = configuration(tmp_path / "lower", insult="0.6")
    assert [each.author for each in tried(settings, lower, path=file).authors] == ["a3"]
    communities = lower / "communities.yaml"
    communities.write_text(communities.read_text().replace("    rules:", "    authors: pseudonymous\n    rules:"))
    (author,) = tried(settings, lower, path=file).authors
    assert author.author.startswith("#") and "a3" not in author.author


def test_the_command_prints_json_a_page_and_stops_a_pipeline(
    settings: RulesSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEUERWACHE_CONFIG_DIR", str(settings.config_dir))
    file = exported(tmp_path / "posts.jsonl", past(20))
    lower = str(configuration(tmp_path / "lower", insult="0.6"))
    base = ["replay", "--from", str(file), "--with", lower]
    page = tmp_path / "change.html"
    ran = CliRunner().invoke(app, [*base, "--json", "--html", str(page), "--texts"])
    assert ran.exit_code == 0, ran.output
    change = Change.model_validate_json(ran.stdout)
    assert change.changed == 2
    (example,) = next(rule for rule in change.rules if rule.rule == "insult").new_examples[:1]
    assert example.text is not None and example.text not in page.read_text()
    assert "insult" in page.read_text()
    for gate, code in (("hidden>1", 3), ("hidden>2", 0), ("stricter>=2", 3), ("removed>0", 0)):
        ran = CliRunner().invoke(app, [*base, "--fail-on", gate])
        assert ran.exit_code == code, (gate, ran.output)
    ran = CliRunner().invoke(app, [*base, "--fail-on", "removd>1"])
    assert "did you mean" in str(ran.exception)


def test_texts_are_shown_only_where_they_are_asked_for(settings: RulesSettings, tmp_path: Path) -> None:
    file = exported(tmp_path / "posts.jsonl", past(10))
    lower = configuration(tmp_path / "lower", insult="0.6")
    plain = tried(settings, lower, path=file).model_dump_json()
    told = tried(settings, lower, path=file, texts=True)
    (example,) = next(rule for rule in told.rules if rule.rule == "insult").new_examples
    assert example.text is not None
    assert example.text not in plain
