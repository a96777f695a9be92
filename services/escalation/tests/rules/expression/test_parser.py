"""The tree says what the CEL library does: same expressions taken, same values; every node knows where it stands."""

from __future__ import annotations

import math
from typing import Any

import cel
import pytest
from hypothesis import example, given

from feuerwache.escalation.rules.language.context import Context, defaults
from feuerwache.escalation.rules.language.expression.flaw import Flawed
from feuerwache.escalation.rules.language.expression.parser import MAX_DEPTH, MAX_LENGTH, parse
from feuerwache.escalation.rules.language.expression.tree import (
    Literal,
    Macro,
    Member,
    Name,
    Node,
    children,
    depth,
    walk,
)
from support.cel_reference import Failed, evaluate
from support.expressions import CALMLY, contexts, expressions, loose_expressions

FAILED = "failed"


def by_library(source: str, context: Context) -> Any:
    try:
        return cel.compile(source).execute(cel.Context(context))
    except (KeyError, IndexError, RuntimeError, TypeError, ArithmeticError):
        return FAILED


def by_tree(source: str, context: Context) -> Any:
    try:
        return evaluate(parse(source), context)
    except Failed:
        return FAILED


def same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    return type(left) is type(right) and bool(left == right)


@CALMLY
@given(expressions(), contexts())
@example("'a' in ['a'] && (1 / 0 > 0 || true)", defaults())
@example("[0, 1].exists(x, 1 / x > 0)", defaults())
@example("-3 < 0 && --3 > 0 && - 3 < 0 && ---3 < 0", defaults())
@example("-7 / 2 == -3 && -7 % 2 == -1", defaults())
def test_the_tree_means_what_the_library_does(source: str, context: Context) -> None:
    assert same(by_tree(source, context), by_library(source, context)), source


@CALMLY
@given(loose_expressions(), contexts())
def test_also_where_types_do_not_fit(source: str, context: Context) -> None:
    assert same(by_tree(source, context), by_library(source, context)), source


@CALMLY
@given(expressions())
def test_every_node_knows_its_span(source: str) -> None:
    for node in walk(parse(source)):
        assert 0 <= node.offset < node.end <= len(source)
        for child in children(node):
            assert node.offset <= child.offset
            assert child.end <= node.end
        if isinstance(node, Name):
            assert source[node.offset : node.end] == node.name
        if isinstance(node, Member):
            assert source[node.field_at :].startswith(node.field)


