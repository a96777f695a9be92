"""Fingerprints: which texts are nearly the same, and that nothing which is gets lost on the way to saying so."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.escalation.rules.community.fingerprint import ALIKE, K, fingerprint, mask, may_be_alike, similarity
from feuerwache.escalation.rules.community.memory import CommunityMemory, Row

TEXT = "Ich habe die Aurora seit März, und seit gestern tropft sie unten heraus. Was kann ich tun?"


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (TEXT.upper(), True),
        (TEXT.replace("gestern", "heute") + " 😡", True),
        ("@morgenrot " + TEXT + " https://x.example/1", True),
        ("Ich habe die Aurora seit März und bin sehr zufrieden, sie läuft jeden Morgen ohne ein Problem.", False),
        ("Was kann ich tun, damit der Milchschaum fester wird? Meiner fällt immer gleich zusammen.", False),
    ],
)
def test_near_duplicates_are_told_from_posts_about_the_same_thing(other: str, alike: bool) -> None:
    one, two = fingerprint(TEXT), fingerprint(other)
    assert one is not None
    assert two is not None
    assert (similarity(set(one), set(two)) >= ALIKE) is alike


def test_short_texts_have_no_fingerprint() -> None:
    assert fingerprint("Guten Morgen!") is None
    assert fingerprint("@" + "a" * 80) is None


@given(st.sets(st.integers(0, 2**32 - 1), min_size=1, max_size=K), st.integers(0, 12), st.integers(0, 12), st.randoms())
def test_a_mask_refuses_nothing_that_is_alike(values: set[int], left_out: int, added: int, random: Random) -> None:
    one = tuple(sorted(values))
    kept = random.sample(one, max(len(one) - left_out, 0))
    two = tuple(sorted({*kept, *(random.getrandbits(32) for _ in range(added))}))
    if similarity(set(one), two) >= ALIKE:
        assert may_be_alike(len(one), mask(one), [("two", mask(two))]) == ["two"]
        assert may_be_alike(len(two), mask(two), [("one", mask(one))]) == ["one"]


def test_most_of_what_is_not_alike_is_refused_by_its_mask() -> None:
    random = Random(4)
    sketches = [tuple(sorted(random.getrandbits(32) for _ in range(K))) for _ in range(100)]
    assert not any(may_be_alike(K, mask(one), [(two, mask(two))]) for one, two in pairwise(sketches))


@pytest.mark.parametrize(
    "text", ["我们的咖啡机从昨天开始漏水而且没有人回答我们的问题真的很让人失望" * 2, "kaufenkaufen" * 8]
)
def test_a_text_without_spaces_has_a_fingerprint_of_its_characters(text: str) -> None:
    one, two = fingerprint(text), fingerprint(text[:-3])
    assert one is not None
    assert two is not None
    assert similarity(set(one), two) >= ALIKE


def test_a_containing_text_is_not_nearly_the_same() -> None:
    one, two = (
        fingerprint(TEXT),
        fingerprint(TEXT + " " + "Und der Milchschaum wird auch nicht mehr fest, seit ihr hier wart."),
    )
    assert one is not None
    assert two is not None
    assert similarity(set(one), two) < ALIKE


def test_a_text_that_goes_around_with_a_word_changed_is_compared_once_and_found_every_time() -> None:
    memory = CommunityMemory()
    for number in range(40):
        sketch = fingerprint(f"{TEXT} Ihr auch, Person{number}?")
        assert len(memory.copies(f"p{number}", 1000, sketch)) == number
        memory.fold([Row(f"p{number}", "a", 1000, sketch)])
    assert len(memory._texts) == 1
    memory.fold([Row("later", "a", 1000 + 2 * 86_400)])
    assert (memory._texts, memory._text_of, memory._index) == ({}, {}, {})
    assert memory.copies("x", 1000, fingerprint(f"{TEXT} Ihr auch, Person1?")) == ()
