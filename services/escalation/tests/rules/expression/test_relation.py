"""What is said to be never more than something else never is: of what journals, memories and texts really give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.author import JournalEntry
from feuerwache.escalation.rules.author import journal as limits
from feuerwache.escalation.rules.author.journal import Journal, Positions
from feuerwache.escalation.rules.community.fingerprint import fingerprint
from feuerwache.escalation.rules.community.memory import CommunityMemory, Row, near_duplicates
from feuerwache.escalation.rules.language.context import SCHEMA, Fields, text_fields
from feuerwache.escalation.rules.language.relation import AT_MOST
from support.expressions import CALMLY
from support.journals import entry, reopened

NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
ALL: Positions = {"posts": (9, 0), "commands": (9, 0)}
SEEDS = st.integers(0, 2**32)
TEXTS = (
    "Der Deckel springt auf und heißes Wasser spritzt heraus, passt bitte alle gut auf euch auf",
    "Der Deckel springt auf und heißes Wasser spritzt heraus, passt bitte alle sehr gut auf euch auf",
    "Meine läuft seit drei Jahren ohne eine einzige Störung, ich würde sie jederzeit wieder kaufen",
)


def related(name: str) -> list[tuple[str, str]]:
    """Of the fields of one name, which is never more than which."""
    pairs = [(small, large) for small, larger in AT_MOST.items() for large in sorted(larger)]
    fields = [(small.split("."), large.split(".")) for small, large in pairs]
    return [(small[1], large[1]) for small, large in fields if small[0] == large[0] == name]


def broken(name: str, fields: Fields) -> list[str]:
    return [
        f"{small} {fields[small]} > {large} {fields[large]}"
        for small, large in related(name)
        if small in fields and large in fields and fields[small] > fields[large]
    ]


def test_every_pair_is_of_two_numbers_of_one_name() -> None:
    pairs = [(name, *pair) for name in SCHEMA for pair in related(name)]
    assert len(pairs) == sum(map(len, AT_MOST.values())) > 40
    assert all(type(SCHEMA[name][field]) is int for name, *fields in pairs for field in fields)
    assert not [field for field, larger in AT_MOST.items() if field in larger]


def history(random: Random) -> list[JournalEntry]:
    """Posts, edits, reports, words of humans, in any order of times: within minutes, or over two years."""
    kinds = ("created", "created", "created", "edited", "reported", "reported", "moderated", "deleted")
    actions = (("approve",), ("hide", "warn"), ("hold", "warn"), ("restrict",), ("warn",), ("review",), ())
    reach = random.choice((timedelta(minutes=9), timedelta(hours=30), timedelta(days=9), timedelta(days=700)))
    entries, written = [], [0]
    for offset in range(random.randint(1, 60)):
        kind = random.choice(kinds) if offset else "created"
        post = offset if kind == "created" else random.choice(written)
        written += [post] if kind == "created" else []
        given = random.choice(actions) if kind != "deleted" else ()
        at = NOW + reach * random.random()
        entries.append(entry(offset, at, given, kind=kind, post=f"p{post}", dry_run=random.random() < 0.1))
    return entries


@settings(deadline=None, max_examples=150)
@given(SEEDS)
def test_what_a_journal_counts_is_never_more_than_is_said(seed: int) -> None:
    """Also when nearly all of it has been folded into days, and these into one."""
    random = Random(seed)
    entries = history(random)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("RECENT", 4), ("RECENT_REPORTS", 3), ("PINNED", 3), ("MAX_DAYS", 6)):
            patch.setattr(limits, name, value if random.random() < 0.7 else 500)
        journal = Journal("c", "a", entries[0].at)
        for each in entries:
            journal.add(each)
            if random.random() < 0.1:
                journal.settle()
        read = reopened(journal, ALL)
    moments = [each.at for each in entries] + [NOW + timedelta(days=days) for days in (0, 1, 8, 31, 91, 370)]
    for at in moments:
        for view in (journal.view(at, None), read.view(at, None)):
            assert broken("author", view) == []


@CALMLY
@given(st.text() | st.text(alphabet=" \n\u00a0\u200bab\U0001f600"))
def test_what_is_counted_in_a_text_is_never_more_than_is_said(text: str) -> None:
    assert broken("post", text_fields(text)) == []


@CALMLY
@given(SEEDS)
def test_what_a_community_remembers_is_never_more_than_is_said(seed: int) -> None:
    random = Random(seed)
    rows = [
        Row(
            post=f"p{number}",
            author=random.choice("abc"),
            at=random.randrange(9000),
            fingerprint=fingerprint(random.choice(TEXTS)),
            thread=random.choice(("", "t1", "t2")),
            negative=random.random() < 0.5,
            hostile=random.random() < 0.5,
        )
        for number in range(random.randint(1, 25))
    ]
    memory = CommunityMemory()
    memory.fold(rows)
    for row in rows:
        assert broken("thread", memory.heat(row.thread, row.post, row.at)) == []
        copies = memory.copies(row.post, row.at, row.fingerprint)
        assert broken("matched", near_duplicates(copies, row)) == []
