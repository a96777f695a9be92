"""The author's journal: views as of a post, repeats, folding; the community's memory and its fingerprints."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from feuerwache.common.events.author import AuthorJournalled, JournalEntry
from feuerwache.common.events.base import FEUERWACHE_NAMESPACE
from feuerwache.escalation.rules.author.journal import Journal, Positions
from feuerwache.escalation.rules.community.fingerprint import fingerprint
from feuerwache.escalation.rules.community.memory import CommunityMemory, Row
from support.rules import NOW, minutes

ALL: Positions = {"posts": (9, 0), "commands": (9, 0)}


def event_id(offset: int) -> UUID:
    return uuid5(FEUERWACHE_NAMESPACE, f"entry-{offset}")


def entry(
    offset: int, actions: tuple[str, ...] = ("approve",), *, human: bool = False, generation: int = 0
) -> JournalEntry:
    return JournalEntry(
        generation=generation,
        offset=offset,
        event_id=event_id(offset),
        decision_id=event_id(-offset - 1),
        platform="facebook",
        post_id=f"p{offset}",
        revision=0,
        at=NOW + minutes(offset),
        kind="moderated" if human else "created",
        actions=actions,
        automated=not human,
    )


def journal_of(*entries: JournalEntry) -> Journal:
    journal = Journal("c", "a", NOW)
    for each in entries:
        journal.add(each)
    return journal


def reopened(journal: Journal, positions: Positions = ALL) -> Journal:
    saved = AuthorJournalled.model_validate_json(journal.saved().model_dump_json())
    opened = Journal.opened(saved, positions)
    assert opened is not None
    return opened


def test_a_view_takes_only_what_lies_below_the_post() -> None:
    journal = journal_of(entry(0, ("hide", "warn")), entry(1, ("hide", "warn")), entry(2))
    whole, below = reopened(journal), reopened(journal, {"posts": (0, 1), "commands": (0, 0)})
    at = NOW + minutes(3)
    assert whole.view(at, None)["warnings_90d"] == 2
    assert whole.view(at, None)["posts_5m"] == 3
    assert below.view(at, None)["warnings_90d"] == 1
    assert not below.knows(event_id(1))
    assert Journal.opened(journal.saved(), {"posts": (0, 0), "commands": (0, 0)}) is None


def test_an_earlier_generation_lies_below_whatever_its_offset() -> None:
    journal = journal_of(entry(500, generation=0), entry(3, generation=1))
    opened = reopened(journal, {"posts": (1, 3), "commands": (1, 0)})
    assert opened.knows(event_id(500))
    assert not opened.knows(event_id(3))


def test_the_view_forgets_with_time_and_not_the_first_post() -> None:
    journal = journal_of(entry(0, ("hide", "warn")))
    view = journal.view(NOW + timedelta(days=91), NOW - timedelta(days=9))
    assert (view["warnings_90d"], view["violations_90d"], view["posts_24h"]) == (0, 0, 0)
    assert (view["first_post"], view["age_days"], view["account_age_days"]) == (False, 91, 100)
    assert Journal("c", "a", NOW).view(NOW, None)["first_post"]


def test_what_is_saved_is_the_batch_and_the_state_before_it() -> None:
    journal = journal_of(entry(0, ("hold",), human=True), *(entry(n, ("hide", "warn")) for n in range(1, 600)))
    assert len(journal.saved().entries) == 600, "nothing of the batch in hand is folded"
    folded = reopened(journal)
    saved = folded.saved()
    assert len(saved.entries) < 500
    assert saved.entries[0].kind == "moderated"
    assert folded.view(NOW + minutes(700), None) == journal.view(NOW + minutes(700), None)
    assert folded.knows(event_id(5))
    assert not folded.knows(event_id(999))
    assert not folded.complete
    assert reopened(folded).saved().model_dump() == saved.model_dump(), "folding again changes nothing"


TEXT = "Ich habe die Aurora seit März, und seit gestern tropft sie unten heraus. Was kann ich tun?"


def test_rows_from_before_clusters_were_kept_can_still_be_read() -> None:
    row = Row("p", "a", 7, (1, 2), "t", True, ("r",), 3, "c", newcomer=True, complaint=True)
    assert Row.unpacked(row.packed()) == row
    assert Row.unpacked([*row.packed(), "of a later version"]) == row
    assert Row.unpacked(["p", "a", 7, [1, 2], "t", 1, ["r"]]) == Row("p", "a", 7, (1, 2), "t", True, ("r",))


@given(st.lists(st.integers(0, 12), max_size=30))
def test_rows_may_come_twice_and_in_any_order(numbers: list[int]) -> None:
    def row(number: int) -> Row:
        return Row(f"p{number}", f"a{number % 3}", 1000 + number, fingerprint(TEXT), "t", number % 2 == 0, ("r",))

    jumbled, straight = CommunityMemory(), CommunityMemory()
    jumbled.fold(row(number) for number in numbers)
    straight.fold(row(number) for number in sorted(set(numbers)))
    for memory in (jumbled, straight):
        assert memory.heat("t", "x", 1100)["posts_1h"] == len(set(numbers))
        assert memory.quota("r", 100, 86400, "x", 1100).fired == len(set(numbers))
        assert len(memory.copies("x", 1100, fingerprint(TEXT))) == len(set(numbers))


def test_a_day_later_the_memory_is_empty() -> None:
    memory = CommunityMemory()
    memory.fold([Row("p1", "a", 0, fingerprint(TEXT), "t", True, ("r",))])
    memory.fold([Row("p2", "b", 86_400 * 2, None, "t")])
    assert memory.copies("x", 100, fingerprint(TEXT)) == ()
    assert memory.heat("t", "x", 100)["posts_1h"] == 0
    assert len(memory._rows) == 1
    assert memory._index == {}
