"""What is said to be impossible, always true or implied is so on every post that hypothesis can think of."""

from __future__ import annotations

import cel
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from feuerwache.escalation.rules.language.context import SCHEMA, Context
from feuerwache.escalation.rules.language.expression.cases import MAX_CASES, total
from feuerwache.escalation.rules.language.expression.parser import parse
from feuerwache.escalation.rules.language.expression.typed import flaws
from feuerwache.escalation.rules.language.possible import CASES
from support.expressions import CALMLY, contexts, expressions, tight_expressions

FAILED = (KeyError, IndexError, RuntimeError, TypeError, ArithmeticError)


def on(source: str, context: Context) -> bool | None:
    """What the CEL library says; None where it fails."""
    try:
        return cel.compile(source).execute(cel.Context(context)) is True
    except FAILED:
        return None


@CALMLY
@given(tight_expressions() | expressions(), st.lists(contexts(), min_size=5, max_size=5))
def test_what_can_be_true_or_false_is_never_said_to_be_impossible(source: str, posts: list[Context]) -> None:
    tree = parse(source)
    assume(not flaws(tree, SCHEMA))
    never_true, never_false = CASES.never_true(tree), CASES.never_false(tree)
    said = {on(source, post) for post in posts}
    assert not (never_true and True in said), source
    assert not (never_false and False in said), source
    assert not (total(tree) and None in said), source


@CALMLY
@given(tight_expressions(), tight_expressions(), st.lists(contexts(), min_size=5, max_size=5))
def test_what_is_implied_is_true_wherever_the_other_is(one: str, other: str, posts: list[Context]) -> None:
    for first, second in ((one, other), (f"({one}) && ({other})", one), (one, f"({one}) || ({other})")):
        if CASES.implies(parse(first), parse(second)):
            assert all(on(second, post) for post in posts if on(first, post)), (first, second)


@pytest.mark.parametrize(
    "source",
    [
        "labels.insult > 1.0",
        "labels.insult > 1",
        "1 < labels.insult",
        "time.hour >= 22 && time.hour < 6",
        "time.hour > 22 && time.hour < 23",
        "time.hour == 5.5",
        "time.hour in [24, 25]",
        "!(time.hour <= 23)",
        "post.visibility == 'publik'",
        "post.visibility != 'public' && post.visibility != 'members' && post.visibility != 'private'",
        "post.language == 'de' && post.language in ['en', 'fr']",
        "post.language in ['de', 'da'] && post.language.startsWith('e')",
        "post.is_reply && (labels.spam > 0.5 && !post.is_reply)",
        "post.is_reply ? labels.hate < 0.0 : labels.hate > 1.0",
        "author.posts_5m > author.posts_1h && author.posts_1h >= author.posts_5m",
        "author.posts_5m > author.posts_1h && author.posts_1h > 10 && author.posts_5m < 5",
        "author.posts_5m > author.posts_1h",
        "author.posts_1m > author.posts_5m",
        "author.posts_24h > author.posts_7d",
        "author.posts_1h < author.posts_1m",
        "author.posts_5m >= 10 && author.posts_1h < 10",
        "author.posts_1h < 10 && author.posts_5m > 9.5",
        "author.violations_24h >= 2 && author.violations_365d <= 1",
        "author.posts_1m == 3 && (author.posts_24h == 2 || author.posts_total in [0, 1])",
        "post.words > 10 && post.length < 5",
        "!(post.words <= post.length)",
        "thread.hostile_1h >= 3 && thread.posts_1h < 3",
        "matched.own_duplicate_threads > 2 && matched.near_duplicates == 2",
        "labels.insult * 2.0 > 2.5",
        "labels.insult + labels.threat > 2.0",
        "post.text.size() < 0",
        "size(post.text) > 5 && post.text.size() <= 5",
        "post.text.contains('x') && !post.text.contains('x')",
        "post.text.matches('a+') && !(post.text . matches(r'a+'))",
        "post.links.exists(l, l == 'a') && !post.links.exists(l, l == 'a')",
        "(labels.hate > 0.5 || labels.insult > 0.5) && labels.hate < 0.5 && labels.insult < 0.5",
        "post.is_reply != post.is_reply",
        "'a' == 'b'",
        "author.account_age_days < -1",
        "2 + 3 == 6",
        "!(0.0 / labels.hate < 1.0) && !(0.0 / labels.hate >= 1.0)",
        "0.0 / labels.hate != 1.0 && !(0.0 / labels.hate < 1.0) && !(0.0 / labels.hate > 1.0)",
    ],
)
def test_contradictions_are_found(source: str) -> None:
    assert CASES.never_true(parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "labels.insult >= 1.0",
        "time.hour >= 22 || time.hour < 6",
        "time.hour > 21 && time.hour < 23",
        "author.account_age_days < 0",
        "author.first_post && author.posts_total > 5",
        "author.posts_5m >= 10 && author.posts_1h <= 10",
        "author.posts_1h <= 10 && author.posts_5m >= 10",
        "author.posts_5m >= author.posts_1h",
        "author.posts_1m >= author.posts_5m",
        "author.posts_1h >= 10 && author.posts_5m < 10",
        "author.violations_24h > 5 && author.violations_365d != 6",
        "author.brand_violations_90d < author.violations_90d",
        "author.reports_upheld_30d > author.reports_30d",
        "post.words > 10 && post.length < 12",
        "matched.near_duplicate_authors > matched.near_duplicates",
        "author.violations_24h > 5 && author.warnings_365d < 5",
        "labels.insult > 0.5 && labels.insult < 0.500001",
        "post.language != 'de' && post.language != 'en'",
        "post.text.startsWith('a') && post.text.contains('b')",
        "author.points > 100.0",
        "0.0 / labels.hate != 0.0 / labels.hate",
        "0.0 / labels.hate != 1.0 && 0.0 / labels.hate != 0.0",
        "9007199254740993 == 9007199254740992.0",
        "matched.watchlists.exists(w, w == 'a') && matched.watchlists.exists(w, w == 'b')",
    ],
)
def test_what_is_possible_stays_possible(source: str) -> None:
    assert not CASES.never_true(parse(source))


