"""Conditions and contexts, drawn by hypothesis: expressions over the names of the schema as people could write them."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from feuerwache.escalation.rules.language.context import SCHEMA, Context
from feuerwache.escalation.rules.language.relation import AT_MOST

_TEXTS = ("", "a", "ab", "Rückruf", "aurora 😀", "public", "de", "https://x.example")
_PATTERNS = ("a+b?", "^R.ck", "x|y", "(a|b)$", "[0-9]+")
_KINDS: dict[type, str] = {bool: "bool", int: "int", float: "double", str: "string", list: "list"}
FIELDS: dict[str, tuple[str, ...]] = {
    kind: tuple(
        f"{name}.{field}" for name, fields in SCHEMA.items() for field, default in fields.items() if type(default) is of
    )
    for of, kind in _KINDS.items()
}
#: Words that may be written around a value without changing it.
_AROUND = ("{}", "{}", "{}", "({})", "( {} )", "{} // as it is\n", "\n{}")


#: A machine with much else to do is no failure.
CALMLY = settings(deadline=None, suppress_health_check=(HealthCheck.too_slow,))


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def texts() -> st.SearchStrategy[str]:
    """Strings, as a literal of CEL in one of its ways of writing."""
    plain = st.sampled_from(_TEXTS).map(quoted)
    ways = st.sampled_from((r"'\u00e4\x41\101\?\n'", r'r"a\n"', '"it\'s"', "'''a'b'''", r'"""x\"y"""', r"'\U0001F600'"))
    return plain | ways


@cache
def expressions(kind: str = "bool", depth: int = 3, bound: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    """Well-typed expressions of this kind; `bound` are names of strings that macros around them bind."""
    leaf = _leaf(kind, bound)
    if depth == 0:
        return leaf
    return st.one_of(leaf, _composed(kind, depth - 1, bound)).flatmap(
        lambda source: st.sampled_from(_AROUND).map(lambda around: around.format(source))
    )


def loose_expressions(depth: int = 3) -> st.SearchStrategy[str]:
    """Expressions of which many have no right types: wrong operands, unknown names."""
    part = st.sampled_from(tuple(_KINDS.values())).flatmap(lambda kind: expressions(kind, depth - 1)) | st.sampled_from(
        ("nobody", "post.nothing", "null", "[1, 'a']", "{'a': 1}.a", "post", "b'x'", "1.5e3")
    )
    operator = st.sampled_from(
        ("+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||", "? true :")
    )
    pair = st.tuples(part, operator, part).map(lambda each: f"({each[0]}\n) {each[1]} ({each[2]}\n)")
    return pair | st.tuples(st.sampled_from(("!", "-")), part).map(lambda each: f"{each[0]}({each[1]}\n)")


def contexts() -> st.SearchStrategy[Context]:
    """A post as it may come: every field within what it can really be. Drawn by a seed, as there are many fields."""
    return st.integers(0, 2**32).map(lambda seed: _context(Random(seed)))


def _context(random: Random) -> Context:
    context = {
        name: {field: _value(random, name, field, default) for field, default in fields.items()}
        for name, fields in SCHEMA.items()
    }
    drawn = {f"{name}.{field}": value for name, fields in context.items() for field, value in fields.items()}
    for small, larger in AT_MOST.items():
        for each in larger:
            name, field = each.split(".")
            context[name][field] = max(context[name][field], drawn[small])
    return context


def _value(random: Random, name: str, field: str, default: Any) -> Any:
    if (name, field) in _CHOICES:
        return random.choice(_CHOICES[name, field])
    match default:
        case bool():
            return random.random() < 0.5
        case int():
            return random.choice((0, 1, 2, 5, 6, 7, 11, 12))
        case float():
            return random.choice((0.0, 0.25, 0.5, 0.75, 1.0, random.random()))
        case list():
            return random.sample(_TEXTS, random.randint(0, 3))
    return random.choice(_TEXTS)


_CHOICES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("time", "hour"): (0, 1, 5, 6, 12, 21, 22, 23),
    ("author", "account_age_days"): (-1, 0, 1, 7, 400),
    ("author", "standing"): ("trusted", "normal", "restricted", "banned"),
    ("post", "visibility"): ("public", "members", "private"),
}


