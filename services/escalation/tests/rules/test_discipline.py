"""Progressive discipline: points, steps, fading, pauses; only proposed bans; and what is wrong with a ladder."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.config.community import load_communities
from feuerwache.common.config.source import ConfigError
from feuerwache.common.events.author import JournalEntry
from feuerwache.common.events.decision import Action, DecisionMade, DecisionWithdrawn, Severity, Step
from feuerwache.escalation.rules.author.discipline import Ladder, consequence, discipline_fields, load_ladders
from feuerwache.escalation.rules.house import HouseRules, load_house_rules
from support.journals import entry
from support.rules import CONFIG, Judge, moderated, written

NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LADDERS = load_ladders(CONFIG, load_communities(CONFIG))
NETIQUETTE, SUPPORT, CHILDREN = LADDERS["netiquette"], LADDERS["support"], LADDERS["children"]
SHIPPED = load_house_rules(CONFIG)
INSULT, HATE = {"insult": 0.9}, {"hate": 0.9}


def offence(days_ago: float, points: float, step: str = "warning") -> JournalEntry:
    return entry(1, NOW - days_ago * DAY, ("warn",), points=points, step=step)


def step(ladder: Ladder, *offences: JournalEntry, severity: Severity | None = None) -> tuple[Step, float]:
    told = consequence(ladder, offences, (Action.WARN,), severity, NOW)
    assert told is not None
    return told.discipline.step, told.discipline.points


def test_who_asks_neither_for_a_warning_nor_a_restriction_asks_nothing_of_the_ladder() -> None:
    assert consequence(NETIQUETTE, (), (Action.HOLD, Action.REVIEW), Severity.HIGH, NOW) is None


def test_the_larger_of_action_and_severity_is_what_a_violation_costs() -> None:
    assert NETIQUETTE.cost((Action.WARN,)) == 1
    assert NETIQUETTE.cost((Action.HIDE, Action.WARN)) == 2
    assert NETIQUETTE.cost((Action.WARN,), Severity.CRITICAL) == 4
    assert NETIQUETTE.cost((Action.REMOVE, Action.WARN), Severity.HIGH) == 3
    assert NETIQUETTE.cost((Action.APPROVE,)) == 0


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ((), Step.HINT),
        ((1.0,), Step.WARNING),
        ((1.0, 2.0), Step.RESTRICTION),
        ((1.0,) * 4, Step.RESTRICTION),
        ((3.0, 3.0), Step.RESTRICTION),
        ((3.0, 3.0, 3.0), Step.BAN_PROPOSAL),
    ],
)
def test_the_step_follows_from_the_points_in_force(before: tuple[float, ...], expected: Step) -> None:
    assert step(NETIQUETTE, *(offence(0.1, points) for points in before))[0] == expected


def test_points_fade_by_half_or_are_forgotten_at_once() -> None:
    assert step(NETIQUETTE, offence(30, 4))[1] == 3
    assert step(NETIQUETTE, offence(60, 4))[1] == 2
    assert step(NETIQUETTE, offence(300, 4))[1] == 1
    assert step(SUPPORT, offence(29, 4))[1] == 5
    assert step(SUPPORT, offence(30, 4))[1] == 1
    assert step(CHILDREN, offence(90, 4))[1] == 3
    assert step(CHILDREN, offence(365, 100))[1] == 1


def test_nobody_gets_a_second_step_before_they_could_read_the_first() -> None:
    quick = [offence(minutes / 1440, 3, "hint") for minutes in (50, 40, 30)]
    given, points = step(NETIQUETTE, *quick)
    assert (given, round(points)) == (Step.HINT, 10)
    assert step(NETIQUETTE, *(offence(61 / 1440, 3, "hint") for _ in range(3)))[0] is Step.BAN_PROPOSAL
    assert step(CHILDREN, *quick)[0] is Step.BAN_PROPOSAL, "no pause there"


def test_a_post_that_was_written_before_the_warning_does_not_count_it() -> None:
    assert step(NETIQUETTE, offence(-0.1, 5)) == (Step.HINT, 1)


def test_a_restriction_ends_and_a_running_one_is_never_shortened() -> None:
    told = consequence(NETIQUETTE, [offence(0.5, 3)], (Action.HIDE, Action.WARN), None, NOW)
    assert told is not None
    assert (told.discipline.step, told.discipline.until) == (Step.RESTRICTION, NOW + 24 * HOUR)
    assert told.actions == (Action.HIDE, Action.RESTRICT)
    running = entry(1, NOW - HOUR, ("restrict",), points=3.0, step="restriction", until=NOW + 100 * HOUR)
    again = consequence(NETIQUETTE, [running], (Action.WARN,), None, NOW)
    assert again is not None
    assert again.discipline.until == NOW + 100 * HOUR


def test_a_ban_is_a_review_and_nothing_else_against_the_author() -> None:
    told = consequence(NETIQUETTE, [offence(1, 20)], (Action.HIDE, Action.WARN, Action.RESTRICT), None, NOW)
    assert told is not None
    assert told.discipline.step is Step.BAN_PROPOSAL
    assert told.actions == (Action.HIDE, Action.REVIEW)
    assert told.discipline.until is None


@settings(deadline=None)
@given(
    st.sampled_from(sorted(LADDERS)),
    st.lists(st.tuples(st.floats(0, 500), st.sampled_from((0.0, 1.0, 2.0, 4.0))), max_size=8),
    st.sampled_from((Action.WARN, Action.RESTRICT)),
)
def test_more_violations_never_lead_to_less(name: str, past: list[tuple[float, float]], asked: Action) -> None:
    ladder = replace_pause(LADDERS[name])
    offences = [offence(days, points) for days, points in past]
    told = consequence(ladder, offences, (asked,), None, NOW)
    more = consequence(ladder, [*offences, offence(2, 2)], (asked,), None, NOW)
    assert told is not None
    assert more is not None
    order = list(Step)
    assert more.discipline.points > told.discipline.points
    assert order.index(more.discipline.step) >= order.index(told.discipline.step)
    assert told == consequence(ladder, offences, (asked,), None, NOW)


def replace_pause(ladder: Ladder) -> Ladder:
    return ladder.model_copy(update={"pause_minutes": 0})


def test_the_context_says_where_the_author_stands() -> None:
    offences = [offence(40, 4, "restriction"), offence(30, 2, "warning")]
    assert discipline_fields(NETIQUETTE, offences, NOW) == {
        "points": pytest.approx(2.587, abs=0.001),
        "step": "warning",
    }
    assert discipline_fields(SUPPORT, offences, NOW) == {"points": 0.0, "step": ""}
    assert discipline_fields(None, offences, NOW) == {"points": 0.0, "step": ""}


def house_on(ladder: Ladder | None) -> HouseRules:
    houses = {name: replace(house, ladder=ladder) for name, house in SHIPPED.houses.items()}
    return replace(SHIPPED, houses=houses)


def made(decisions: list[DecisionMade | DecisionWithdrawn]) -> DecisionMade:
    (decision,) = decisions
    assert isinstance(decision, DecisionMade)
    return decision


def test_an_author_climbs_the_ladder_and_a_human_is_asked_about_the_ban() -> None:
    judge = Judge(house_on(NETIQUETTE))
    judge.take(written("p", at=NOW - DAY))
    steps = []
    for day in range(4):
        decision = made(judge.take(written(f"p{day}", labels=HATE, at=NOW + day * DAY)))
        assert decision.discipline is not None
        assert decision.discipline.ladder == "netiquette"
        steps.append((decision.discipline.step, decision.actions))
    assert steps == [
        (Step.WARNING, (Action.HIDE, Action.WARN)),
        (Step.RESTRICTION, (Action.HIDE, Action.RESTRICT)),
        (Step.RESTRICTION, (Action.HIDE, Action.RESTRICT)),
        (Step.RESTRICTION, (Action.HIDE, Action.RESTRICT)),
    ]
    decision = made(judge.take(written("p9", labels=HATE, at=NOW + 4 * DAY)))
    assert decision.discipline is not None
    assert decision.discipline.step is Step.BAN_PROPOSAL
    assert decision.actions == (Action.HIDE, Action.HOLD, Action.REVIEW), "held, because the author is restricted"
    assert decision.evidence.author["restricted"]
    assert decision.evidence.author["step"] == "restriction"


def test_a_first_insult_is_a_hint_and_no_warning() -> None:
    judge = Judge(house_on(NETIQUETTE))
    first = made(judge.take(written("p1", labels=INSULT)))
    assert first.discipline is not None
    assert (first.discipline.step, first.discipline.points) == (Step.HINT, 1)
    second = made(judge.take(written("p2", labels=INSULT, at=NOW + 2 * HOUR)))
    assert second.discipline is not None
    assert second.evidence.author["warnings_90d"] == 0
    assert (second.evidence.author["points"], second.evidence.author["step"]) == (
        pytest.approx(0.998, abs=0.001),
        "hint",
    )


def test_what_a_human_takes_back_costs_nothing_and_what_a_human_does_costs_as_much() -> None:
    judge = Judge(house_on(NETIQUETTE))
    judge.take(written("p1", labels=HATE), moderated("p1", "approve", at=NOW + HOUR))
    judge.take(written("p2", at=NOW + HOUR), moderated("p2", "removed", at=NOW + 2 * HOUR))
    decision = made(judge.take(written("p3", labels=INSULT, at=NOW + 3 * HOUR)))
    assert decision.discipline is not None
    assert decision.discipline.points == pytest.approx(4, abs=0.01)
    assert decision.evidence.author["points"] == pytest.approx(3, abs=0.01)


def test_an_edit_takes_the_place_of_what_was_written_first() -> None:
    judge = Judge(house_on(NETIQUETTE))
    judge.take(written("p1", labels=HATE))
    edited = made(judge.take(written("p1", revision=1, labels=HATE, at=NOW + 2 * HOUR)))
    assert edited.discipline is not None
    assert (edited.discipline.step, edited.discipline.points) == (Step.WARNING, 2)


def test_what_is_long_over_and_what_is_only_tried_costs_nothing() -> None:
    judge = Judge(house_on(NETIQUETTE))
    judge.take(written("p", at=NOW - DAY))
    old = made(judge.take(written("p1", labels=HATE, historic=True)))
    assert (old.discipline, old.actions) == (None, (Action.HIDE, Action.WARN))
    decision = made(judge.take(written("p2", labels=INSULT, at=NOW + 2 * HOUR)))
    assert decision.discipline is not None
    assert decision.discipline.points == 1
    assert made(Judge(house_on(None)).take(written("p1", labels=HATE))).discipline is None


def test_the_same_posts_in_other_batches_lead_to_the_same_steps() -> None:
    posts = [written(f"p{number}", labels=HATE, at=NOW + number * DAY) for number in range(6)]
    one, many = Judge(house_on(NETIQUETTE)), Judge(house_on(NETIQUETTE))
    together = one.take(*posts)
    assert together == [decision for post in posts for decision in many.take(post)]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


def problems(config: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_ladders(config, load_communities(config))
    return [str(problem).removeprefix(f"{config}/") for problem in caught.value.problems]


STEPS = "    steps: [{step: hint, points: 0}, {step: restriction, points: 3, hours: 24}]"


@pytest.mark.parametrize(
    ("line", "instead", "told"),
    [
        (STEPS, "    steps: [{step: hint, points: 1}]", "the first step must follow from 0 points"),
        (STEPS, "    steps: [{step: hint, points: 0}, {step: warning, points: 0}]", "must need more points"),
        (STEPS, "    steps: [{step: warning, points: 0}, {step: hint, points: 2}]", "is milder than"),
        (STEPS, "    steps: [{step: hint, points: 0}, {step: ban, points: 2}]", "Input should be 'hint', 'warning'"),
        (STEPS, "    steps: [{step: hint, points: 0}, {step: restriction, points: 2}]", "for how many `hours`"),
        (STEPS, "    steps: [{step: hint, points: 0, hours: 3}]", "belongs to a restriction"),
        ("    decay: {half_life_days: 30}", "    decay: {}", "points must fade"),
        ("    points: {actions: {warn: 1}}", "    points: {actions: {}}", "nothing costs any points"),
        ("    points: {actions: {warn: 1}}", "    points: {actions: {ban: 1}}", "Input should be 'remove', 'hide'"),
    ],
)
def test_a_ladder_that_cannot_be_meant_is_refused_with_its_place(
    config: Path, line: str, instead: str, told: str
) -> None:
    text = "\n".join(
        [
            "ladders:",
            "  - id: mine",
            "    title: {de: Meine, en: Mine}",
            "    points: {actions: {warn: 1}}",
            "    decay: {half_life_days: 30}",
            STEPS,
        ]
    )
    (config / "ladders.yaml").write_text(text)
    (config / "communities.yaml").write_text((config / "communities.yaml").read_text().replace("netiquette", "mine"))
    assert "mine" in load_ladders(config, load_communities(config))
    (config / "ladders.yaml").write_text(text.replace(line, instead))
    (problem,) = problems(config)
    assert problem.startswith("ladders.yaml:")
    assert int(problem.split(":")[1]) >= 2
    assert told in problem


def test_a_ladder_nobody_has_written_is_told_where_it_is_named(config: Path) -> None:
    file = config / "communities.yaml"
    file.write_text(file.read_text().replace("    rules: canary\n", "    rules: canary\n    ladder: netikette\n"))
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if "netikette" in text)
    (problem,) = problems(config)
    assert problem.startswith(f"communities.yaml:{line}:")
    assert "ladder 'netikette' does not stand in ladders.yaml; it has: netiquette, support, children" in problem
    with pytest.raises(ConfigError):
        load_house_rules(config)


def test_a_house_without_ladders_has_none(config: Path) -> None:
    (config / "ladders.yaml").unlink()
    file = config / "communities.yaml"
    file.write_text("".join(line for line in file.read_text().splitlines(True) if "ladder:" not in line))
    assert all(house.ladder is None for house in load_house_rules(config).houses.values())