@pytest.mark.parametrize(
    ("source", "follows"),
    [
        ("labels.threat >= 0.8", "labels.threat >= 0.7"),
        ("labels.threat >= 0.8 && post.is_reply", "post.is_reply"),
        ("post.language == 'de'", "post.language in ['de', 'en']"),
        ("author.posts_5m > 10", "author.posts_5m >= 11"),
        ("labels.insult >= 0.8 || labels.insult >= 0.65 && author.violations_90d >= 2", "labels.insult >= 0.65"),
        ("author.posts_5m >= 10", "author.posts_1h >= 10"),
        ("author.posts_1h < 3 || author.violations_7d >= 2", "author.posts_1m < 3 || author.violations_90d >= 2"),
        ("post.words >= 30 && post.is_reply", "post.length >= 30"),
        ("post.is_reply", "labels.hate >= 0.0"),
        ("post.text.matches('x') && post.link_count == 2", "post.text.matches('x') && post.link_count > 1"),
    ],
)
def test_what_follows_is_found_and_not_the_other_way_round(source: str, follows: str) -> None:
    assert CASES.implies(parse(source), parse(follows))
    assert follows == "author.posts_5m >= 11" or not CASES.implies(parse(follows), parse(source))


def test_what_may_fail_is_implied_by_nothing() -> None:
    dividing = "10 / post.length > 1 || labels.threat >= 0.7"
    assert not CASES.implies(parse("labels.threat >= 0.7"), parse("10 / post.length > 1"))
    assert not CASES.implies(parse("labels.threat >= 0.7"), parse(dividing))


def test_a_condition_with_more_cases_than_are_counted_out_is_taken_to_be_possible() -> None:
    fields = [f"(labels.insult > 0.{each} || post.length > {each})" for each in range(1, 9)]
    assert 2 ** len(fields) > MAX_CASES
    assert not CASES.never_true(parse(" && ".join([*fields, "labels.insult < 0.1"])))
    assert CASES.never_true(parse(" && ".join([*fields, "labels.insult < 0.0"])))
