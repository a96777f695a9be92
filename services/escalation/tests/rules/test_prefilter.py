"""The prefilter against CEL itself: what holds is never filtered away, and what is decided in Python is decided so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.escalation.rules.engine.prefilter import prefilter
from feuerwache.escalation.rules.language.condition import Condition, ConditionFailed, Prepared
from feuerwache.escalation.rules.language.context import SCHEMA, Context, defaults
from feuerwache.escalation.rules.language.expression.parser import parse

WORDS = ("", "kaffee", "Kaffee", "Größe", "kauf jetzt", "a", "Straße ß", "😡")
NUMBERS = ("0", "1", "2", "0.5", "0.7", "1.0", "7", "30", "-1", "-0.5", "9007199254740993")
FIELDS = {
    kind: [f"{root}.{name}" for root, fields in SCHEMA.items() for name, value in fields.items() if type(value) is kind]
    for kind in (int, float, str, bool, list)
}


def quoted(text: str) -> str:
    return f'"{text}"'


texts = st.sampled_from(FIELDS[str])
words = st.sampled_from(WORDS).map(quoted)
numbers = st.one_of(
    st.sampled_from(FIELDS[int] + FIELDS[float]), st.sampled_from(NUMBERS), st.just('labels["hate"]'),
    st.just("size(matched.watchlists)"), st.just("post.links.size()"),
)  # fmt: skip
leaves = st.one_of(
    st.builds("{} {} {}".format, numbers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers),
    st.builds("{} {} {}".format, texts, st.sampled_from(["==", "!=", "<", ">="]), words),
    st.builds("{}.{}({})".format, texts, st.sampled_from(["contains", "startsWith", "endsWith"]), words),
    st.builds("{}.matches({})".format, texts, st.sampled_from(['"(?i)kaffee|kauf"', '"^a?$"', "r'\\\\bß'", '"[äö]"'])),
    st.builds("{} in {}".format, words, st.sampled_from(FIELDS[list])),
    st.builds("{} in [{}, {}]".format, texts, words, words),
    st.sampled_from(FIELDS[bool]),
    st.sampled_from(["true", "false"]),
    st.builds(
        "{}.{}(x, x == {} || x.contains({}))".format,
        st.sampled_from(FIELDS[list]),
        st.sampled_from(["exists", "all"]),
        words,
        words,
    ),
    st.builds("{}.exists(author, author in [{}, {}])".format, st.sampled_from(FIELDS[list]), words, words),
    # What Python is not asked: it is "perhaps", whatever stands around it.
    st.builds("size({}) > {}".format, texts, st.integers(0, 9)),
    st.builds("{} + 1 > {}".format, st.sampled_from(FIELDS[int]), st.integers(-3, 9)),
    st.builds("10 / {} > 2".format, st.sampled_from(FIELDS[int])),
    st.builds("{}.exists(x, size(x) > 3 && x != {})".format, st.sampled_from(FIELDS[list]), words),
    st.builds("{}.exists_one(x, x == {})".format, st.sampled_from(FIELDS[list]), words),
    st.builds("({} ? {} : true)".format, st.sampled_from(FIELDS[bool]), st.sampled_from(FIELDS[bool])),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {} || {})".format, inner, inner, inner),
        st.builds("!({})".format, inner),
    ),
    max_leaves=6,
)


def values(default: Any) -> st.SearchStrategy[Any]:
    if isinstance(default, bool):
        return st.booleans()
    if isinstance(default, int):
        return st.sampled_from([-1, 0, 1, 2, 7, 30, 400])
    if isinstance(default, float):
        return st.sampled_from([0.0, 0.5, 0.7, 1.0, 0.6999])
    if isinstance(default, list):
        return st.lists(st.sampled_from(WORDS), max_size=3)
    return st.sampled_from(WORDS)


contexts = st.fixed_dictionaries(
    {
        root: st.fixed_dictionaries({name: values(default) for name, default in fields.items()})
        for root, fields in SCHEMA.items()
    }
)


def in_cel(source: str, context: Context) -> bool | None:
    """None: it fails on this post."""
    try:
        return Condition(source).holds(Prepared.of(context))
    except ConditionFailed:
        return None


@settings(max_examples=300, deadline=None)  # patterns are compiled for each
@given(st.lists(conditions, min_size=1, max_size=4), contexts)
def test_a_condition_that_holds_is_a_candidate_and_an_exact_one_holds(sources: list[str], context: Context) -> None:
    made = prefilter([parse(source) for source in sources])
    candidates = made.candidates(context)
    assert candidates == sorted(set(candidates))
    for position, source in enumerate(sources):
        held = in_cel(source, context)
        if held:
            assert position in candidates, source
        if position in made.exact:
            assert held is (position in candidates), source


@pytest.mark.parametrize(
    ("source", "exact"),
    [
        ("labels.hate >= 0.7 && !author.first_post", True),
        ('post.platform in ["forum", "facebook"] || size(matched.watchlists) > 0', True),
        ('post.text.matches("(?i)kauf")', True),
        ('post.text.matches("(?i)kauf") && author.posts_1h + 1 > 3', False),
        ('matched.watchlists.exists(name, name in ["legal", "press"])', True),
        ("matched.watchlists.all(a, matched.watchlists.exists(b, a == b))", True),
        ("matched.watchlists.exists(name, size(name) > 3)", False),
        ("size(post.text) > 10", False),
        ("10 / author.posts_1h > 2", False),
        ("(author.first_post || 1 / author.posts_1h > 2) && labels.hate > 0.5", False),
    ],
)
def test_what_is_decided_in_python(source: str, exact: bool) -> None:
    assert (prefilter([parse(source)]).exact == {0}) is exact


def test_a_part_that_must_be_true_filters_what_python_cannot_say() -> None:
    sources = ("labels.hate >= 0.7 && 10 / author.posts_1h > 2", "size(post.text) > 10")
    made = prefilter([parse(source) for source in sources])
    context = defaults()
    assert made.candidates(context) == [1]
    context["labels"]["hate"] = 0.8
    assert made.candidates(context) == [0, 1]


def test_a_name_that_is_no_field_is_no_code() -> None:
    sources = ("__import__('os')", "post.text.__class__ == 1", "labels.unheard >= 1", "post.__len__() == 1")
    made = prefilter([parse(source) for source in sources])
    assert made.candidates(defaults()) == [0, 1, 2, 3]
    assert made.exact == frozenset()
