"""What a condition can cost is known before it runs: a rule that could stall the stage is refused."""

from __future__ import annotations

import pytest

from feuerwache.escalation.rules.language.expression.parser import parse
from feuerwache.escalation.rules.language.inspection import MAX_COST, cost, inspect


@pytest.mark.parametrize(
    ("source", "units"),
    [
        ("post.is_reply", 2),
        ("labels.insult >= 0.8 && author.posts_1h > 3", 9),
        ("post.text.contains('x')", 4 + 400),
        ("post.text.matches('x')", 4 + 400),
        ("post.text.matches('" + "x" * 100 + "')", 4 + 3 * 400),
        ("post.language == 'de'", 4 + 1),
        ("'a' in matched.watchlists", 4 + 100 * (1 + 1)),
        ("post.links.exists(l, l.contains('x'))", 3 + 50 * (1 + 3 + 21)),
        ("(post.text + post.text).contains('x')", 7 + 800 + 800),
        ("post.links.map(l, l + l)[0].contains('x')", 3 + 50 * (1 + 3 + 41) + 4 + 41),
    ],
)
def test_the_cost_is_that_of_the_largest_post(source: str, units: int) -> None:
    assert cost(parse(source)) == units


@pytest.mark.parametrize(
    ("source", "offset", "told"),
    [
        ("post.is_reply && post.links.all(l, post.links.all(m, post.links.all(n, l == n && m == n)))", 53, "`all`"),
        (
            " || ".join(f"post.links.exists(l, post.text.matches('{each}{'x' * 900}'))" for each in range(2)),
            0,
            "compare",
        ),
        ("post.links.exists(l, post.text.matches('" + "x" * 900 + "'))", 21, "most of it is this `matches`"),
    ],
)
def test_a_condition_that_is_too_dear_is_refused(source: str, offset: int, told: str) -> None:
    (flaw,) = inspect(source)
    assert flaw.offset == offset
    assert f"{MAX_COST:,} are allowed" in flaw.reason
    assert told in flaw.reason


def test_what_rules_do_is_far_below_the_limit() -> None:
    words = " || ".join(f"post.text.contains('wort{each}')" for each in range(100))
    assert inspect(words) == []
    assert cost(parse(words)) < MAX_COST / 5