def tight_expressions(depth: int = 2) -> st.SearchStrategy[str]:
    """Expressions over a handful of fields, so that parts often contradict, or follow from one another."""
    sign = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))
    compared = st.one_of(
        st.tuples(
            st.sampled_from(("labels.insult", "labels.threat")), sign, st.sampled_from(("0.0", "0.5", "0.75", "1"))
        ),
        st.tuples(st.sampled_from(("time.hour", "post.length")), sign, st.sampled_from(("0", "1", "5.5", "6", "23"))),
        st.tuples(st.just("author.posts_5m"), sign, st.sampled_from(("author.posts_1h", "post.length + 1", "2"))),
        st.tuples(
            st.sampled_from(("author.posts_1m", "author.posts_1h", "author.posts_24h", "author.posts_total")),
            sign,
            st.sampled_from(("author.posts_5m", "author.posts_30d", "1", "2", "6.5")),
        ),
        st.tuples(st.sampled_from(("post.words", "author.violations_24h")), sign, st.sampled_from(("1", "6", "7"))),
        st.tuples(st.just("author.violations_90d"), sign, st.sampled_from(("author.violations_24h", "2", "6"))),
        st.tuples(st.sampled_from(("post.visibility", "post.language")), st.sampled_from(("==", "!=")), texts()),
        st.tuples(st.just("post.visibility"), st.just("in"), st.sampled_from(("['public', 'a']", "['members']", "[]"))),
        st.tuples(st.just("post.length"), st.just("in"), st.sampled_from(("[0, 1, 2.5]", "[]", "[6]"))),
    ).map(" ".join)
    leaf = compared | st.sampled_from(
        ("post.is_reply", "post.language.startsWith('a')", "post.text.contains('a')", "true", "'a' in post.links")
    )
    if depth == 0:
        return leaf
    part = tight_expressions(depth - 1)
    several = st.tuples(st.sampled_from((" && ", " || ")), st.lists(part, min_size=2, max_size=4))
    return st.one_of(
        leaf,
        several.map(lambda each: "(" + each[0].join(each[1]) + ")"),
        part.map(lambda each: f"!({each})"),
        st.tuples(part, part, part).map(lambda each: f"({each[0]} ? ({each[1]}) : ({each[2]}))"),
        st.tuples(part, part).map(lambda each: f"({each[0]}) == ({each[1]})"),
    )


def _leaf(kind: str, bound: tuple[str, ...]) -> st.SearchStrategy[str]:
    field = st.sampled_from(FIELDS[kind])
    match kind:
        case "bool":
            return field | st.sampled_from(("true", "false"))
        case "int":
            return field | st.integers(-3, 24).map(str) | st.sampled_from(("0x10", "9223372036854775807"))
        case "double":
            return field | st.sampled_from(("0.0", "0.25", "0.5", ".75", "1e0", "1.5", "-0.5"))
        case "string":
            return st.sampled_from(bound) | field | texts() if bound else field | texts()
    return field | st.sampled_from(("[]", "['a', 'ab']", "['public',]"))


def _composed(kind: str, depth: int, bound: tuple[str, ...]) -> st.SearchStrategy[str]:
    word = f"w{len(bound)}"

    def of(wanted: str) -> st.SearchStrategy[str]:
        return expressions(wanted, depth, bound)

    def form(pattern: str, *kinds: str) -> st.SearchStrategy[str]:
        return st.tuples(*(of(each) for each in kinds)).map(lambda parts: pattern.format(*(f"{p}\n" for p in parts)))

    choice = form("(({0})? ({1}) : ({2}))", "bool", kind, kind)
    match kind:
        case "bool":
            sign = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))
            compared = st.tuples(sign, st.sampled_from(("int", "double", "string", "mixed"))).flatmap(
                lambda each: form(
                    f"(({{0}}) {each[0]} ({{1}}))", *(("int", "double") if each[1] == "mixed" else (each[1],) * 2)
                )
            )
            inner = expressions("bool", depth, (*bound, word))
            macro = st.tuples(of("list"), st.sampled_from(("exists", "all", "exists_one")), inner).map(
                lambda each: f"({each[0]}\n).{each[1]}({word}, {each[2]}\n)"
            )
            joined = st.tuples(st.sampled_from(("&&", "||")), st.lists(of("bool"), min_size=2, max_size=3)).map(
                lambda each: f"\n{each[0]} ".join(f"({part}\n)" for part in each[1])
            )
            return st.one_of(
                compared,
                compared,
                joined,
                joined,
                form("!({0})", "bool"),
                form("(({0}) in {1})", "string", "list"),
                form("({0}).contains({1})", "string", "string"),
                form("({0}).startsWith({1})", "string", "string"),
                st.tuples(of("string"), st.sampled_from(_PATTERNS)).map(
                    lambda each: f"({each[0]}\n).matches({quoted(each[1])})"
                ),
                form("(({0}) == ({1}))", "bool", "bool"),
                macro,
                choice,
                st.sampled_from(("has(post.text)", "has(author.trust)", "has(post.nothing)")),
            )
        case "int":
            sums = st.sampled_from("+-*/%").flatmap(lambda sign: form(f"(({{0}}) {sign} ({{1}}))", "int", "int"))
            return st.one_of(
                sums,
                form("-({0})", "int"),
                form("size({0})", "string"),
                form("({0}).size()", "list"),
                form("int({0})", "double"),
                choice,
            )
        case "double":
            sums = st.sampled_from("+-*/").flatmap(lambda sign: form(f"(({{0}}) {sign} ({{1}}))", "double", "double"))
            return st.one_of(sums, form("-({0})", "double"), form("double({0})", "int"), choice)
        case "string":
            return st.one_of(
                form("(({0}) + ({1}))", "string", "string"),
                form("string({0})", "int"),
                form("({0})[0]", "list"),
                choice,
            )
    inner = expressions("bool", depth, (*bound, word))
    return st.one_of(
        form("({0}) + ({1})", "list", "list"),
        st.tuples(of("list"), inner).map(lambda each: f"({each[0]}\n).filter({word}, {each[1]}\n)"),
        st.tuples(of("list"), expressions("string", depth, (*bound, word))).map(
            lambda each: f"({each[0]}\n).map({word}, {each[1]}\n)"
        ),
        choice,
    )
