"""What a brand's communities know together of an author: parts, windows, texts that turn up elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.decision import DecisionMade
from feuerwache.escalation.rules.author.brand import MAX_TEXTS, BrandAuthor, BrandMemory, Marks, Part, Text, alone
from feuerwache.escalation.rules.community.fingerprint import fingerprint
from feuerwache.escalation.rules.house import HouseRules, load_house_rules
from feuerwache.escalation.rules.language.context import SCHEMA, SHARED_AUTHOR_FIELDS
from support.rules import COMMUNITY, CONFIG, Judge, written

NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
TODAY, SECOND = int(NOW.timestamp()) // 86400, int(NOW.timestamp())
OWN = {"violations_90d": 1, "warnings_90d": 2, "restrictions_90d": 0}
FORUM, PAGE = ("forum", "a"), ("page", "a")
ACCOUNT = BrandAuthor("morgenrot", "facebook", "a")
TEXT = "Kauft bei uns, die besten Kaffeemaschinen der Stadt, heute alles zum halben Preis, nur noch bis Mitternacht."


def memory_of(parts: dict[str, Part]) -> BrandMemory:
    """As it was written and read again."""
    memory = BrandMemory()
    memory.ask(FORUM, ACCOUNT)
    memory.learn([{community.encode(): part.packed() for community, part in parts.items()}])
    return memory


def test_an_author_of_one_community_is_what_that_community_knows() -> None:
    fields = memory_of({}).fields(FORUM, OWN, NOW, None)
    assert fields == alone(OWN)
    assert BrandMemory().fields(FORUM, OWN, NOW, None) == fields, "nobody asked the brand"
    assert set(fields) == SHARED_AUTHOR_FIELDS - {"feuds_24h"}
    assert {name: type(value) for name, value in fields.items()} == {
        name: type(SCHEMA["author"][name]) for name in fields
    }


def test_marks_of_other_communities_are_added_to_the_own_within_ninety_days() -> None:
    page = Part({TODAY - 91: (9, 9, 9), TODAY - 90: (1, 0, 0), TODAY: (2, 3, 1), TODAY + 1: (9, 9, 9)})
    stale_own = Part({TODAY: (7, 7, 7)})
    fields = memory_of({"page": page, "forum": stale_own, "shop": Part()}).fields(FORUM, OWN, NOW, None)
    assert fields == {
        "brand_communities": 3,
        "brand_violations_90d": 1 + 3,
        "brand_warnings_90d": 2 + 3,
        "brand_restrictions_90d": 1,
        "brand_duplicates_24h": 0,
    }


def test_nearly_the_same_text_in_other_communities_is_told_within_a_day() -> None:
    writing = BrandMemory()
    writing.ask(PAGE, ACCOUNT)
    writing.wrote(PAGE, SECOND - 100, fingerprint(TEXT))
    writing.wrote(PAGE, SECOND - 50, fingerprint("Guten Morgen!"))
    ((account, parts),) = writing.gained({PAGE: {}}).items()
    ((community, blob),) = parts.items()
    assert (account, community) == (ACCOUNT, "page")
    memory = memory_of({"page": Part.unpacked(blob), "forum": Part.unpacked(blob)})

    def duplicates(text: str, at: datetime = NOW) -> object:
        return memory.fields(FORUM, OWN, at, fingerprint(text))["brand_duplicates_24h"]

    assert duplicates(TEXT) == 1
    assert duplicates(f"{TEXT} 🎉 https://shop.example") == 1
    assert duplicates("Meine Kaffeemaschine tropft seit gestern, weiß jemand von euch, woran das liegen kann?") == 0
    assert duplicates(TEXT, NOW + timedelta(days=1)) == 0
    assert duplicates(TEXT, NOW - timedelta(hours=1)) == 0, "it was not written yet"
    assert memory.fields(FORUM, OWN, NOW, None)["brand_duplicates_24h"] == 0


def test_only_what_a_batch_changed_is_written_and_writing_it_again_changes_nothing() -> None:
    marks: dict[tuple[str, str], Marks] = {FORUM: {TODAY: (1, 0, 0)}}
    first = memory_of({})
    first.wrote(FORUM, SECOND, fingerprint(TEXT))
    ((community, blob),) = first.gained(marks)[ACCOUNT].items()
    assert community == "forum"
    again = memory_of({"forum": Part.unpacked(blob)})
    assert again.gained(marks) == {}
    again.wrote(FORUM, SECOND, fingerprint(TEXT))
    assert again.gained(marks) == {}
    assert again.gained({FORUM: {TODAY: (2, 0, 0)}}) != {}
    assert memory_of({}).gained({FORUM: {}}) != {}, "that somebody is here at all is something"
    assert memory_of({}).gained({("elsewhere", "b"): {TODAY: (1, 1, 1)}}) == {}, "their community shares nothing"


def test_what_one_batch_adds_in_two_communities_of_the_brand_is_all_told() -> None:
    memory = BrandMemory()
    memory.ask(PAGE, ACCOUNT)
    memory.ask(FORUM, ACCOUNT)
    memory.wrote(PAGE, SECOND, fingerprint(TEXT))
    gained = memory.gained({PAGE: {TODAY: (1, 0, 0)}, FORUM: {TODAY: (0, 1, 0)}})
    parts = {community: Part.unpacked(blob) for community, blob in gained[ACCOUNT].items()}
    assert parts.keys() == {"page", "forum"}
    assert (parts["page"].marks, parts["forum"].marks) == ({TODAY: (1, 0, 0)}, {TODAY: (0, 1, 0)})
    assert (len(parts["page"].texts), len(parts["forum"].texts)) == (1, 0)


TEXTS = st.lists(st.tuples(st.integers(0, 10**6), st.tuples(st.integers(0, 2**32 - 1))), max_size=40)
MARKS = st.dictionaries(st.integers(20_000, 20_300), st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)))


@settings(deadline=None)
@given(MARKS, TEXTS)
def test_a_part_is_small_and_survives_the_way_through_redis(marks: Marks, texts: list[Text]) -> None:
    part = Part.of(marks, texts)
    assert Part.unpacked(part.packed()) == part
    assert Part.of(part.marks, part.texts) == part
    assert len(part.texts) <= MAX_TEXTS
    assert len(part.marks) <= 100
    assert len(part.packed()) < 6000


def sharing(memory: str) -> HouseRules:
    rules = load_house_rules(CONFIG)
    houses = {
        name: replace(house, community=house.community.model_copy(update={"author_memory": memory}))
        for name, house in rules.houses.items()
    }
    return replace(rules, houses=houses)


@pytest.mark.parametrize(("memory", "violations"), [("brand", 3), ("community", 1)])
def test_rules_see_the_whole_brand_where_it_shares_its_memory(memory: str, violations: int) -> None:
    judge = Judge(sharing(memory))
    judge.take(written("p1", author="a", labels={"hate": 0.9}, at=NOW))
    own = (COMMUNITY, "a")
    judge.brand.ask(own, ACCOUNT)
    judge.brand.learn([{b"morgenrot-forum": Part({TODAY: (2, 0, 0)}).packed()}])
    (decision,) = judge.take(written("p2", author="a", text=TEXT, at=NOW))
    assert isinstance(decision, DecisionMade)
    assert decision.evidence.author["brand_violations_90d"] == violations
    assert decision.evidence.author["violations_90d"] == 1
    gained = judge.brand.gained(judge.last.marks())
    if memory == "community":
        assert gained == {}
    else:
        ((account, parts),) = gained.items()
        ((community, blob),) = parts.items()
        assert (account, community) == (ACCOUNT, COMMUNITY)
        assert Part.unpacked(blob).marks == {TODAY: (1, 1, 0)}
        assert len(Part.unpacked(blob).texts) == 1