GRAMMAR = (
    *(
        "1 // c\n + 1",
        "R'a\\n'",
        "br'a'",
        "bR'x'",
        "1U",
        "0x1Fu",
        "'\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\\"\\`\\?'",
        "'\\X41'",
    ),
    *("'''a\nb'''", "''''''", "r'''x\\'''", "r'\\'", "b'\\xff\\377ä'", "'\\377'", "'\\U0001F600'", "'\\\\u'"),
    *(".5", "1e3", "1E+3", "1.5e-3", "0x8000", "-0x8000000000000000", "-9223372036854775808", "- 1", "1--1", "1- -1"),
    *("--1", "---1", "!!true", "!!!true", "!-1", "-x.y", "!x.y()", "!x[0]", "-1.x", "x.as", "x.if()", "has(a.b.c)"),
    *("[,]", "{,}", "[1,]", "{'a': 1,}", "{1: 2}.a", "Msg{}", "a.b.C{x: 1,}", ".post", ".f(1)", "x in y in z"),
    *("true ? 1 : false ? 2 : 3", "a?(b):c", "has()", "has(a.b, c.d)", "x.has(a.b)", "[1].all(x, true, false)"),
    *("[1].map(x)", "[1].map(x, true, x)", "all(x, true)", "[1].all((x), true)", "1.5.x", "5.size()", "1 .x", "\f1"),
    *("a.\nb", "//x\n1", "1 < 2 == 2 > 1", "[1].existsOne(x, true)", '"""a"b"""', "'''\\''''", "1\t+\r\n1"),
)
NO_GRAMMAR = (
    *("", "  ", "1 in", "()", "(1", "1)", "x[1", "1x", "0x", "1..2", "1e", "1.", "1_000", "rb'a'", "0XFF", "'\\q'"),
    *("'\\xzz'", "'\\400'", "'\\ud800'", "'\\U00110000'", "'\\u12'", "b'\\u00e4'", "'a\nb'", "r'\\''", "'open", "\"a'"),
    *("-!true", "!-x", "true?true?1:2:3", "a ? b", "a : b", "as", "x.null", "x.in", "null(1)", "has(a['b'])", "has(1)"),
    *(
        "[1].all(x.y, true)",
        "[1].all(1, true)",
        "@",
        "1;2",
        "1=1",
        "a&b",
        "a|b",
        "[1,,2]",
        "f(1,)",
        "{'a': 1,,}",
        "{1}",
    ),
    *("f()()", "a.b()()", "a[0]{}", "[?a]", "a.?b", "\ufeff1", "ä", "a.ä", "'a' 'b'", "1e400", "9223372036854775808"),
    *("18446744073709551616u", "-9223372036854775809", "'a'\u00a0+'b'", "1\x0b+1", "if(1)", "Msg{1: 2}", "1 2"),
)


@pytest.mark.parametrize("source", GRAMMAR)
def test_the_whole_grammar_is_read(source: str) -> None:
    cel.compile(source)
    parse(source)


@pytest.mark.parametrize("source", NO_GRAMMAR)
def test_what_the_library_refuses_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="Failed to parse"):
        cel.compile(source)
    with pytest.raises(Flawed):
        parse(source)


@pytest.mark.parametrize(
    ("source", "offset", "reason"),
    [
        ("labels.insult >= ", 17, "something is missing at its end"),
        ("a = 1", 2, "'=' is no operator; did you mean '=='?"),
        ("a and b", 2, "'and' is no operator; did you mean '&&'?"),
        ("not a", 4, "'a' is out of place"),
        ("a == 'x", 5, "its closing ' is missing on this line"),
        (r"a == 'x\d'", 5, r"'\d' is no escape"),
        ("a ? b ? 1 : 2 : 3", 6, "needs parentheses"),
        ("f(1", 3, "expected ')' or a comma, it ends"),
        ("post.links.exists('x', true)", 18, "needs a simple name here"),
        ("has(post)", 4, "`has` needs a field"),
        ("a == \n 99999999999999999999", 7, "beyond what a whole number can be"),
        ("let == 1", 0, "reserved word"),
    ],
)
def test_an_error_says_where_and_what_to_do(source: str, offset: int, reason: str) -> None:
    with pytest.raises(Flawed) as caught:
        parse(source)
    assert caught.value.flaw.offset == offset
    assert reason in caught.value.flaw.reason


def test_a_chain_of_alternatives_is_one_node_and_not_deep() -> None:
    assert depth(parse(" || ".join(["post.is_reply"] * 1000))) == 3


@pytest.mark.parametrize(
    "source",
    ["(" * 5000 + "1" + ")" * 5000, "[" * 500, "+".join(["1"] * (MAX_DEPTH + 1)), "a" * (MAX_LENGTH + 1), "-(" * 5000],
)
def test_no_expression_exhausts_the_reader(source: str) -> None:
    with pytest.raises(Flawed):
        parse(source)


def test_as_deep_as_the_library_goes_it_is_read() -> None:
    source = "(" * 60 + "1" + ")" * 60
    cel.compile(source)
    assert parse(source) == Literal(60, 61, *_one())


def test_a_macro_knows_its_name_and_where_it_binds_it() -> None:
    source = "post.links.filter(each, each != '')"
    node = parse(source)
    assert isinstance(node, Macro)
    assert (node.name, node.variable) == ("filter", "each")
    assert source[node.variable_at :].startswith("each,")
    assert source[node.name_at :].startswith("filter(")


def _one() -> tuple[Any, int]:
    node: Node = parse("1")
    assert isinstance(node, Literal)
    return node.kind, 1
