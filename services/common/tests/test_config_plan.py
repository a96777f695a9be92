"""Crisis plans: the closest one is chosen, in both languages, and what is wrong with a file is said with its line."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from feuerwache.common.config.community import Communities, Community, load_communities
from feuerwache.common.config.plan import Plans, blanks, load_plans, told_apart, uncovered
from feuerwache.common.config.source import ConfigError, Problem
from feuerwache.common.events.alarm import CrisisKind

CONFIG = Path(__file__).parents[3] / "config"
FORUM = Community(id="forum", title="Forum", brand="kaffee", rules="brand-de", policy="brand")
SHOP = Community(id="shop", title="Shop", brand="tee", rules="brand-en", policy="brand")
HOUSE = Communities(communities=(FORUM, SHOP))

PLAN = """\
id: {id}
title: {{de: Plan, en: Plan}}
for: {purpose}
steps:
  - id: read
    title: {{de: Lesen, en: Read}}
    within: 15m
"""


def written(folder: Path, **purposes: str) -> Path:
    """A configuration with one plan per purpose, named as the keyword."""
    plans = folder / "plans"
    plans.mkdir()
    for name, purpose in purposes.items():
        (plans / f"{name}.yaml").write_text(PLAN.format(id=name, purpose=purpose), "utf-8")
    return folder


def problems(config: Path, communities: Communities = HOUSE) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load_plans(config, communities)
    return caught.value.problems


def chosen(plans: Plans, kind: CrisisKind, about: str = "", community: Community = FORUM) -> str | None:
    plan = plans.choose(community, kind, about)
    return plan.id if plan else None


def test_the_shipped_plans_cover_every_kind_of_crisis() -> None:
    communities = load_communities(CONFIG)
    plans = load_plans(CONFIG, communities)
    assert list(uncovered(plans, communities)) == []
    (first, *_) = communities.communities
    expected = {
        ("volume_burst", ""): "shitstorm",
        ("negativity_burst", ""): "shitstorm",
        ("topic_surge", "rückruf"): "product-safety",
        ("report_flood", ""): "raid",
        ("coordinated_posting", ""): "raid",
        ("thread_on_fire", "t1"): "thread-on-fire",
        ("feud", ""): "thread-on-fire",
        ("silence", "morgenrot-forum"): "silence",
        ("single_post", "self_harm"): "self-harm",
        ("single_post", "threat"): "threat",
        ("single_post", "hate"): "single-post",
        ("single_post", ""): "single-post",
        ("complaints_piling_up", ""): "complaints",
        ("declared", ""): "general",
        ("nobody_reached", ""): "general",
        ("rule_paused", "link-spam"): "general",
    }
    found = {(kind, about): chosen(plans, CrisisKind(kind), about, first) for kind, about in expected}
    assert found == expected


def test_the_rule_that_escalated_a_post_says_what_it_is_about_when_nothing_else_does() -> None:
    communities = load_communities(CONFIG)
    plans = load_plans(CONFIG, communities)
    plan = plans.choose(communities.communities[0], CrisisKind.SINGLE_POST, "", "self-harm")
    assert plan is not None and plan.id == "self-harm"


def test_every_shipped_plan_is_something_to_work_with_and_says_the_numbers_that_help() -> None:
    plans = load_plans(CONFIG, load_communities(CONFIG))
    for plan in plans.plans:
        assert len(plan.steps) >= 5 and plan.inform and plan.statements, plan.id
    self_harm = plans.get("self-harm")
    assert self_harm is not None
    numbers = {(line.country, number) for line in self_harm.helplines for number in line.numbers}
    assert {
        ("DE", "0800 111 0 111"),
        ("DE", "0800 111 0 222"),
        ("DE", "116 123"),
        ("AT", "142"),
        ("CH", "143"),
    } <= numbers
    address = next(statement for statement in self_harm.statements if statement.id == "address")
    for text in (address.text.de, address.text.en):
        assert "0800 111 0 111" in text and "112" in text


def test_the_closest_plan_wins_and_what_it_is_about_weighs_most(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        kind="{kinds: [single_post]}",
        brand="{kinds: [single_post], brands: [kaffee]}",
        community="{kinds: [single_post], communities: [forum]}",
        about="{kinds: [single_post], about: [self-harm]}",
    )
    plans = load_plans(config, HOUSE)
    assert chosen(plans, CrisisKind.SINGLE_POST, community=SHOP) == "kind"
    assert chosen(plans, CrisisKind.SINGLE_POST) == "community"
    assert chosen(plans, CrisisKind.SINGLE_POST, "Self_Harm") == "about"
    assert chosen(plans, CrisisKind.FEUD) is None


def test_the_default_stands_in_only_where_nothing_else_fits(tmp_path: Path) -> None:
    config = written(tmp_path, feud="{kinds: [feud]}")
    (config / "plans" / "all.yaml").write_text(PLAN.format(id="all", purpose="{}") + "default: true\n", "utf-8")
    plans = load_plans(config, HOUSE)
    assert (chosen(plans, CrisisKind.FEUD), chosen(plans, CrisisKind.SILENCE)) == ("feud", "all")
    assert {kind for kind, plan in uncovered(plans, HOUSE) if plan} == set(CrisisKind) - {CrisisKind.FEUD}


def test_a_house_without_plans_has_none(tmp_path: Path) -> None:
    plans = load_plans(tmp_path, HOUSE)
    assert plans == Plans() and chosen(plans, CrisisKind.FEUD) is None
    assert {plan for _, plan in uncovered(plans, HOUSE)} == {None}


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("{kinds: [feud]}", "{kinds: [fued]}", 3, "Input should be"),
        ("{kinds: [feud]}", "{}", 3, "says for nothing"),
        (
            "{kinds: [feud]}",
            "{kinds: [feud], communities: [nowhere]}",
            3,
            "'nowhere' does not stand in communities.yaml",
        ),
        ("{de: Lesen, en: Read}", "{de: Lesen}", 6, "Field required"),
        ("{de: Lesen, en: Read}", "{de: Lesen, en: ''}", 6, "at least 1 character"),
        (
            "within: 15m",
            "within: 15m\n  - {id: read, title: {de: b, en: b}}",
            8,
            "'read' stands there twice",
        ),
        ("15m", "soon", 7, "no duration"),
        ("within: 15m", "until: 15m", 7, "Extra inputs"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, old: str, new: str, line: int, reason: str) -> None:
    path = written(tmp_path, feud="{kinds: [feud]}") / "plans" / "feud.yaml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    (problem,) = problems(tmp_path)
    assert (Path(problem.file).name, problem.line) == ("feud.yaml", line)
    assert reason in problem.reason


def test_two_plans_for_the_same_are_told_apart(tmp_path: Path) -> None:
    config = written(tmp_path, one="{kinds: [feud, silence]}", two="{kinds: [feud]}", three="{brands: [tee]}")
    (problem,) = problems(config)
    assert Path(problem.file).name == "two.yaml" and "'two' and 'one' are for the same" in problem.reason


def test_an_id_twice_and_a_second_default_are_told(tmp_path: Path) -> None:
    config = written(tmp_path, one="{kinds: [feud]}", two="{kinds: [silence]}")
    for name in ("one", "two"):
        path = config / "plans" / f"{name}.yaml"
        path.write_text(path.read_text("utf-8").replace("id: two", "id: one") + "default: true\n", "utf-8")
    assert [problem.reason for problem in problems(config)] == [
        "plan 'one' stands there twice",
        "'one' is the default already",
    ]


def test_a_blank_that_one_language_lacks_is_told(tmp_path: Path) -> None:
    config = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    path = config / "plans" / "raid.yaml"
    path.write_text(path.read_text("utf-8").replace("Your contact is [name].", "You can always ask us."), "utf-8")
    (problem,) = problems(config, load_communities(config))
    assert "'target' has 1 blanks in German and 0 in English" in problem.reason


def test_blanks_are_what_stands_in_brackets() -> None:
    assert list(blanks("Um [Uhrzeit] bei [Marke] [] [")) == ["Uhrzeit", "Marke"]


def test_how_long_a_step_may_take_is_in_the_file(tmp_path: Path) -> None:
    plan = load_plans(written(tmp_path, feud="{kinds: [feud]}"), HOUSE).plans[0]
    assert (plan.within("read"), plan.within("other")) == (timedelta(minutes=15), None)


def test_communities_that_no_plan_tells_apart_are_looked_at_once_and_nothing_is_overlooked(tmp_path: Path) -> None:
    config = written(
        tmp_path, one="{communities: [c7]}", two="{brands: [b3]}", three="{rules: [r1], kinds: [volume_burst]}"
    )
    many = Communities(
        communities=tuple(
            Community(id=f"c{n}", title="C", brand=f"b{n % 5}", rules=f"r{n % 3}", policy="p") for n in range(60)
        )
    )
    plans = load_plans(config, many)
    apart = told_apart(plans, many)
    assert len(apart) == 5, "c7; brand b3 with and without rules r1; rules r1 alone; everything else"
    for kind in (CrisisKind.VOLUME_BURST, CrisisKind.FEUD):
        every = {chosen(plans, kind, community=each) for each in many.communities}
        assert {chosen(plans, kind, community=each) for each in apart} == every
